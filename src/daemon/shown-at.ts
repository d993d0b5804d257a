import type { MountSettings } from './mounts.js';

/** Where a mount shows a path of a drive, as a path of this machine; null when it does not. */
export function shownAt(
  { path: top, layout, drives, folder }: Pick<MountSettings, 'path' | 'layout' | 'drives' | 'folder'>,
  drive: string,
  path: string,
): string | null {
  if (!drives.includes(drive) || !isInside(path, folder)) return null;
  const inside = `${layout === 'drives' ? `/${drive}` : ''}${folder === '/' ? path : path.slice(folder.length)}`;
  return `${top}${inside}`.replace(/(?<=.)\/$/, '');
}

/** Whether a path is a folder or lies below it. */
export function isInside(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder === '/' ? '/' : `${folder}/`);
}
