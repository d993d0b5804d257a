import { FsError, notFound } from '../../../src/lib/errors.js';
import type { Call } from '../../../src/lib/call.js';
import type { HandedLink, LinkedFile, LinkedFiles } from '../../../src/links/linked-file.js';
import type { Target } from '../../../src/links/target.js';

/** What a player gets of the fake film at a position. */
export function byteAt(position: number): number {
  return (position * 7919) % 251;
}

/** One film, `films:/2026/a.mkv`, that remembers who asked for it. */
export class FakeFiles implements LinkedFiles {
  size = 3_000_000;
  /** Null: the cloud has no bytes to link to. */
  headers: ((userAgent: string) => Readonly<Record<string, string>>) | null = (userAgent) => ({
    'User-Agent': userAgent,
  });
  url = 'https://cdn.example/a.mkv?t=1&k=secret';
  /** What finding fails with. */
  failure: FsError | null = null;
  /** Reads from here on fail. */
  brokenAt = Infinity;
  /** Reads wait for ever. */
  isStuck = false;
  /** Players for which links were asked. */
  readonly asked: string[] = [];
  /** Bytes that were read. */
  read = 0;
  open = 0;
  /** Reads that were aborted. */
  aborted = 0;

  find({ drive, path }: Target): Promise<LinkedFile> {
    if (this.failure !== null) return Promise.reject(this.failure);
    if (drive !== 'films' || path !== '/2026/a.mkv') return Promise.reject(notFound(path));
    return Promise.resolve(this.#film());
  }

  #film(): LinkedFile {
    return {
      name: 'a.mkv',
      size: this.size,
      modifiedAt: Date.UTC(2026, 0, 2, 3, 4, 5),
      handOut: ({ userAgent, address }) => Promise.resolve(this.#handOut(userAgent, address)),
      open: () => {
        this.open += 1;
        return {
          read: (position, length, call) => this.#read(position, length, call),
          close: () => {
            this.open -= 1;
          },
        };
      },
    };
  }

  #handOut(userAgent: string, address: string): HandedLink | null {
    this.asked.push(`${userAgent} at ${address}`);
    return this.headers === null ? null : { url: this.url, headers: this.headers(userAgent) };
  }

  async #read(position: number, length: number, { signal }: Call): Promise<Uint8Array> {
    if (this.isStuck) {
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      this.aborted += 1;
      throw signal.reason as Error;
    }
    if (position + length > this.brokenAt) throw new FsError('EIO', 'the cloud answers nonsense');
    this.read += length;
    return Uint8Array.from({ length }, (_, at) => byteAt(position + at));
  }
}
