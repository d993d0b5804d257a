/** Links that some cloud downloads by itself. */
export const OFFLINE_SCHEMES = ['http', 'https', 'ftp', 'magnet', 'ed2k'] as const;

export type OfflineScheme = (typeof OFFLINE_SCHEMES)[number];

/** A link that could be asked for, or what is wrong with it in words that follow the link and a colon. */
export type CheckedLink =
  | { readonly ok: true; readonly scheme: OfflineScheme; readonly link: string }
  | { readonly ok: false; readonly link: string; readonly problem: string };

/** Bytes; longer ones come from pasting something else. */
const LONGEST = 8192;

const BTIH = /^urn:btih:([0-9a-f]{40}|[a-z2-7]{32})$/i;
const ED2K = /^ed2k:\/\/\|file\|[^|]+\|\d+\|[0-9a-f]{32}\|/i;

/** Looks at the form of a link alone: whether anything is behind it only the cloud finds out. */
export function checkLink(text: string): CheckedLink {
  const link = text.trim();
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(link)?.[1]?.toLowerCase();
  const problem = problemOf(link, scheme);
  if (problem === null && isOfflineScheme(scheme)) return { ok: true, scheme, link };
  return { ok: false, link, problem: problem ?? 'no link' };
}

/** What stands for the content of a magnet link: its BitTorrent hash, lower-case hexadecimal; null for other links. */
export function magnetHash(link: string): string | null {
  const hash = hashesOf(link)
    .find((topic) => BTIH.test(topic))
    ?.slice('urn:btih:'.length)
    .toLowerCase();
  if (hash === undefined) return null;
  return hash.length === 40 ? hash : hexOfBase32(hash);
}

function problemOf(link: string, scheme: string | undefined): string | null {
  if (link === '') return 'the link is empty';
  if (Buffer.byteLength(link) > LONGEST) return `longer than ${LONGEST} bytes`;
  if (/[\s\p{Cc}]/u.test(link)) return 'a link holds no spaces: write %20 for one';
  if (!isOfflineScheme(scheme)) return `a link begins with ${OFFLINE_SCHEMES.join(':, ')}:`;
  if (scheme === 'magnet')
    return hasMagnetHash(link) ? null : 'a magnet link needs xt=urn:btih: and 40 hex digits (or 32 letters)';
  if (scheme === 'ed2k')
    return ED2K.test(link) ? null : 'an ed2k link is written ed2k://|file|NAME|SIZE|HASH|/';
  return isWebAddress(link) ? null : `an address is written ${scheme}://host/path`;
}

function isOfflineScheme(scheme: string | undefined): scheme is OfflineScheme {
  return OFFLINE_SCHEMES.some((known) => known === scheme);
}

function hasMagnetHash(link: string): boolean {
  return hashesOf(link).some((topic) => BTIH.test(topic));
}

function hashesOf(link: string): readonly string[] {
  if (!/^magnet:\?/i.test(link)) return [];
  return [...new URLSearchParams(link.slice('magnet:?'.length))].flatMap(([name, value]) =>
    /^xt(\.\d+)?$/.test(name) ? [value] : [],
  );
}

function isWebAddress(link: string): boolean {
  return /^[a-z]+:\/\//i.test(link) && URL.canParse(link) && new URL(link).hostname !== '';
}

function hexOfBase32(text: string): string {
  const bits = Array.from(text, (letter) =>
    'abcdefghijklmnopqrstuvwxyz234567'.indexOf(letter).toString(2).padStart(5, '0'),
  ).join('');
  const bytes = bits.match(/.{8}/g) ?? [];
  return bytes.map((byte) => Number.parseInt(byte, 2).toString(16).padStart(2, '0')).join('');
}
