import { statfs } from 'node:fs/promises';
import { FsError } from '../../lib/errors.js';
import { formatSize } from '../../lib/quantity.js';

const MIB = 1024 * 1024;
/** The free space is looked at again after so many bytes were claimed. */
const CHECK_BYTES = 4 * MIB;
/** With less than this left, every write looks first and can be undone. */
const TIGHT_BYTES = 64 * MIB;

/** What stays free on the disk: so many bytes, or a share (0 to 1) of the whole disk. */
export type KeepFree = { readonly bytes: number } | { readonly share: number };

export interface SpoolSpaceOptions {
  /** Bytes that all spool files together may have. */
  readonly size: number;
  readonly keepFree: KeepFree;
}

/** Of one file. */
export interface Claim {
  /** Bytes that count against the budget. */
  readonly total: number;
  /** How many of them are not on the disk yet. */
  readonly pending: number;
}

const NOTHING: Claim = { total: 0, pending: 0 };

/** The room that spool files have: a budget of their own, and what has to stay free on their disk. */
export class SpoolSpace {
  readonly #directory: string;
  readonly #options: SpoolSpaceOptions;
  /** Whoever may give room back that the disk lacks. */
  readonly #shortageListeners = new Set<() => Promise<void>>();
  #used = 0;
  #pending = 0;
  #unchecked = CHECK_BYTES;
  #tight = true;

  /** The directory must be there when the first bytes are claimed. */
  constructor(directory: string, options: SpoolSpaceOptions) {
    this.#directory = directory;
    this.#options = options;
  }

  /** Bytes that are claimed. */
  get used(): number {
    return this.#used;
  }

  /** The most that `used` may become. */
  get limit(): number {
    return this.#options.size;
  }

  /** Whether so little is left that a write may fail half-way. */
  get tight(): boolean {
    return this.#tight;
  }

  /** What one file claims; nothing to begin with. */
  claim(): SpaceClaim {
    return new SpaceClaim(this);
  }

  /** Calls it when the disk lacks room, before anybody is refused; the answer ends that. */
  onShortage(listener: () => Promise<void>): () => void {
    this.#shortageListeners.add(listener);
    return () => this.#shortageListeners.delete(listener);
  }

  /** Counts a change of somebody's claim, whatever the limits say. */
  count(change: Claim): void {
    this.#used += change.total;
    this.#pending += change.pending;
  }

  /** Whether what is counted already, the last `growth` among it, has room. Rejects with FsError ENOSPC. */
  async check(growth: Claim): Promise<void> {
    const { size } = this.#options;
    if (this.#used > size) {
      throw new FsError(
        'ENOSPC',
        `the spool of ${formatSize(size)} is full: wait for uploads, or raise upload.spool.size`,
      );
    }
    this.#unchecked += growth.total;
    if (this.#unchecked < CHECK_BYTES && !this.#tight) return;
    let left = await this.#left(growth);
    if (left < 0) {
      for (const listener of this.#shortageListeners) await listener();
      left = await this.#left(growth);
    }
    this.#tight = left < TIGHT_BYTES;
    if (left < 0) {
      throw new FsError(
        'ENOSPC',
        `the disk of the spool lacks ${formatSize(-left)} of space to be kept free`,
      );
    }
    this.#unchecked = 0;
  }

  async #left({ total, pending }: Claim): Promise<number> {
    return (await this.#free()) - this.#pending - (total - pending);
  }

  async #free(): Promise<number> {
    const { keepFree } = this.#options;
    const { bsize, blocks, bavail } = await statfs(this.#directory);
    const floor = 'bytes' in keepFree ? keepFree.bytes : keepFree.share * blocks * bsize;
    return bavail * bsize - floor;
  }
}

/** One file's part of the space. */
export class SpaceClaim {
  readonly #space: SpoolSpace;
  #claim = NOTHING;
  #retired = false;

  constructor(space: SpoolSpace) {
    this.#space = space;
  }

  get total(): number {
    return this.#claim.total;
  }

  /** Claims so much instead. Rejects with FsError ENOSPC, and the claim is as before, when it grows and there is no room. */
  async resize(claim: Claim): Promise<void> {
    const before = this.#claim;
    this.settle(claim);
    if (this.#retired || claim.total <= before.total) return;
    try {
      await this.#space.check(difference(claim, before));
    } catch (error) {
      this.settle(before);
      throw error;
    }
  }

  /** Claims so much instead, although there may be no room: it is on the disk. */
  settle(claim: Claim): void {
    if (this.#retired) return;
    this.#space.count(difference(claim, this.#claim));
    this.#claim = claim;
  }

  /** Nothing is claimed any more, for good. */
  retire(): void {
    this.settle(NOTHING);
    this.#retired = true;
  }
}

function difference(a: Claim, b: Claim): Claim {
  return { total: a.total - b.total, pending: a.pending - b.pending };
}
