import { createHash } from 'node:crypto';

/** What a link promises. */
export interface LinkedContent {
  /** Lower-case hex; for links without one, of the link itself. */
  readonly infoHash: string;
  readonly name: string;
  readonly size: number;
  readonly kind: 'directory' | 'file';
}

/** Reads a link of one of the schemes of the API document, 18; null when it is none. */
export function readLink(link: string): LinkedContent | null {
  if (link.startsWith('magnet:')) return readMagnet(link);
  if (link.startsWith('ed2k:')) return readEd2k(link);
  if (!/^(https?|ftp):\/\//.test(link) || !URL.canParse(link)) return null;
  const { hostname, pathname } = new URL(link);
  const last = decodeURIComponent(pathname.split('/').at(-1) ?? '');
  const infoHash = sha1(link);
  return { infoHash, name: last === '' ? hostname : last, size: sizeOf(infoHash), kind: 'file' };
}

function readMagnet(link: string): LinkedContent | null {
  const query = new URLSearchParams(link.slice(link.indexOf('?')));
  const hash = /^urn:btih:([0-9a-fA-F]{40}|[A-Za-z2-7]{32})$/.exec(query.get('xt') ?? '')?.[1];
  if (hash === undefined) return null;
  const infoHash = hash.length === 40 ? hash.toLowerCase() : hexOfBase32(hash.toUpperCase());
  return { infoHash, name: query.get('dn') ?? infoHash, size: sizeOf(infoHash), kind: 'directory' };
}

function readEd2k(link: string): LinkedContent | null {
  const [, name = '', size = ''] = /^ed2k:\/\/\|file\|([^|]+)\|(\d+)\|[0-9a-fA-F]{32}\|/.exec(link) ?? [];
  if (name === '') return null;
  return { infoHash: sha1(link), name: decodeURIComponent(name), size: Number(size), kind: 'file' };
}

function hexOfBase32(text: string): string {
  const values = Array.from(text, (letter) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter));
  const whole = values.reduce((sum, value) => sum * 32n + BigInt(value), 0n);
  return whole.toString(16).padStart(40, '0');
}

/** Sizes that links do not tell: up to 16 MiB, always the same for the same content. */
function sizeOf(infoHash: string): number {
  return 1 + Number.parseInt(infoHash.slice(0, 6), 16);
}

function sha1(text: string): string {
  return createHash('sha1').update(text).digest('hex');
}
