import { FsError } from './errors.js';

/** What makes a file where its bytes are known: the line of a list that can be carried elsewhere. */
export interface ListedFile {
  /** With `/` between folders: `Show/S01/a.mkv`. */
  readonly name: string;
  readonly size: number;
  /** Upper-case hexadecimal, as the others; null what is not known. */
  readonly sha1: string | null;
  /** The SHA-1 of the first 128 KiB. */
  readonly preid: string | null;
  readonly md5: string | null;
}

/** What a list held, and which of its lines say nothing that can be used. */
export interface ReadList {
  readonly files: readonly ListedFile[];
  /** Such as `line 3: it has no name`. */
  readonly problems: readonly string[];
}

type Line = { readonly place: string; readonly value: unknown };

const NAMES = ['name', 'path', 'file_name', 'filename'];
const SIZES = ['size', 'file_size', 'filesize'];
const SHA1 = ['sha1', 'fileid', 'file_sha1'];
const PREID = ['preid', 'pre_id', 'headSha1'];
const MD5 = ['md5', 'etag'];
/** Where a document keeps its files. */
const LISTS = ['files', 'list', 'items'];

/** One line of a list. */
export function formatListedFile({ name, size, sha1, preid, md5 }: ListedFile): string {
  return JSON.stringify({ name, size, sha1, preid, md5 });
}

/**
 * Reads a list of any of these shapes: a JSON object a line, one JSON array, a JSON object with such an array, lines
 * `115://name|size|sha1|preid`; empty lines and those that begin with # are passed over. Throws FsError EINVAL when
 * nothing in it is a file.
 */
export function parseRapidList(text: string): ReadList {
  const files: ListedFile[] = [];
  const problems: string[] = [];
  for (const { place, value } of linesOf(text.replace(/^\uFEFF/, ''))) {
    const found = fileOf(value);
    if (typeof found === 'string') problems.push(`${place}: ${found}`);
    else files.push(found);
  }
  if (files.length > 0) return { files, problems };
  const [first] = problems;
  throw new FsError('EINVAL', `this is no list of files${first === undefined ? '' : ` (${first})`}`);
}

function linesOf(text: string): readonly Line[] {
  const document = parsed(text);
  if (document !== undefined) return elementsOf(document);
  return text.split(/\r?\n/).flatMap((raw, index) => {
    const line = raw.trim();
    if (line === '' || line.startsWith('#')) return [];
    const value = line.startsWith('115://') ? ofLink(line) : parsed(line);
    return [{ place: `line ${index + 1}`, value }];
  });
}

function elementsOf(document: unknown): readonly Line[] {
  const within = isRecord(document) ? first(document, LISTS) : document;
  const elements = Array.isArray(within) ? (within as readonly unknown[]) : [document];
  return elements.map((value, index) => ({ place: `file ${index + 1}`, value }));
}

/** What other programs for 115 call a link: `115://name|size|sha1|preid`, with folders behind it. */
function ofLink(line: string): unknown {
  const [name = '', size, sha1, preid, ...folders] = line.slice('115://'.length).split('|');
  return { name: [...folders, name].filter((part) => part !== '').join('/'), size, sha1, preid };
}

/** The file, or what is wrong with it. */
function fileOf(value: unknown): ListedFile | string {
  if (!isRecord(value)) return 'it is no JSON object';
  const name = first(value, NAMES);
  if (typeof name !== 'string') return 'it has no name';
  const parts = name.split('/').filter((part) => part !== '');
  if (parts.length === 0 || parts.some((part) => part === '.' || part === '..'))
    return `${name}: no name for a file`;
  const size = sizeOf(first(value, SIZES));
  if (size === null) return `${name}: it has no size`;
  const [sha1, preid] = [hashIn(value, SHA1, 40), hashIn(value, PREID, 40)];
  const md5 = hashIn(value, MD5, 32);
  if (sha1 === null && md5 === null) return `${name}: it has no hash`;
  return { name: parts.join('/'), size, sha1, preid, md5 };
}

function sizeOf(value: unknown): number | null {
  const size = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value;
  return typeof size === 'number' && Number.isSafeInteger(size) && size >= 0 ? size : null;
}

function hashIn(value: Readonly<Record<string, unknown>>, keys: readonly string[], digits: number) {
  const found = first(value, keys);
  if (typeof found !== 'string' || found.length !== digits || !/^[0-9a-f]+$/i.test(found)) return null;
  return found.toUpperCase();
}

/** The first of these keys that is there, whatever its case. */
function first(value: Readonly<Record<string, unknown>>, keys: readonly string[]): unknown {
  const lower = new Map(Object.entries(value).map(([key, one]) => [key.toLowerCase(), one]));
  const key = keys.find((one) => lower.get(one.toLowerCase()) !== undefined);
  return key === undefined ? undefined : lower.get(key.toLowerCase());
}

/** Undefined for what is no JSON. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    // Whoever reads the lines tells which of them is none.
    return undefined;
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
