import type { ContentHash, DirectoryEntry, Entry } from '../../driver/entry.js';
import { FsError } from '../../lib/errors.js';
import type { ItemInfo, ListItem } from './api.js';

/** The id of the account's root folder; the cloud gives no information about it (§8). */
export const ROOT_ID = '0';

/** Recycle bin and purged (§7.3). */
const REMOVED_AREAS = ['7', '120'];

/** Files whose upload has not ended (§7.3); an unknown state hides nothing. */
const UNFINISHED = ['0', '2'];

/** A child of `parentId`; null for what a reader must not see: removed, or not completely uploaded (§7.3). */
export function entryOfListItem(item: ListItem, parentId: string): Entry | null {
  if (REMOVED_AREAS.includes(item.aid)) return null;
  const fields = {
    id: item.fid,
    parentId,
    name: item.fn,
    modifiedAt: item.upt * 1000,
    createdAt: item.uppt * 1000,
    attributes: pickCodeAttribute(item.pc),
  };
  if (item.fc === '0') return { kind: 'directory', ...fields };
  if (UNFINISHED.includes(item.fta)) return null;
  const size = sizeOf(item.fs, 'ufile/files', 'fs');
  return { kind: 'file', ...fields, size, hash: sha1Of(item.sha1) };
}

/** The entry of a get_info answer; fresh items come without times (§8), which are then as they were known. */
export function entryOfInfo(info: ItemInfo, known: Entry): Entry {
  const fields = {
    id: info.file_id,
    parentId: info.paths.at(-1)?.file_id ?? known.parentId,
    name: info.file_name,
    modifiedAt: info.utime === 0 ? known.modifiedAt : info.utime * 1000,
    createdAt: info.ptime === 0 ? known.createdAt : info.ptime * 1000,
    attributes: pickCodeAttribute(info.pick_code),
  };
  if (info.file_category === '0') return { kind: 'directory', ...fields };
  const size = sizeOf(info.size_byte, 'folder/get_info', 'size_byte');
  return { kind: 'file', ...fields, size, hash: sha1Of(info.sha1) };
}

/** A directory of which only the id, and perhaps the place, is known. */
export function bareDirectory(id: string, parentId = '', name = ''): DirectoryEntry {
  return { kind: 'directory', id, parentId, name, modifiedAt: 0, createdAt: 0, attributes: {} };
}

/** Null for anything but 40 hexadecimal digits. */
export function sha1Of(text: string): ContentHash | null {
  return /^[0-9a-f]{40}$/i.test(text) ? { kind: 'sha1', value: text.toUpperCase() } : null;
}

/** A file without a size must not pass for an empty one. */
function sizeOf(size: number | undefined, call: string, field: string): number {
  if (size !== undefined) return size;
  const words = `115 Open: ${call}: the answer has a file without a size (${field})`;
  throw new FsError('EIO', words, { reason: 'reply' });
}

function pickCodeAttribute(pickCode: string): Readonly<Record<string, string>> {
  return pickCode === '' ? {} : { pickcode: pickCode };
}
