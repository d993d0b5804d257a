import type { Driver } from '../../driver/driver.js';
import type { Entry } from '../../driver/entry.js';
import type { Trash, TrashedEntry } from '../../driver/writer.js';
import type { Call } from '../../lib/call.js';
import type { Env } from '../../lib/env.js';
import { FsError } from '../../lib/errors.js';

const LOOKS = 4;
const FIRST_PAUSE = 500;
/** Of so many that look alike each is tried. */
const MOST_ALIKE = 3;

/** Gets back what was removed: the cloud's bin has ids of its own, so that it is found by what it looks like. */
export class RecycleBin {
  readonly #env: Pick<Env, 'clock' | 'log'>;
  readonly #driver: Driver;
  readonly #trash: Trash;

  constructor(env: Pick<Env, 'clock' | 'log'>, driver: Driver, trash: Trash) {
    this.#env = env;
    this.#driver = driver;
    this.#trash = trash;
  }

  /**
   * The entry as the cloud has it then, also when it was given back before. `removedAt` in milliseconds since the epoch;
   * null when it is not known. Rejects with FsError: ENOENT when the bin does not have it, or not any more.
   */
  async giveBack(original: Entry, removedAt: number | null, call: Call): Promise<Entry> {
    const there = await this.#driver.stat(original, call);
    if (there !== null) return there;
    for (const candidate of await this.#candidates(original, removedAt, call)) {
      await this.#trash.restore([candidate], call);
      const back = await this.#driver.stat(original, call);
      if (back !== null) return back;
      this.#env.log.warn('something of the same name came out of the recycle bin: it is where it was', {
        name: candidate.name,
        parentId: candidate.parentId,
      });
    }
    const message = `${original.name}: the recycle bin of the cloud does not have it any more`;
    throw new FsError('ENOENT', message, { expected: true });
  }

  /** What looks like it, the likeliest first. The bin may show it only a moment after it was removed. */
  async #candidates(original: Entry, removedAt: number | null, call: Call): Promise<readonly TrashedEntry[]> {
    const { clock } = this.#env;
    let pause = Math.max(FIRST_PAUSE, this.#driver.facts.listingLag / LOOKS);
    for (let look = 1; ; look += 1) {
      const alike = await this.#alike(original, call);
      if (alike.length > 0 || look === LOOKS) {
        return alike.sort(byLikelihood(original, removedAt)).slice(0, MOST_ALIKE);
      }
      await clock.sleep(pause, call.signal);
      pause *= 2;
    }
  }

  async #alike(original: Entry, call: Call): Promise<TrashedEntry[]> {
    const alike: TrashedEntry[] = [];
    for await (const page of this.#trash.list(call)) {
      alike.push(...page.filter((trashed) => isAlike(trashed, original)));
    }
    return alike;
  }
}

function isAlike({ name, kind, size }: TrashedEntry, original: Entry): boolean {
  if (name !== original.name || kind !== original.kind) return false;
  return size === null || original.kind === 'directory' || size === original.size;
}

function byLikelihood(
  { parentId }: Entry,
  removedAt: number | null,
): (a: TrashedEntry, b: TrashedEntry) => number {
  const elsewhere = (trashed: TrashedEntry): number => (trashed.parentId === parentId ? 0 : 1);
  // Without a time the latest is the likeliest.
  const away = (trashed: TrashedEntry): number =>
    removedAt === null ? -trashed.removedAt : Math.abs(trashed.removedAt - removedAt);
  return (a, b) => elsewhere(a) - elsewhere(b) || away(a) - away(b);
}
