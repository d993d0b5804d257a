import type { FileEntry } from '../driver/entry.js';
import type { Env } from '../lib/env.js';
import { toFsError } from '../lib/errors.js';
import { KeyedMutex } from '../lib/keyed-mutex.js';
import type { ByteRange } from '../lib/range.js';
import type { CachedFile } from './block-cache/cached-file.js';
import { UNIT, unitBytes, unitsOf } from './block-cache/units.js';
import type { Blocks } from './content.js';
import { contentKey } from './content-key.js';

/** Units that are read and written at once: 1 MiB. */
const TURN = 8;
/** The cache is told again so often when it had too much to write. */
const TRIES = 5;
const PAUSE = 200;
/** Of the cache: what a larger file would push out is worth more than the file. */
const LARGEST_SHARE = 0.5;

/** Bytes of a file that lie on this machine. */
export interface LocalBytes {
  /** Exactly the bytes of a range inside the file. Rejects when they are not what they were. */
  read(range: ByteRange, signal: AbortSignal): Promise<Uint8Array>;
}

/** Puts files whose bytes are here into the block cache, one at a time, so that reading them costs no call and no byte. */
export class Adoption {
  readonly #env: Env;
  readonly #blocks: Blocks;
  readonly #turn = new KeyedMutex();
  readonly #closing = new AbortController();

  constructor(env: Env, blocks: Blocks) {
    this.#env = env;
    this.#blocks = blocks;
  }

  /**
   * Resolves when the bytes of a file of the account are cached or cannot be: a file that is too large for the cache, a
   * full disk, bytes that changed or `close` cost a download later, nothing else. Never rejects.
   */
  async adopt(account: string, file: FileEntry, bytes: LocalBytes): Promise<void> {
    const { signal } = this.#closing;
    if (file.size > this.#blocks.status().limit * LARGEST_SHARE) return;
    await this.#turn.run('', async () => {
      if (signal.aborted) return;
      const cached = this.#blocks.file(contentKey(account, file), file.size);
      try {
        await this.#copy(cached, file.size, bytes, signal);
      } catch (thrown) {
        const error = toFsError(thrown);
        const level = this.#closing.signal.aborted || error.expected ? 'debug' : 'warn';
        this.#env.log[level]('an uploaded file is not kept in the cache', { name: file.name, error });
      } finally {
        cached.close();
      }
    });
  }

  /** Ends what is under way; nothing is adopted any more. */
  close(): void {
    this.#closing.abort();
  }

  async #copy(cached: CachedFile, size: number, bytes: LocalBytes, signal: AbortSignal): Promise<void> {
    const units = unitsOf(size);
    for (let first = 0; first < units; first += TURN) {
      const count = Math.min(TURN, units - first);
      await cached.ready(first, count);
      if (hasAll(cached, first, count)) continue;
      const start = first * UNIT;
      const part = await bytes.read({ start, end: start + unitBytes(size, first, count) }, signal);
      if (!(await this.#keep(cached, first, part, signal))) return;
    }
  }

  /** Whether the cache has taken them. */
  async #keep(cached: CachedFile, first: number, bytes: Uint8Array, signal: AbortSignal): Promise<boolean> {
    const count = Math.ceil(bytes.length / UNIT);
    for (let tried = 0; tried < TRIES; tried += 1) {
      await Promise.all(
        Array.from({ length: count }, (_none, index) => written(cached, first, bytes, index)),
      );
      if (hasAll(cached, first, count)) return true;
      if (this.#blocks.status().state.kind === 'off') return false;
      await this.#env.clock.sleep(PAUSE, signal);
    }
    return false;
  }
}

function written(cached: CachedFile, first: number, bytes: Uint8Array, index: number): Promise<void> {
  return new Promise((resolve) => {
    const unit = bytes.subarray(index * UNIT, (index + 1) * UNIT);
    cached.write(first + index, unit, 'data', resolve);
  });
}

function hasAll(cached: CachedFile, first: number, count: number): boolean {
  for (let unit = first; unit < first + count; unit += 1) if (!cached.has(unit)) return false;
  return true;
}
