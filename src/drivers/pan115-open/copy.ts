import type { DirectoryEntry, Entry } from '../../driver/entry.js';
import type { ServerCopy } from '../../driver/writer.js';
import type { Call } from '../../lib/call.js';
import { FsError } from '../../lib/errors.js';
import { wasNeverSent } from '../../net/network-error.js';
import { isTemporary } from './errors.js';
import { lookUntilListed } from './visibility.js';
import type { WriteParts } from './write-parts.js';

const ATTEMPTS = 3;

/** Fronts of the cloud need not agree on the time. */
const CLOCK_MARGIN = 5000;

/** Copies inside the account (115-open.md §11). */
export class Pan115OpenCopy implements ServerCopy {
  readonly limit: number;
  readonly #parts: WriteParts;

  constructor(parts: WriteParts, limit: number) {
    this.#parts = parts;
    this.limit = limit;
  }

  async copy(entries: readonly Entry[], target: DirectoryEntry, call: Call): Promise<void> {
    call.signal.throwIfAborted();
    if (entries.length === 0) return;
    const { folders, lane } = this.#parts;
    await folders.mustExist(target.id, call);
    await lane.run(call, () => this.#copyOnce(entries, target, call));
  }

  /** A second call makes second copies: after a lost answer the target tells whether there was a first one. */
  async #copyOnce(entries: readonly Entry[], target: DirectoryEntry, call: Call): Promise<void> {
    const { changes, env } = this.#parts;
    const begun = env.clock.now();
    const ids = entries.map((entry) => entry.id);
    for (let attempt = 1; ; attempt += 1) {
      try {
        await changes.copy(ids, target.id, call);
        return;
      } catch (error) {
        const lost = error instanceof FsError && error.reason === 'network' && !wasNeverSent(error);
        if (!lost || isTemporary(error) || attempt === ATTEMPTS) throw error;
        if (await this.#hasBegun(entries, target, begun, call)) return;
      }
    }
  }

  /** Copies of many entries appear one after another (§11): the first one proves that the call arrived. */
  async #hasBegun(
    entries: readonly Entry[],
    target: DirectoryEntry,
    begun: number,
    call: Call,
  ): Promise<boolean> {
    const { folders, env, time, listingLag } = this.#parts;
    const sources = new Set(entries.map((entry) => entry.id));
    const isCopy = (found: Entry): boolean =>
      !sources.has(found.id) &&
      found.createdAt >= Math.floor(time.at(begun) / 1000) * 1000 - CLOCK_MARGIN &&
      entries.some((entry) => isLike(found, entry));
    const first = await lookUntilListed(env.clock, listingLag, env.clock.now(), call.signal, async () => {
      const [copy] = await folders.matching(target.id, isCopy, call);
      return copy ?? null;
    });
    return first !== null;
  }
}

function isLike(one: Entry, other: Entry): boolean {
  if (one.name !== other.name || one.kind !== other.kind) return false;
  return one.kind === 'directory' || other.kind === 'directory' || one.size === other.size;
}
