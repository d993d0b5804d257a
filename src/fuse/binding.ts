/**
 * The only file that knows the FUSE binding. The name `fuse-native` is an alias in package.json; whoever
 * replaces the package behind it changes this file and nothing else.
 */
import Fuse from 'fuse-native';

export { Fuse };
