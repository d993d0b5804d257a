import { createHash } from 'node:crypto';
import type { Call } from '../lib/call.js';
import type { ListedFile } from '../lib/rapid-list.js';
import { HEAD, type SourceFile } from './source-file.js';

/**
 * What a list tells of a file, or why it can tell nothing. With `heads` the beginning of a file is read when its hash is
 * not known. Rejects with FsError, or the signal's reason.
 */
export async function listed(file: SourceFile, heads: boolean, call: Call): Promise<ListedFile | string> {
  const { sha1, headSha1, md5 } = await file.hashes(call.signal, () => undefined);
  if (sha1 === null && md5 === null) return 'the cloud tells no hash of it';
  const preid = headSha1 ?? (heads ? await headHash(file, call) : null);
  return { name: file.path, size: file.size, sha1, preid, md5 };
}

async function headHash(file: SourceFile, call: Call): Promise<string> {
  const bytes = await file.read({ start: 0, end: Math.min(HEAD, file.size) }, call.signal);
  return createHash('sha1').update(bytes).digest('hex').toUpperCase();
}
