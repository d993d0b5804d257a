import type { Drive, DriveItem, NewItem } from './drive.js';

/** An item and everything below it outside the recycle bin. */
export function* subtree(drive: Drive, item: DriveItem): Generator<DriveItem> {
  yield item;
  if (item.kind === 'directory') yield* drive.descendants(item.id);
}

/** What an operation on items has to do with. */
export interface Extent {
  readonly items: number;
  readonly bytes: number;
}

/** Items and bytes of several items and all below them. */
export function extentOf(drive: Drive, items: readonly DriveItem[]): Extent {
  let count = 0;
  let bytes = 0;
  for (const top of items) {
    for (const item of subtree(drive, top)) {
      count += 1;
      bytes += item.size;
    }
  }
  return { items: count, bytes };
}

/** Whether a folder is the item itself or somewhere below it. */
export function isInside(drive: Drive, folder: string, item: DriveItem): boolean {
  if (folder === item.id) return true;
  const target = drive.item(folder);
  return target !== null && drive.ancestors(target).some((above) => above.id === item.id);
}

/** A copy with ids of its own and the same bytes, everything below included. */
export function copySubtree(drive: Drive, item: DriveItem, parent: string, options: NewItem): void {
  const below = drive.children(item.id);
  if (item.kind === 'file') {
    const { size, content, sha1, complete } = item;
    drive.addFile(parent, item.name, {
      ...options,
      size,
      complete,
      ...(content === null ? {} : { content }),
      ...(sha1 === null ? {} : { sha1 }),
    });
    return;
  }
  const copy = drive.addDirectory(parent, item.name, options);
  for (const child of below) copySubtree(drive, child, copy.id, options);
}

/** The folder at a path of names below another one, made where it is missing. */
export function folderAt(drive: Drive, start: string, names: readonly string[], born: () => NewItem): string {
  let current = start;
  for (const name of names) {
    const known = drive.children(current).find((child) => child.kind === 'directory' && child.name === name);
    current = (known ?? drive.addDirectory(current, name, born())).id;
  }
  return current;
}
