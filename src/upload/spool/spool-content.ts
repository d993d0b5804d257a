import type { FileHandle } from 'node:fs/promises';
import { FsError } from '../../lib/errors.js';
import type { ByteRange } from '../../lib/range.js';
import type { SpoolSeal } from '../journal/rows.js';
import type { LocalRanges } from './local-ranges.js';
import { readFully, writeFully } from './positioned-io.js';
import { RangeSet } from './range-set.js';
import type { SpoolDescriptor } from './spool-descriptor.js';
import type { Claim, SpaceClaim, SpoolSpace } from './spool-space.js';
import { WriteBehind } from './write-behind.js';

/** The disk begins to work after so many bytes, so that closing has little left to wait for. */
const WRITEBACK_BYTES = 32 * 1024 * 1024;
/** Larger writes at the end of a file are answered before they are in it. */
const BEHIND_BYTES = 64 * 1024;
/** Every file system keeps times of whole even seconds as they are. */
const SEAL_STEP = 2000;

export interface SpoolContentParts {
  readonly descriptor: SpoolDescriptor;
  readonly space: SpoolSpace;
  readonly claim: SpaceClaim;
  /** Where it is recorded which bytes of the base need not be fetched. */
  readonly localRanges: LocalRanges;
}

export interface SpoolContentStart {
  readonly size: number;
  /** Bytes of the base that are not here. */
  readonly missing: readonly ByteRange[];
  /** Whether nothing was changed since it was begun from its base. */
  readonly untouched: boolean;
  /** Bytes inside its size that are known to take no space. */
  readonly sparse: number;
}

/**
 * The bytes of one spool file. Changes come one at a time: the caller sees to that. Every method rejects with FsError;
 * after a change that failed the file is as before.
 */
export class SpoolContent {
  readonly #parts: SpoolContentParts;
  readonly #missing: RangeSet;
  /** What a crash would let appear as missing. */
  readonly #unrecorded: RangeSet;
  /** Zeros that were never written. */
  readonly #holes = new RangeSet();
  readonly #behind: WriteBehind;
  #size: number;
  #sparse: number;
  #untouched: boolean;
  #unsynced = 0;
  #writeback: Promise<void> | null = null;
  #cutting: Promise<void> | null = null;
  /** How often a cut was begun or ended. */
  #cutSteps = 0;
  /** Once the disk has lost something nobody can tell what: no later sync may say that all is well. */
  #lost: FsError | null = null;

  constructor(parts: SpoolContentParts, start: SpoolContentStart) {
    this.#parts = parts;
    this.#missing = new RangeSet(start.missing);
    this.#unrecorded = new RangeSet(start.missing);
    this.#size = start.size;
    this.#sparse = start.sparse;
    this.#untouched = start.untouched;
    this.#behind = new WriteBehind(
      (at, bytes) => parts.descriptor.use((file) => writeFully(file, bytes, at)),
      (error) => this.#lose(error),
    );
    parts.claim.settle(this.#claimNow());
  }

  get path(): string {
    return this.#parts.descriptor.path;
  }

  get size(): number {
    return this.#size;
  }

  /** Bytes of the base that are not here. */
  get missing(): RangeSet {
    return this.#missing;
  }

  /** Bytes of the spool that it claims. */
  get claimed(): number {
    return this.#parts.claim.total;
  }

  /** The bytes that lie here, zeros for what is missing; fewer only at the end. */
  async read({ start, end }: ByteRange): Promise<Uint8Array> {
    for (;;) {
      const steps = this.#cutSteps;
      // Bytes that are added from now on may not be in the file yet when these are.
      const size = this.#size;
      await this.#behind.idle();
      const target = Buffer.allocUnsafeSlow(Math.max(0, Math.min(end, size) - start));
      if (target.length === 0) return target;
      const count = await this.#parts.descriptor.use((file) => readFully(file, target, start));
      const expected = Math.max(0, Math.min(target.length, this.#size - start));
      if (count >= expected) return target.subarray(0, expected);
      // The size is known only when a cut has ended: it may be this one that the read met.
      if (steps === this.#cutSteps && this.#cutting === null) {
        throw new FsError('EIO', `spool file ${this.path}: it was cut`);
      }
      await this.#cutting;
    }
  }

  /**
   * Large writes at the end are in the file a little later, while there is plenty of room: if one fails all the same, the
   * next of them and `sync` and `seal` say so.
   */
  async write(at: number, bytes: Uint8Array): Promise<void> {
    const range = { start: at, end: at + bytes.length };
    const before = this.#claimNow();
    await this.#parts.claim.resize(this.#claimWith(range));
    try {
      if (this.#mayFollow(range)) await this.#follow(at, bytes);
      else await this.#writeNow(range, bytes);
    } catch (error) {
      this.#parts.claim.settle(before);
      throw error;
    }
    this.#holes.add({ start: this.#size, end: at });
    this.#holes.subtract(range);
    this.#missing.subtract(range);
    this.#size = Math.max(this.#size, range.end);
    this.#untouched = false;
    this.#parts.claim.settle(this.#claimNow());
    this.#beginWriteback(bytes.length);
  }

  /** Whether it may be answered before it is in the file: nothing speaks for a failure, which would leave the file as it was. */
  #mayFollow({ start, end }: ByteRange): boolean {
    if (this.#parts.space.tight || end - start < BEHIND_BYTES || start !== this.#size) return false;
    return this.#unrecorded.bytesWithin({ start, end }) === 0;
  }

  async #follow(at: number, bytes: Uint8Array): Promise<void> {
    if (this.#lost !== null) throw this.#lost;
    await this.#behind.add(at, bytes);
  }

  async #writeNow(range: ByteRange, bytes: Uint8Array): Promise<void> {
    await this.#behind.idle();
    await this.#parts.descriptor.use((file) => this.#put(file, range, bytes));
  }

  async truncate(size: number): Promise<void> {
    await this.#behind.idle();
    await this.#parts.claim.resize(this.#claimAt(size));
    this.#cutSteps += 1;
    const cutting = this.#truncateTo(size);
    this.#cutting = cutting.catch(() => undefined);
    try {
      await cutting;
    } finally {
      this.#cutting = null;
      this.#cutSteps += 1;
    }
  }

  async #truncateTo(size: number): Promise<void> {
    const cut = { start: size, end: this.#size };
    await this.#parts.descriptor
      .use((file) => this.#cut(file, cut))
      .catch((error: unknown) => {
        this.#parts.claim.settle(this.#claimNow());
        throw error;
      });
    this.#missing.subtract(cut);
    this.#holes.subtract(cut);
    this.#holes.add({ start: this.#size, end: size });
    this.#sparse = Math.min(this.#sparse, size);
    this.#size = size;
    this.#untouched = false;
    if (size === 0) this.#forgive();
    this.#parts.claim.settle(this.#claimNow());
  }

  /** Adds fetched bytes of the base where they are still missing. They are on the disk after the next `seal`. */
  async fill(range: ByteRange, bytes: Uint8Array): Promise<void> {
    await this.#behind.idle();
    const wanted = this.#missing.within(range);
    await this.#parts.descriptor.use(async (file) => {
      for (const { start, end } of wanted) {
        await writeFully(file, bytes.subarray(start - range.start, end - range.start), start);
      }
    });
    this.#missing.subtract(range);
    this.#parts.claim.settle(this.#claimNow());
  }

  /** Takes the file as it lies there, whoever changed it. */
  async reload(): Promise<void> {
    await this.#behind.idle();
    const { size } = await this.#parts.descriptor.use((file) => file.stat());
    this.#missing.subtract({ start: size, end: Infinity });
    this.#holes.subtract({ start: size, end: Infinity });
    this.#size = size;
    this.#sparse = 0;
    this.#forgive();
    this.#parts.claim.settle(this.#claimNow());
  }

  /** Resolves when what was written survives a power cut. */
  async sync(): Promise<void> {
    await this.#syncing((file) => file.datasync());
  }

  /** As `sync`, and the file is given a time by which it is known again. */
  async seal(modifiedAt: number): Promise<SpoolSeal> {
    const time = Math.floor(modifiedAt / SEAL_STEP) * SEAL_STEP;
    await this.#syncing(async (file) => {
      await file.utimes(time / 1000, time / 1000);
      // fdatasync(2) would leave the time behind.
      await file.sync();
    });
    await this.#recordFetched();
    return { size: this.#size, modifiedAt: time };
  }

  /** It is removed: it claims nothing, however it changes. */
  retire(): void {
    this.#parts.claim.retire();
    this.#parts.localRanges.retire();
  }

  /** Resolves when nothing is under way and the file is closed. */
  async close(): Promise<void> {
    await this.#behind.idle();
    await this.#writeback;
    await this.#parts.descriptor.close();
  }

  async #syncing(work: (file: FileHandle) => Promise<void>): Promise<void> {
    await this.#behind.idle();
    await this.#writeback;
    if (this.#lost !== null) throw this.#lost;
    try {
      await this.#parts.descriptor.use(work);
    } catch (error) {
      this.#lose(error);
      throw error;
    }
    this.#unsynced = 0;
  }

  #beginWriteback(bytes: number): void {
    this.#unsynced += bytes;
    if (this.#unsynced < WRITEBACK_BYTES || this.#writeback !== null) return;
    this.#unsynced = 0;
    this.#writeback = this.#parts.descriptor
      .use((file) => file.datasync())
      .catch((error: unknown) => this.#lose(error))
      .finally(() => {
        this.#writeback = null;
      });
  }

  #lose(error: unknown): void {
    this.#lost ??= error instanceof FsError ? error : new FsError('EIO', String(error), { cause: error });
  }

  #forgive(): void {
    this.#lost = null;
    this.#behind.mend();
  }

  async #put(file: FileHandle, range: ByteRange, bytes: Uint8Array): Promise<void> {
    const old = await this.#memory(file, range);
    const progress = { written: 0 };
    try {
      await writeFully(file, bytes, range.start, progress);
      await this.#recordLocal(range);
    } catch (error) {
      await this.#undo(file, range, old.subarray(0, progress.written));
      throw error;
    }
  }

  /** What a write covers, when it is to be feared that the write fails half-way. */
  async #memory(file: FileHandle, range: ByteRange): Promise<Uint8Array> {
    const sure = !this.#parts.space.tight && this.#sparse === 0 && this.#holes.bytesWithin(range) === 0;
    const covered = sure ? 0 : Math.max(0, Math.min(range.end, this.#size) - range.start);
    const old = Buffer.allocUnsafeSlow(covered);
    return old.subarray(0, await readFully(file, old, range.start));
  }

  async #undo(file: FileHandle, range: ByteRange, old: Uint8Array): Promise<void> {
    try {
      if (range.end > this.#size) await file.truncate(this.#size);
      await writeFully(file, old, range.start);
    } catch (error) {
      this.#lose(error);
    }
  }

  async #cut(file: FileHandle, cut: ByteRange): Promise<void> {
    await file.truncate(cut.start);
    try {
      await this.#recordLocal(cut);
    } catch (error) {
      this.#lose(error);
      throw error;
    }
  }

  /** It is not to be fetched again after a crash. */
  async #recordLocal(range: ByteRange): Promise<void> {
    if (this.#unrecorded.bytesWithin(range) === 0) return;
    await this.#parts.localRanges.add(range);
    this.#unrecorded.subtract(range);
  }

  /** What was fetched is on the disk: only now may it be recorded. */
  async #recordFetched(): Promise<void> {
    if (this.#unrecorded.bytes === 0) return;
    const fetched = new RangeSet(this.#unrecorded.list());
    for (const range of this.#missing.list()) fetched.subtract(range);
    for (const range of fetched.list()) await this.#recordLocal(range);
    await this.#parts.localRanges.compact(this.#local());
  }

  /** What is here, and what of the base is not wanted any more. */
  #local(): readonly ByteRange[] {
    const local = new RangeSet([{ start: 0, end: Number.MAX_SAFE_INTEGER }]);
    for (const range of this.#missing.list()) local.subtract(range);
    return local.list();
  }

  #claimNow(): Claim {
    if (this.#untouched) return { total: 0, pending: 0 };
    return this.#claimAt(this.#size);
  }

  /** A file that is changed claims all that will be fetched, at once. */
  #claimAt(size: number): Claim {
    const kept = { start: 0, end: Math.min(size, this.#size) };
    const total = kept.end - this.#holes.bytesWithin(kept) - Math.min(this.#sparse, kept.end);
    return { total: Math.max(0, total), pending: this.#missing.bytesWithin(kept) };
  }

  #claimWith(range: ByteRange): Claim {
    const { total, pending } = this.#claimAt(this.#size);
    const growth = Math.max(0, range.end - Math.max(this.#size, range.start));
    return {
      total: total + growth + this.#holes.bytesWithin(range),
      pending: pending - this.#missing.bytesWithin(range),
    };
  }
}
