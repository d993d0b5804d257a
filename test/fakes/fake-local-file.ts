import { FsError } from '../../src/lib/errors.js';
import type { BaseContent, LocalFile } from '../../src/upload/drive-writes.js';
import { callOf } from './calls.js';

const PAGE = 65_536;

/** What a local file in memory tells, and where it gets the time and its limit from. */
export interface FakeLocalFileHost {
  now(): number;
  /** Bytes that all files together may still take. */
  room(): number;
  onFlush(file: FakeLocalFile): Promise<void>;
}

/** A local file in memory; what was never written takes none. */
export class FakeLocalFile implements LocalFile {
  id: string;
  size = 0;
  modifiedAt: number;
  /** Handles that may still write. */
  writers = 0;
  /** Written since the last flush. */
  isDirty = true;
  syncs = 0;
  readonly #host: FakeLocalFileHost;
  readonly #pages = new Map<number, Uint8Array>();
  #base: BaseContent | null;

  constructor(host: FakeLocalFileHost, id: string, base: BaseContent | null = null) {
    this.#host = host;
    this.id = id;
    this.modifiedAt = host.now();
    this.#base = base;
    this.size = base?.size ?? 0;
  }

  get bytes(): number {
    return this.#pages.size * PAGE;
  }

  async read(position: number, length: number): Promise<Uint8Array> {
    await this.#fetch();
    const end = Math.max(position, Math.min(position + length, this.size));
    const bytes = new Uint8Array(end - position);
    for (let at = position; at < end;) {
      const [page, offset] = [Math.floor(at / PAGE), at % PAGE];
      const count = Math.min(PAGE - offset, end - at);
      const known = this.#pages.get(page);
      if (known !== undefined) bytes.set(known.subarray(offset, offset + count), at - position);
      at += count;
    }
    return bytes;
  }

  async write(position: number | null, bytes: Uint8Array): Promise<void> {
    await this.#fetch();
    if (bytes.length > this.#host.room()) throw new FsError('ENOSPC', 'the spool is full');
    this.#put(position ?? this.size, bytes);
    this.#touch();
  }

  async truncate(size: number): Promise<void> {
    await this.#fetch();
    if (size < this.size) this.#put(size, new Uint8Array(Math.min(this.size - size, PAGE - (size % PAGE))));
    for (const page of [...this.#pages.keys()]) if (page * PAGE >= size) this.#pages.delete(page);
    this.size = size;
    this.#touch();
  }

  sync(): Promise<void> {
    this.syncs += 1;
    return Promise.resolve();
  }

  async flush(): Promise<void> {
    if (!this.isDirty) return;
    await this.#host.onFlush(this);
    this.isDirty = false;
  }

  retain(): void {
    this.writers += 1;
  }

  release(): void {
    this.writers -= 1;
  }

  /** Everything, for the cloud to have. */
  async whole(): Promise<Uint8Array> {
    return await this.read(0, this.size);
  }

  #put(position: number, bytes: Uint8Array): void {
    for (let done = 0; done < bytes.length;) {
      const [page, offset] = [Math.floor((position + done) / PAGE), (position + done) % PAGE];
      const part = bytes.subarray(done, done + PAGE - offset);
      const known = this.#pages.get(page) ?? new Uint8Array(PAGE);
      known.set(part, offset);
      this.#pages.set(page, known);
      done += part.length;
    }
    this.size = Math.max(this.size, position + bytes.length);
  }

  #touch(): void {
    this.modifiedAt = this.#host.now();
    this.isDirty = true;
  }

  async #fetch(): Promise<void> {
    const base = this.#base;
    if (base === null) return;
    this.#base = null;
    this.size = 0;
    this.#put(0, await base.read({ start: 0, end: base.size }, callOf()));
    base.close();
  }
}
