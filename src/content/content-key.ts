import type { FileEntry } from '../driver/entry.js';

/** What tells the bytes of a file apart from all others on disk: a copy, a renamed file, another account share them. */
export function contentKey(account: string, file: FileEntry): string {
  if (file.hash !== null) return `${file.hash.kind}-${file.hash.value}`;
  return fileKey(account, file);
}

/** What tells a file of an account, as it was when it was listed, apart from all others. */
export function fileKey(account: string, { id, size, hash, modifiedAt }: FileEntry): string {
  return JSON.stringify([account, id, size, hash?.value ?? modifiedAt]);
}
