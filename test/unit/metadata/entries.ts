import type { DirectoryEntry, FileEntry } from '../../../src/driver/entry.js';

/** A file of the cloud; what is not said is the same for all. */
export function fileEntry(id: string, name: string, fields: Partial<FileEntry> = {}): FileEntry {
  return {
    kind: 'file',
    id,
    parentId: '0',
    name,
    size: 1000,
    modifiedAt: 1_700_000_000_000,
    createdAt: 1_600_000_000_000,
    hash: { kind: 'sha1', value: id.padStart(40, '0') },
    attributes: { pickcode: `p${id}` },
    ...fields,
  };
}

/** A directory of the cloud. */
export function directoryEntry(
  id: string,
  name: string,
  fields: Partial<DirectoryEntry> = {},
): DirectoryEntry {
  return {
    kind: 'directory',
    id,
    parentId: '0',
    name,
    modifiedAt: 1_700_000_000_000,
    createdAt: 1_600_000_000_000,
    attributes: {},
    ...fields,
  };
}
