import type { ContentHashes } from '../driver/writer.js';
import type { Clock } from '../lib/env.js';
import type { Hasher } from '../upload/hasher/hasher.js';
import type { FileHasher } from './local-source.js';

/** Milliseconds between two looks at how far it is. */
const LOOK = 200;

/** Hashes files for somebody who wants to hear how far it is. */
export class WatchedHasher implements FileHasher {
  readonly #clock: Clock;
  readonly #hasher: Pick<Hasher, 'hash' | 'bytesRead'>;

  constructor(clock: Clock, hasher: Pick<Hasher, 'hash' | 'bytesRead'>) {
    this.#clock = clock;
    this.#hasher = hasher;
  }

  /** As Hasher.hash. */
  async hash(
    path: string,
    size: number,
    signal: AbortSignal,
    onHashed: (bytes: number) => void = () => undefined,
  ): Promise<ContentHashes> {
    const ended = new AbortController();
    const look = (): void => {
      if (ended.signal.aborted) return;
      onHashed(this.#hasher.bytesRead);
      this.#clock.after(LOOK, look);
    };
    this.#clock.after(LOOK, look);
    try {
      return await this.#hasher.hash(path, size, signal);
    } finally {
      ended.abort();
    }
  }
}
