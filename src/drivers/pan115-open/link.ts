import type { DownloadLink } from '../../driver/driver.js';
import type { FileEntry } from '../../driver/entry.js';
import { FsError } from '../../lib/errors.js';
import type { DownloadUrl, DownloadUrls } from './api.js';
import { sha1Of } from './entries.js';

/** Connections that a link allows when it does not say (115-open.md §16.2). */
export const CONNECTIONS_PER_LINK = 2;

/** A link that says "unlimited" is used no harder than the account as a whole may be. */
const CONNECTIONS_UNLIMITED = 8;

/**
 * The download link of a file (§16.2-16.3). Throws FsError EISDIR where the cloud gives none, which it does for
 * folders, and ESTALE when the cloud holds other bytes than the entry says.
 */
export function linkOf(
  file: FileEntry,
  target: DownloadUrl,
  answer: { readonly headers: DownloadUrls['headers']; readonly userAgent: string },
): DownloadLink {
  if (target.url === null) {
    throw new FsError('EISDIR', `115 Open: the cloud gives no link for ${file.name}: it is a folder there`);
  }
  const sha1 = sha1Of(target.sha1);
  if (sha1 !== null && file.hash !== null && sha1.value !== file.hash.value) {
    throw new FsError('ESTALE', `115 Open: ${file.name} has changed in the cloud`, { reason: 'gone' });
  }
  const query = new URL(target.url).searchParams;
  const cookie = query.get('f') === '3' ? cookieOf(answer.headers.getSetCookie()) : {};
  return {
    url: target.url,
    headers: { 'User-Agent': answer.userAgent, ...cookie },
    expiresAt: expiryOf(query.get('t')),
    maxConnections: connectionsOf(query.get('c')),
    size: target.file_size ?? null,
  };
}

/** Milliseconds since the epoch. */
function expiryOf(seconds: string | null): number | null {
  const end = seconds === null || seconds === '' ? NaN : Number(seconds) * 1000;
  return Number.isFinite(end) && end > 0 ? end : null;
}

function connectionsOf(text: string | null): number {
  const connections = text === null || text === '' ? NaN : Number(text);
  if (connections === 0) return CONNECTIONS_UNLIMITED;
  return Number.isInteger(connections) && connections > 0 ? connections : CONNECTIONS_PER_LINK;
}

function cookieOf(setCookies: readonly string[]): Readonly<Record<string, string>> {
  const pairs = setCookies.map((line) => line.split(';', 1)[0]?.trim() ?? '').filter((pair) => pair !== '');
  return pairs.length === 0 ? {} : { Cookie: pairs.join('; ') };
}
