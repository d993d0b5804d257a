import type { Call } from '../../lib/call.js';
import type { Env } from '../../lib/env.js';
import { FsError, toFsError } from '../../lib/errors.js';
import { KeyedMutex } from '../../lib/keyed-mutex.js';
import { formatSize } from '../../lib/quantity.js';
import type { ByteRange } from '../../lib/range.js';
import type { LocalFile } from '../drive-writes.js';
import type { Journal } from '../journal/journal.js';
import type { FilePatch } from '../journal/rows.js';
import { type Base, fetchMissing, isGone } from './base-fetch.js';
import type { SpoolContent } from './spool-content.js';
import type { SpoolDescriptor } from './spool-descriptor.js';
import type { SpoolHooks } from './spool-hooks.js';

/**
 * draft: its row says `writing`, and nothing was changed since it was begun or found: closing it changes nothing.
 * writing: changed since it was closed, or new. closed: its row says so, or more. removed: it has neither row nor name;
 * those who have it open keep its bytes.
 */
export type SpoolFilePhase = 'draft' | 'writing' | 'closed' | 'removed';

/** What is known of a file when it is begun or found. */
export interface SpoolFileStart {
  readonly id: string;
  readonly phase: SpoolFilePhase;
  readonly generation: number;
  /** Milliseconds since the epoch. */
  readonly modifiedAt: number;
}

export interface SpoolFileParts {
  readonly journal: Journal;
  readonly hooks: SpoolHooks;
  readonly content: SpoolContent;
  readonly descriptor: SpoolDescriptor;
  readonly base: Base;
  /** Bytes of the largest file; null when not known. */
  readonly largest: number | null;
  /** Makes sure that the spool file has its name after a power cut. */
  syncName(): Promise<void>;
}

/** What a row begins with after a change; its checkpoint stays, for whoever uploads to end what was begun. */
const CHANGED: FilePatch = {
  ...{ state: 'writing', closedAt: null, seal: null, hashes: null },
  ...{ attempts: 0, nextTry: null, reason: null },
};

/** A spool file: its bytes, and the row that says how far it is. */
export class SpoolFile implements LocalFile {
  readonly #env: Env;
  readonly #parts: SpoolFileParts;
  readonly #row: string;
  readonly #mutex = new KeyedMutex();
  #id: string;
  #phase: SpoolFilePhase;
  #generation: number;
  #modifiedAt: number;
  #handles = 0;
  #named = false;
  #releasing: Promise<void> = Promise.resolve();

  constructor(env: Env, parts: SpoolFileParts, start: SpoolFileStart) {
    this.#env = env;
    this.#parts = parts;
    this.#row = start.id;
    this.#id = start.id;
    this.#phase = start.phase;
    this.#generation = start.generation;
    this.#modifiedAt = start.modifiedAt;
  }

  get id(): string {
    return this.#id;
  }

  get size(): number {
    return this.#parts.content.size;
  }

  get modifiedAt(): number {
    return this.#modifiedAt;
  }

  get phase(): SpoolFilePhase {
    return this.#phase;
  }

  /** Grows whenever a closed file is changed. */
  get generation(): number {
    return this.#generation;
  }

  /** Whether a program has it open for writing. */
  get held(): boolean {
    return this.#handles > 0;
  }

  /** Whether anybody may still read it although it was removed. */
  get open(): boolean {
    return this.#parts.descriptor.open;
  }

  /** Bytes of the spool that it claims. */
  get claimed(): number {
    return this.#parts.content.claimed;
  }

  /** Bytes of its base that are not here. */
  get missingBytes(): number {
    return this.#parts.content.missing.bytes;
  }

  /** The cloud has it: the tree shows it under this id now. */
  become(id: string): void {
    this.#id = id;
  }

  async read(position: number, length: number, call: Call): Promise<Uint8Array> {
    call.signal.throwIfAborted();
    const { content, base } = this.#parts;
    const range = { start: position, end: Math.min(position + length, content.size) };
    const missing = content.missing.within(range);
    const bytes = await content.read(range);
    await base.overlay(bytes, position, missing, call);
    return bytes;
  }

  async write(position: number | null, bytes: Uint8Array, call: Call): Promise<void> {
    if (bytes.length === 0) return;
    await this.#change(call, async () => {
      const at = position ?? this.size;
      this.#checkSize(at + bytes.length);
      await this.#reopen();
      await this.#parts.content.write(at, bytes);
    });
    await this.#env.checkpoint('spool:written');
  }

  async truncate(size: number, call: Call): Promise<void> {
    await this.#change(call, async () => {
      this.#checkSize(size);
      await this.#reopen();
      await this.#parts.content.truncate(size);
      if (this.missingBytes === 0) this.#parts.base.close();
    });
  }

  async sync(call: Call): Promise<void> {
    await this.#alone(call, async () => {
      // The cloud has it, or nobody wants it: whoever only reads it has nothing to lose.
      if (this.#phase === 'removed' && !this.held) return;
      await this.#settle(() => this.#parts.content.sync());
    });
    await this.#env.checkpoint('spool:synced');
  }

  async flush(call: Call): Promise<void> {
    if (await this.#alone(call, () => this.#close())) await this.#parts.hooks.onClosed(this.#id, call);
  }

  retain(): void {
    this.#handles += 1;
    this.#parts.descriptor.hold();
  }

  release(): void {
    this.#handles -= 1;
    this.#parts.descriptor.letGo();
    if (this.#handles === 0) this.#releasing = this.#released();
  }

  /**
   * It counts as closed with the bytes that it has now, whatever was known of it: a draft or a damaged file that a person
   * wants to keep.
   */
  async accept(call: Call): Promise<void> {
    await this.#alone(call, async () => {
      await this.#reopen();
      await this.#parts.content.reload();
      await this.#record();
    });
  }

  /**
   * Fetches what is missing of its base. Rejects as the base does, with the signal's reason on abort; what was fetched
   * stays. When the base is gone for good the row says `failed` and why.
   */
  async complete(call: Call): Promise<void> {
    const { content, base } = this.#parts;
    if (content.missing.bytes === 0) return;
    const target = {
      missing: content.missing,
      fill: (range: ByteRange, bytes: Uint8Array) => this.#alone(call, () => content.fill(range, bytes)),
      save: () => this.#alone(call, () => this.#saveFetched()),
    };
    try {
      await fetchMissing(target, base, call);
      base.close();
    } catch (error) {
      if (isGone(error)) {
        await this.fail(`the bytes that were not changed are gone: ${toFsError(error).message}`);
      }
      throw error;
    }
  }

  /** Its row says `failed` and why; the bytes stay. Does nothing when it was changed since. */
  async fail(reason: string): Promise<void> {
    const patch = { state: 'failed', reason, nextTry: null } as const;
    if (this.#phase === 'closed') await this.#parts.journal.patchFile(this.#row, patch, this.#generation);
  }

  /**
   * Runs work that takes row and name away, when nothing else is under way; whoever has the file open keeps its bytes.
   * Rejects as the work does, and the file is as before.
   */
  async remove(work: () => Promise<void>): Promise<void> {
    const { content, descriptor } = this.#parts;
    await this.#mutex.run('', async () => {
      await descriptor.loseName();
      try {
        await work();
      } catch (error) {
        descriptor.regainName();
        throw error;
      }
      this.#phase = 'removed';
      content.retire();
    });
  }

  /** Gives the room of a removed file back, unless somebody has it open for writing or is at it. */
  async letGo(): Promise<void> {
    await this.#parts.descriptor.closeIdle();
  }

  /** Runs work that looks at a file which nobody changes or takes away meanwhile. */
  async undisturbed<T>(work: () => Promise<T>): Promise<T> {
    return await this.#mutex.run('', work);
  }

  /** Resolves when nothing is under way and nothing is open. */
  async shut(): Promise<void> {
    await this.#releasing;
    await this.#mutex.run('', () => this.#parts.content.close());
    this.#parts.base.close();
  }

  async #change(call: Call, work: () => Promise<void>): Promise<void> {
    await this.#alone(call, async () => {
      await work();
      this.#modifiedAt = this.#env.clock.now();
      if (this.#phase === 'draft') this.#phase = 'writing';
    });
  }

  async #alone<T>(call: Call, work: () => Promise<T>): Promise<T> {
    return await this.#mutex.run('', async () => {
      call.signal.throwIfAborted();
      return await work();
    });
  }

  #checkSize(size: number): void {
    const { largest } = this.#parts;
    if (largest === null || size <= largest) return;
    throw new FsError('EFBIG', `${this.#parts.content.path}: the cloud takes at most ${formatSize(largest)}`);
  }

  /** A closed file is about to change: a crash from now on must not upload it. */
  async #reopen(): Promise<void> {
    if (this.#phase !== 'closed') return;
    const generation = this.#generation + 1;
    this.#parts.hooks.onDirty(this.#id);
    await this.#patch({ ...CHANGED, generation });
    this.#generation = generation;
    this.#phase = 'writing';
  }

  /** Whether there was something to close. */
  async #close(): Promise<boolean> {
    if (this.#phase !== 'writing') return false;
    await this.#record();
    return true;
  }

  async #record(): Promise<void> {
    const { content } = this.#parts;
    const seal = await this.#settle(() => content.seal(this.#modifiedAt));
    await this.#env.checkpoint('spool:sealed');
    const missing = content.missing.list();
    await this.#patch({
      ...{ state: 'closed', size: content.size, modifiedAt: this.#modifiedAt },
      ...{ closedAt: this.#env.clock.now(), missing, seal, reason: null },
    });
    this.#phase = 'closed';
    await this.#env.checkpoint('spool:closed');
  }

  /** What was fetched survives a power cut; the row of a closed file says so. */
  async #saveFetched(): Promise<void> {
    const { content } = this.#parts;
    const seal = await content.seal(this.#modifiedAt);
    if (this.#phase === 'closed') await this.#patch({ missing: content.missing.list(), seal });
  }

  async #patch(patch: FilePatch): Promise<void> {
    if ((await this.#parts.journal.patchFile(this.#row, patch)) !== null) return;
    throw new FsError('ESTALE', `${this.#parts.content.path}: it is recorded no more`, { reason: 'gone' });
  }

  /** Makes sure of the bytes, and with them once of the name. */
  async #settle<T>(bytes: () => Promise<T>): Promise<T> {
    if (this.#named || this.#phase === 'removed') return await bytes();
    const [settled] = await Promise.all([bytes(), this.#parts.syncName()]);
    this.#named = true;
    return settled;
  }

  async #released(): Promise<void> {
    try {
      // Pages of a shared mapping are written after close(2): nobody hears of them but here.
      await this.#mutex.run('', () => this.#close());
    } catch (error) {
      const { path } = this.#parts.content;
      this.#env.log.error('a file could not be closed: it is kept as a draft', { path, error });
    }
    if (this.#handles === 0) this.#parts.hooks.onReleased(this.#id);
  }
}
