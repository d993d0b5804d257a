import { execFile } from 'node:child_process';
import { posix } from 'node:path';
import { promisify } from 'node:util';
import type { Clock } from '../lib/env.js';
import type { FuseConnection } from './binding.js';

const run = promisify(execFile);

/** How long the kernel is relied on to know what it was just told, in milliseconds; it was told to believe it for longer. */
const KNOWN = 1000;
/** How long a look at a directory may take, in milliseconds. */
const PATIENCE = 10_000;

export interface EntryForgettingParts {
  readonly clock: Clock;
  readonly connection: Pick<FuseConnection, 'invalidateEntry'>;
  readonly mountPoint: string;
  /** Looks at a path from outside this process; rejects when nothing is there. */
  readonly look?: (path: string) => Promise<void>;
}

/**
 * Makes the kernel forget names of a mount. For that, the binding looks at the directory above them, through the
 * mount and from inside this process: if the process is killed before it has answered itself, the thread that waits
 * cannot end, the mount neither, and whoever reads from it waits for ever. So another process looks first, which the
 * end of this one frees; what the kernel was told then, it need not ask again.
 */
export class EntryForgetting {
  readonly #parts: EntryForgettingParts;
  /** By directory inside the mount, until when the kernel knows it. */
  readonly #known = new Map<string, { readonly until: number; readonly looking: Promise<void> }>();

  constructor(parts: EntryForgettingParts) {
    this.#parts = parts;
  }

  /** Resolves when the kernel has forgotten the name. Rejects with the binding's error, or when the directory is gone. */
  async forget(path: string): Promise<void> {
    const directory = posix.dirname(path);
    // The binding looks at no root: it knows its number.
    if (directory !== '/') await this.#know(directory);
    for (const other of this.#known.keys()) {
      if (other === path || other.startsWith(`${path}/`)) this.#known.delete(other);
    }
    await new Promise<void>((resolve, reject) => {
      this.#parts.connection.invalidateEntry(path, (error) => {
        if (error) reject(error);
        else resolve();
      });
    });
  }

  async #know(directory: string): Promise<void> {
    const now = this.#parts.clock.monotonic();
    for (const [other, { until }] of this.#known) if (until <= now) this.#known.delete(other);
    const known = this.#known.get(directory) ?? { until: now + KNOWN, looking: this.#look(directory) };
    this.#known.set(directory, known);
    try {
      await known.looking;
    } catch (error) {
      // Another directory may come to stand there.
      if (this.#known.get(directory) === known) this.#known.delete(directory);
      throw error;
    }
  }

  async #look(directory: string): Promise<void> {
    const { mountPoint, look = lookElsewhere } = this.#parts;
    await look(posix.join(mountPoint, directory));
  }
}

async function lookElsewhere(path: string): Promise<void> {
  await run('stat', ['--', path], { timeout: PATIENCE, killSignal: 'SIGKILL' });
}
