import { type Dirent, type Stats } from 'node:fs';
import { lstat, open, readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { KnownHashes } from '../driver/writer.js';
import type { Call } from '../lib/call.js';
import { FsError } from '../lib/errors.js';
import { type ByteRange, rangeLength } from '../lib/range.js';
import type { SourceEntry, SourceFile } from './source-file.js';

const PIECE = 1024 * 1024;

/** Hashes files of this machine; `onHashed` hears how many bytes of it were read so far. */
export interface FileHasher {
  hash(
    path: string,
    size: number,
    signal: AbortSignal,
    onHashed?: (bytes: number) => void,
  ): Promise<KnownHashes>;
}

/** A file of this machine, as it was when it was looked at: once it is changed nothing more is read of it. */
export class LocalSource implements SourceFile {
  readonly from: string;
  readonly path: string;
  readonly size: number;
  readonly isReadable = true;
  readonly stream = (call: Call): AsyncIterable<Uint8Array> => this.#stream(call);
  readonly #hasher: FileHasher;
  readonly #modifiedAt: number;

  constructor(hasher: FileHasher, from: string, path: string, { size, mtimeMs }: Stats) {
    this.#hasher = hasher;
    this.from = from;
    this.path = path;
    this.size = size;
    this.#modifiedAt = mtimeMs;
  }

  async hashes(signal: AbortSignal, onHashed: (bytes: number) => void): Promise<KnownHashes> {
    const hashes = await this.#hasher.hash(this.from, this.size, signal, onHashed);
    this.#check(await named(this.from, stat(this.from)));
    return hashes;
  }

  async read({ start, end }: ByteRange, signal: AbortSignal): Promise<Uint8Array> {
    signal.throwIfAborted();
    return await named(this.from, this.#read({ start, end }));
  }

  async #read(range: ByteRange): Promise<Uint8Array> {
    const file = await open(this.from);
    try {
      this.#check(await file.stat());
      const bytes = new Uint8Array(rangeLength(range));
      const { bytesRead } = await file.read(bytes, 0, bytes.length, range.start);
      if (bytesRead < bytes.length) throw this.#changed();
      return bytes;
    } finally {
      await file.close();
    }
  }

  async *#stream({ signal }: Call): AsyncGenerator<Uint8Array> {
    for (let start = 0; start < this.size; start += PIECE) {
      yield await this.read({ start, end: Math.min(start + PIECE, this.size) }, signal);
    }
  }

  #check({ size, mtimeMs }: Stats): void {
    if (size !== this.size || mtimeMs !== this.#modifiedAt) throw this.#changed();
  }

  #changed(): FsError {
    return new FsError('ESTALE', `${this.from}: it was changed meanwhile`, { expected: true });
  }
}

/**
 * A file or folder of this machine, with all that is in it: folders before what they hold. Symbolic links are followed only
 * when they are what was named. Rejects with FsError: ENOENT, EACCES.
 */
export async function* localEntries(
  hasher: FileHasher,
  path: string,
  name = basename(path),
): AsyncGenerator<SourceEntry> {
  yield* below(hasher, path, name, await named(path, stat(path)));
}

async function* below(
  hasher: FileHasher,
  from: string,
  path: string,
  stats: Stats,
): AsyncGenerator<SourceEntry> {
  if (stats.isFile()) yield { kind: 'file', file: new LocalSource(hasher, from, path, stats) };
  else if (!stats.isDirectory())
    yield { kind: 'other', from, path, why: 'it is neither a file nor a folder' };
  else {
    yield { kind: 'directory', from, path };
    const children = await named(from, readdir(from, { withFileTypes: true }));
    for (const { name } of children.sort(byName)) {
      const child = join(from, name);
      yield* below(hasher, child, `${path}/${name}`, await named(child, lstat(child)));
    }
  }
}

function byName(one: Dirent, other: Dirent): number {
  return one.name < other.name ? -1 : 1;
}

const ERRNO: Readonly<Record<string, 'ENOENT' | 'EACCES' | 'ENOTDIR'>> = {
  ENOENT: 'ENOENT',
  EACCES: 'EACCES',
  EPERM: 'EACCES',
  ENOTDIR: 'ENOTDIR',
};

/** The outcome; a failure in words, with the path. */
async function named<T>(path: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof FsError) throw error;
    const { code = '', message } = error as NodeJS.ErrnoException;
    const errno = ERRNO[code] ?? 'EIO';
    const why = errno === 'ENOENT' ? 'no such file or directory' : message;
    throw new FsError(errno, `${path}: ${why}`, { cause: error, expected: errno !== 'EIO' });
  }
}
