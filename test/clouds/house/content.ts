import { createHash } from 'node:crypto';
import { open, type FileHandle } from 'node:fs/promises';

/**
 * What a file holds. seeded: generated from a text, any size at no cost. modulo: byte i is i mod `modulus` (the
 * API document's test vector, 17.3). bytes: given. disk: a real file, read when asked.
 */
export type ContentSpec =
  | { readonly kind: 'seeded'; readonly seed: string }
  | { readonly kind: 'modulo'; readonly modulus: number }
  | { readonly kind: 'bytes'; readonly base64: string }
  | { readonly kind: 'disk'; readonly path: string };

/** Bytes at any offset. */
export interface ByteSource {
  /** Fills the whole target with the bytes from `position` on. */
  fill(target: Buffer, position: number): void | Promise<void>;
  close(): Promise<void>;
}

const BLOCK = 64 * 1024;
const BASE = 1024 * 1024;

/** One pseudo-random MiB, and the head of it again so that a block may begin anywhere in it. */
const base = (() => {
  const words = new Int32Array((BASE + BLOCK) / 4);
  let state = 0x9e3779b9;
  for (let index = 0; index < BASE / 4; index += 1) {
    state = mix(state + 0x9e3779b9);
    words[index] = state;
  }
  words.copyWithin(BASE / 4, 0, BLOCK / 4);
  return words;
})();

function mix(value: number): number {
  let word = value | 0;
  word = Math.imul(word ^ (word >>> 16), 0x21f0aaad);
  word = Math.imul(word ^ (word >>> 15), 0x735a2d97);
  return word ^ (word >>> 15);
}

function seedWord(seed: string): number {
  return createHash('sha1').update(seed).digest().readInt32LE(0);
}

/** Blocks of 64 KiB, each another piece of the base under another mask: cheap, and no two places look alike. */
class SeededSource implements ByteSource {
  readonly #seed: number;
  readonly #words = new Int32Array(BLOCK / 4);
  readonly #block = Buffer.from(this.#words.buffer);
  #current = -1;

  constructor(seed: string) {
    this.#seed = seedWord(seed);
  }

  fill(target: Buffer, position: number): void {
    let done = 0;
    while (done < target.length) {
      const index = Math.floor((position + done) / BLOCK);
      const start = (position + done) % BLOCK;
      this.#generate(index);
      done += this.#block.copy(target, done, start, Math.min(BLOCK, start + target.length - done));
    }
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  #generate(index: number): void {
    if (index === this.#current) return;
    const key = mix(this.#seed ^ mix(index + 1));
    const shift = (mix(key) >>> 0) % (BASE / 4);
    const words = this.#words;
    for (let word = 0; word < words.length; word += 1) words[word] = (base[shift + word] ?? 0) ^ key;
    this.#current = index;
  }
}

class ModuloSource implements ByteSource {
  readonly #modulus: number;

  constructor(modulus: number) {
    this.#modulus = modulus;
  }

  fill(target: Buffer, position: number): void {
    for (let index = 0; index < target.length; index += 1) target[index] = (position + index) % this.#modulus;
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

class BytesSource implements ByteSource {
  readonly #bytes: Buffer;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  fill(target: Buffer, position: number): void {
    const copied = this.#bytes.copy(target, 0, position);
    target.fill(0, copied);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

class DiskSource implements ByteSource {
  readonly #path: string;
  #file: Promise<FileHandle> | null = null;

  constructor(path: string) {
    this.#path = path;
  }

  async fill(target: Buffer, position: number): Promise<void> {
    this.#file ??= open(this.#path);
    const file = await this.#file;
    let done = 0;
    while (done < target.length) {
      const { bytesRead } = await file.read(target, done, target.length - done, position + done);
      if (bytesRead === 0) throw new Error(`${this.#path} is shorter than it was`);
      done += bytesRead;
    }
  }

  async close(): Promise<void> {
    await (await this.#file)?.close();
  }
}

/** Opens the bytes of a content. Disk files are opened at the first fill. */
export function openContent(spec: ContentSpec): ByteSource {
  switch (spec.kind) {
    case 'seeded':
      return new SeededSource(spec.seed);
    case 'modulo':
      return new ModuloSource(spec.modulus);
    case 'bytes':
      return new BytesSource(Buffer.from(spec.base64, 'base64'));
    case 'disk':
      return new DiskSource(spec.path);
  }
}

/** The bytes that the cloud serves for this content: what a reader must see. */
export async function expectedBytes(spec: ContentSpec, start: number, length: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafe(length);
  const source = openContent(spec);
  try {
    await source.fill(bytes, start);
  } finally {
    await source.close();
  }
  return bytes;
}

/** Upper-case hex digest of `size` bytes of a content. Gives other work a turn after each MiB. */
export async function contentHash(
  spec: ContentSpec,
  size: number,
  algorithm: 'sha1' | 'md5' = 'sha1',
): Promise<string> {
  const hash = createHash(algorithm);
  const source = openContent(spec);
  const buffer = Buffer.allocUnsafe(Math.min(BASE, size));
  try {
    for (let position = 0; position < size; position += BASE) {
      const part = buffer.subarray(0, Math.min(BASE, size - position));
      await source.fill(part, position);
      hash.update(part);
      if (size > BASE) await new Promise((resolve) => setImmediate(resolve));
    }
  } finally {
    await source.close();
  }
  return hash.digest('hex').toUpperCase();
}
