import { patternMatcher } from '../lib/patterns.js';

/** Names of files that programs leave behind for themselves: they stay on this machine. */
export const JUNK_PATTERNS: readonly string[] = [
  ...['.DS_Store', 'Thumbs.db', 'desktop.ini', '._*', '*.part', '*.crdownload', '*.!qB'],
  ...['.~lock.*', '*.swp', '*~', '.fuse_hidden*'],
  // Where file managers write down what a `.Trash` folder holds.
  ...['*.trashinfo', 'directorysizes'],
];

/** Answers whether a name is one of those; `*` in a pattern stands for any characters, letters match in either case. */
export function junkMatcher(patterns: readonly string[]): (name: string) => boolean {
  return patternMatcher(patterns);
}
