import type { DirectoryEntry, FileEntry } from '../../../../src/driver/entry.js';
import {
  type FileRow,
  firstRow,
  type NewChange,
  type TrashRow,
} from '../../../../src/upload/journal/rows.js';

const TIME = Date.UTC(2026, 0, 1);

export function fileEntry(id: string, size: number): FileEntry {
  const fields = { id, parentId: '0', name: `${id}.bin`, modifiedAt: TIME, createdAt: TIME, attributes: {} };
  return { kind: 'file', ...fields, size, hash: { kind: 'sha1', value: id.padStart(40, 'A') } };
}

export function directoryEntry(id: string): DirectoryEntry {
  const fields = { id, parentId: '0', name: id, modifiedAt: TIME, createdAt: TIME, attributes: {} };
  return { kind: 'directory', ...fields };
}

export function fileRow(id: string, changes: Partial<FileRow> = {}): FileRow {
  const file = { id, parentId: '0', name: `${id}.bin`, path: `/${id}.bin`, replaces: [], base: null };
  return { ...firstRow(file, 'films', TIME), ...changes };
}

export function newChange(name: string, changes: Partial<NewChange> = {}): NewChange {
  return {
    ...{ drive: 'films', kind: 'rename', entry: directoryEntry('7'), parentId: '0', name, path: `/${name}` },
    ...{ attempts: 0, reason: null, ...changes },
  };
}

export function trashRow(id: string): TrashRow {
  return { drive: 'films', shown: fileEntry(id, 5), original: fileEntry('5', 5), removedAt: null };
}
