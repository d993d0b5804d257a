import type { Clock } from '../lib/env.js';
import { FsError } from '../lib/errors.js';
import { MODE_BITS, type Ownership } from './attributes.js';
import type { VfsDrive } from './drive.js';
import { removeExtendedAttribute, setExtendedAttribute } from './extended-attributes.js';
import { writesOf } from './location.js';
import { keptId, type Target } from './targets.js';

/** A time for utimensat(2): nanoseconds since the epoch. */
export type TimeChange = bigint | 'now' | 'keep';

const NANOSECONDS = 1_000_000n;
/** What chown(2) passes for an owner or group that stays. */
const UNCHANGED = 0xffffffff;

/** What programs set of entries and no cloud keeps. Every method rejects with EROFS on a read-only drive. */
export class AttributeChanges {
  readonly #clock: Clock;
  readonly #ownership: Ownership;

  constructor(clock: Clock, ownership: Ownership) {
    this.#clock = clock;
    this.#ownership = ownership;
  }

  /** utimensat(2). */
  async times(target: Target, accessed: TimeChange, modified: TimeChange): Promise<void> {
    const attributes = attributesFor(target);
    const times = {
      ...(accessed === 'keep' ? {} : { accessedAt: this.#timeOf(accessed) }),
      ...(modified === 'keep' ? {} : { modifiedAt: this.#timeOf(modified) }),
    };
    if (Object.keys(times).length > 0) await attributes.set(keptId(target), times);
  }

  /** chmod(2). */
  async mode(target: Target, mode: number): Promise<void> {
    await attributesFor(target).set(keptId(target), { mode: mode & MODE_BITS });
  }

  /** chown(2): EPERM unless it leaves owner and group as they are. */
  owner(target: Target, uid: number, gid: number): void {
    attributesFor(target);
    const { uid: owner, gid: group } = this.#ownership;
    if ((uid === owner || uid === UNCHANGED) && (gid === group || gid === UNCHANGED)) return;
    throw new FsError('EPERM', `${target.path}: everything in a mount has the mount's owner`, {
      expected: true,
    });
  }

  /** As setExtendedAttribute. */
  async setExtended(target: Target, name: string, value: Uint8Array, flags: number): Promise<void> {
    await setExtendedAttribute(attributesFor(target), keptId(target), { name, value, flags });
  }

  /** As removeExtendedAttribute. */
  async removeExtended(target: Target, name: string): Promise<void> {
    await removeExtendedAttribute(attributesFor(target), keptId(target), name);
  }

  #timeOf(change: Exclude<TimeChange, 'keep'>): bigint {
    return change === 'now' ? BigInt(Math.trunc(this.#clock.now())) * NANOSECONDS : change;
  }
}

function attributesFor({ drive, path }: Target): VfsDrive['tree']['attributes'] {
  writesOf(drive, path);
  return drive.tree.attributes;
}
