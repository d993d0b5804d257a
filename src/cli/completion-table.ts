import {
  accountNames,
  clearStates,
  driveFolders,
  driveNames,
  folders,
  logLevels,
  mountPoints,
  offlineTasks,
  type Proposals,
  shellNames,
  transferIds,
} from './completion-names.js';

/** What stands at each place behind a verb; the last of them at all further ones. */
export const PLACES: Readonly<Record<string, readonly Proposals[]>> = {
  completion: [() => Promise.resolve(['bash', 'zsh', 'fish'])],
  login: [accountNames],
  'log level': [logLevels],
  mount: [driveFolders, shellNames],
  'offline add': [folders, shellNames],
  'offline clear': [clearStates],
  'offline remove': [offlineTasks],
  'offline retry': [offlineTasks],
  'offline show': [offlineTasks],
  refresh: [folders],
  'transfers cancel': [transferIds],
  'transfers drop': [transferIds],
  'transfers keep': [transferIds],
  'transfers pause': [transferIds],
  'transfers resume': [transferIds],
  'transfers retry': [transferIds],
  umount: [mountPoints],
  unmount: [mountPoints],
};

/** What stands behind each option that takes a value. */
export const VALUES: Readonly<Record<string, Proposals>> = {
  '--config': shellNames,
  '--drive': driveNames,
  '--files': shellNames,
  '--gid': shellNames,
  '--image': shellNames,
  '--interval': shellNames,
  '--read-ahead': shellNames,
  '--redirect-uri': shellNames,
  '--timeout': shellNames,
  '--uid': shellNames,
  '--umask': shellNames,
};
