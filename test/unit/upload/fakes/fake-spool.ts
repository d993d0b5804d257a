import { createHash } from 'node:crypto';
import type { ContentHashes } from '../../../../src/driver/writer.js';
import type { Call } from '../../../../src/lib/call.js';
import type { Clock } from '../../../../src/lib/env.js';
import { FsError } from '../../../../src/lib/errors.js';
import { KeyedMutex } from '../../../../src/lib/keyed-mutex.js';
import { type ByteRange, rangeLength } from '../../../../src/lib/range.js';
import type { BaseContent } from '../../../../src/upload/drive-writes.js';
import type { ListeningSpool } from '../../../../src/upload/drive-queue.js';
import type { ContentHasher } from '../../../../src/upload/hasher/hasher.js';
import { type FilePatch, firstRow, type NewFile } from '../../../../src/upload/journal/rows.js';
import type { SpooledContent, SpooledFile } from '../../../../src/upload/queue/spooled-file.js';
import type { SpoolHooks } from '../../../../src/upload/spool/spool-hooks.js';
import type { FakeJournal } from './fake-journal.js';

const CHANGED: FilePatch = {
  ...{ state: 'writing', closedAt: null, seal: null, hashes: null },
  ...{ attempts: 0, nextTry: null, reason: null },
};

/** Turns of the event loop that the disk takes. */
const DISK_TURNS = 20;

/** The bytes of spool files by id: what a restart finds. */
export type FakeDisk = Map<string, Uint8Array>;

interface Shared {
  readonly clock: Clock;
  readonly journal: FakeJournal;
  readonly disk: FakeDisk;
  hooks: SpoolHooks | null;
}

/** A spool in RAM that keeps the promises of the real one. */
export class FakeSpool implements ListeningSpool {
  readonly #shared: Shared;
  readonly #drive: string;
  readonly #files = new Map<string, FakeSpooledFile>();

  constructor(clock: Clock, journal: FakeJournal, disk: FakeDisk, drive: string) {
    this.#shared = { clock, journal, disk, hooks: null };
    this.#drive = drive;
  }

  /** Finds what an earlier run left. */
  async find(): Promise<void> {
    for (const row of await this.#shared.journal.files(this.#drive)) {
      const phase = row.state === 'writing' ? 'draft' : 'closed';
      if (!this.#shared.disk.has(row.id)) continue;
      this.#files.set(row.id, new FakeSpooledFile(this.#shared, row.id, phase, row.generation));
    }
  }

  /** The process dies: nothing of it is told to anybody any more. */
  die(): void {
    this.#shared.hooks = null;
    for (const file of this.#files.values()) file.die();
  }

  get used(): number {
    return [...this.#shared.disk.values()].reduce((sum, bytes) => sum + bytes.length, 0);
  }

  listen(hooks: SpoolHooks): void {
    this.#shared.hooks = hooks;
  }

  async create(file: NewFile, base: BaseContent | null): Promise<SpooledFile> {
    const { clock, journal, disk } = this.#shared;
    const row = { ...firstRow(file, this.#drive, clock.now()), missing: [] };
    const call = { signal: new AbortController().signal, urgency: 'reader' } as const;
    const bytes = base === null ? new Uint8Array() : await base.read({ start: 0, end: base.size }, call);
    base?.close();
    disk.set(row.id, bytes);
    await journal.putFile(row);
    const made = new FakeSpooledFile(this.#shared, row.id, base === null ? 'writing' : 'draft', 1);
    this.#files.set(row.id, made);
    return made;
  }

  open(id: string): FakeSpooledFile | null {
    return this.#files.get(id) ?? null;
  }

  async contentOf(id: string): Promise<SpooledContent> {
    const file = this.open(id);
    const row = await this.#shared.journal.file(id);
    if (file?.phase !== 'closed' || row === null) {
      throw new FsError('ESTALE', `${id}: it is being changed, or gone`, { expected: true });
    }
    if (file.damaged || row.seal === null) {
      const reason = file.damaged ? 'its spool file was cut' : 'it was not closed';
      await this.#shared.journal.patchFile(id, { state: 'failed', reason, nextTry: null });
      throw new FsError('EIO', reason);
    }
    return file.content();
  }

  async drop(id: string, forget: () => Promise<void>): Promise<void> {
    await (this.#files.get(id)?.remove(forget) ?? forget());
    this.#files.delete(id);
    this.#shared.disk.delete(id);
  }
}

/** One of its files. */
export class FakeSpooledFile implements SpooledFile {
  readonly #shared: Shared;
  readonly #row: string;
  readonly #mutex = new KeyedMutex();
  #id: string;
  #phase: 'draft' | 'writing' | 'closed' | 'removed';
  #generation: number;
  #handles = 0;
  #bytes: Uint8Array;
  #dead = false;
  modifiedAt: number;
  /** Somebody else has changed its bytes. */
  damaged = false;

  constructor(shared: Shared, id: string, phase: 'draft' | 'writing' | 'closed', generation: number) {
    this.#shared = shared;
    this.#row = id;
    this.#id = id;
    this.#phase = phase;
    this.#generation = generation;
    this.#bytes = shared.disk.get(id) ?? new Uint8Array();
    this.modifiedAt = shared.clock.now();
  }

  get id(): string {
    return this.#id;
  }

  get size(): number {
    return this.#bytes.length;
  }

  get phase(): string {
    return this.#phase;
  }

  get held(): boolean {
    return this.#handles > 0;
  }

  get generation(): number {
    return this.#generation;
  }

  become(id: string): void {
    this.#id = id;
  }

  die(): void {
    this.#dead = true;
  }

  read(position: number, length: number): Promise<Uint8Array> {
    return Promise.resolve(this.#bytes.slice(position, position + length));
  }

  async write(position: number | null, bytes: Uint8Array): Promise<void> {
    await this.#change(() => {
      const at = position ?? this.size;
      const grown = new Uint8Array(Math.max(this.size, at + bytes.length));
      grown.set(this.#bytes);
      grown.set(bytes, at);
      return grown;
    });
  }

  async truncate(size: number): Promise<void> {
    await this.#change(() => {
      const cut = new Uint8Array(size);
      cut.set(this.#bytes.subarray(0, size));
      return cut;
    });
  }

  sync(): Promise<void> {
    return Promise.resolve();
  }

  async flush(call: Call): Promise<void> {
    const closed = await this.#mutex.run('', () => this.#close());
    if (closed) await this.#shared.hooks?.onClosed(this.#row, call);
  }

  retain(): void {
    this.#handles += 1;
  }

  release(): void {
    this.#handles -= 1;
    if (this.#handles === 0) this.#shared.hooks?.onReleased(this.#row);
  }

  complete(): Promise<void> {
    return Promise.resolve();
  }

  async accept(): Promise<void> {
    await this.#mutex.run('', () => this.#record());
  }

  async remove(forget: () => Promise<void>): Promise<void> {
    await this.#mutex.run('', async () => {
      // The name of the real one is taken away and made durable first.
      for (let turn = 0; turn < DISK_TURNS; turn += 1) await Promise.resolve();
      await forget();
      this.#phase = 'removed';
    });
  }

  content(): SpooledContent {
    const { generation, size } = this;
    const isUnchanged = (): boolean => this.#phase === 'closed' && this.#generation === generation;
    return {
      ...{ size, generation, path: this.#row },
      get unchanged() {
        return isUnchanged();
      },
      read: (range: ByteRange, signal: AbortSignal) => {
        signal.throwIfAborted();
        if (!isUnchanged())
          return Promise.reject(new FsError('ESTALE', 'it was changed', { expected: true }));
        const bytes = this.#bytes.slice(range.start, range.end);
        if (bytes.length === rangeLength(range)) return Promise.resolve(bytes);
        return Promise.reject(new FsError('EIO', 'not in it'));
      },
    };
  }

  async #change(work: () => Uint8Array): Promise<void> {
    await this.#mutex.run('', async () => {
      if (this.#dead) throw new FsError('EIO', 'the process is dead');
      if (this.#phase === 'closed') await this.#reopen();
      this.#bytes = work();
      if (this.#phase !== 'removed') this.#shared.disk.set(this.#row, this.#bytes);
      if (this.#phase === 'draft') this.#phase = 'writing';
      this.modifiedAt = this.#shared.clock.now();
    });
  }

  async #reopen(): Promise<void> {
    this.#shared.hooks?.onDirty(this.#row);
    const patch = { ...CHANGED, generation: this.#generation + 1 };
    await this.#shared.journal.patchFile(this.#row, patch);
    this.#generation += 1;
    this.#phase = 'writing';
  }

  async #close(): Promise<boolean> {
    if (this.#dead || this.#phase !== 'writing') return false;
    await this.#record();
    return true;
  }

  async #record(): Promise<void> {
    const { journal, clock } = this.#shared;
    const { size, modifiedAt } = this;
    const closed = { state: 'closed', closedAt: clock.now(), reason: null } as const;
    await journal.patchFile(this.#row, { ...closed, size, modifiedAt, seal: { size, modifiedAt } });
    this.#phase = 'closed';
  }
}

/** Hashes what lies on a fake disk. */
export class FakeHasher implements ContentHasher {
  readonly #disk: FakeDisk;
  /** Files hashed so far. */
  hashed = 0;

  constructor(disk: FakeDisk) {
    this.#disk = disk;
  }

  hash(path: string, size: number, signal: AbortSignal): Promise<ContentHashes> {
    signal.throwIfAborted();
    this.hashed += 1;
    const bytes = this.#disk.get(path) ?? new Uint8Array();
    if (bytes.length !== size)
      return Promise.reject(new FsError('EIO', 'another size', { reason: 'refused' }));
    const hash = (kind: string, part: Uint8Array): string =>
      createHash(kind).update(part).digest('hex').toUpperCase();
    const headSha1 = hash('sha1', bytes.subarray(0, 128 * 1024));
    return Promise.resolve({ sha1: hash('sha1', bytes), headSha1, md5: hash('md5', bytes) });
  }
}
