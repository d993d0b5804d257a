import type { OpenContent } from '../content/range-reader.js';
import type { FileEntry } from '../driver/entry.js';
import type { Call } from '../lib/call.js';
import { rangeLength } from '../lib/range.js';
import { SingleFlight } from '../lib/single-flight.js';
import type { BaseContent, LocalFile } from '../upload/drive-writes.js';
import type { VfsDrive } from './drive.js';
import { requireRoom } from './file-limits.js';
import { writesOf } from './location.js';
import { RememberedCopy } from './remembered-copy.js';

/** What a node begins as. */
export interface OpenNodeStart {
  readonly drive: VfsDrive;
  /** Inside the mount. */
  readonly path: string;
  /** How much of such a path leads to the drive; empty where it is the root. */
  readonly prefix: string;
  readonly entry: FileEntry;
  readonly local: LocalFile | null;
}

/**
 * One file for all handles that have it open: they see the same bytes, wherever these are. A file of the cloud
 * becomes a local one at the first write, and one of the cloud again once the cloud has it.
 */
export class OpenNode {
  readonly drive: VfsDrive;
  /** Where it is shown; where libfuse keeps it once it is unlinked. */
  path: string;
  readonly #prefix: string;
  readonly #editing = new SingleFlight<LocalFile>();
  readonly #copying = new SingleFlight<void>();
  #entry: FileEntry;
  #local: LocalFile | null;
  /** What a local file without bytes of its own will be a copy of. */
  #copy: RememberedCopy | null = null;
  #writers = 0;
  /** What is kept of an unlinked file for handles that only read. */
  #kept: LocalFile | null = null;
  /** The path it had before it was unlinked; null while it has one. */
  #lastName: string | null = null;

  constructor({ drive, path, prefix, entry, local }: OpenNodeStart) {
    this.drive = drive;
    this.path = path;
    this.#prefix = prefix;
    this.#entry = entry;
    this.#local = local;
  }

  /** The id under which the tree shows it. */
  get id(): string {
    return this.#local?.id ?? this.#entry.id;
  }

  /** As the cloud or the tree said last; `local` knows better where there is one. */
  get entry(): FileEntry {
    return this.#entry;
  }

  /** The bytes that were written here; null while those of the cloud count. */
  get local(): LocalFile | null {
    return this.#local;
  }

  get unlinked(): boolean {
    return this.#lastName !== null;
  }

  /** Whether a handle may write to it. */
  get isForWriting(): boolean {
    return this.#writers > 0;
  }

  /** Bytes. */
  get size(): number {
    return this.#copy?.length ?? this.#local?.size ?? this.#entry.size;
  }

  /** What identifies the bytes: the kernel's pages of a path hold those that were opened there last. */
  get content(): string {
    const local = this.#local;
    return local === null
      ? contentIdentity(this.#entry)
      : `local ${local.id} ${local.size} ${local.modifiedAt}`;
  }

  /** Whether a path that shows this entry shows this file. */
  shows(entry: FileEntry): boolean {
    if (this.unlinked || entry.id !== this.id) return false;
    return this.#local !== null || contentIdentity(entry) === contentIdentity(this.#entry);
  }

  /** A handle was opened for writing. */
  addWriter(): void {
    this.#writers += 1;
    this.#local?.retain();
  }

  /** The last of a handle's descriptors is closed; what a mapping wrote after the last close(2) counts as closed. */
  async removeWriter(call: Call): Promise<void> {
    const local = this.#local;
    this.#writers -= 1;
    if (local === null) return;
    try {
      await this.flush(call);
    } finally {
      if (this.#local === local) local.release();
    }
  }

  /** The bytes that were written here, as LocalFile.read. */
  async readWritten(local: LocalFile, position: number, length: number, call: Call): Promise<Uint8Array> {
    return await (this.#copy ?? local).read(position, length, call);
  }

  /** As LocalFile.flush; a copy is made now. */
  async flush(call: Call): Promise<void> {
    await this.#copying.run('', call, (shared) => this.#finishCopy(shared));
    await this.#local?.flush(call);
  }

  /** As LocalFile.sync; a copy is made now. */
  async sync(call: Call): Promise<void> {
    await this.#copying.run('', call, (shared) => this.#finishCopy(shared));
    await this.#local?.sync(call);
  }

  /** A handle that was opened for writing is gone without having been closed. */
  loseWriter(): void {
    this.#writers -= 1;
    this.#local?.release();
  }

  /** No name leads to it any more; what was written here stays for those who have it open, until `forget`. */
  unlink(path: string): void {
    this.#lastName = this.path;
    this.path = path;
    this.#kept ??= this.#local;
    this.#kept?.retain();
  }

  /** Nobody has it open any more. */
  forget(): void {
    this.#kept?.release();
    this.#kept = null;
  }

  /**
   * What the tree shows for it before its name is gone. A file that somebody may still write to becomes a local one
   * now: without a name the cloud's cannot be changed.
   */
  async shownEntry(known: FileEntry, call: Call): Promise<FileEntry> {
    const local = this.isForWriting ? await this.toWrite(call) : this.#local;
    if (local === null) return known;
    const entry = await this.drive.tree.local.entry(local.id);
    return entry?.kind === 'file' ? entry : known;
  }

  /** The cloud has what was written here: its bytes count now. */
  uploaded(entry: FileEntry): void {
    const local = this.#local;
    if (local === null || this.unlinked) return;
    for (let writer = 0; writer < this.#writers; writer += 1) local.release();
    this.#entry = entry;
    this.#local = null;
  }

  /** Learns whether the cloud has meanwhile what was written here. */
  async refresh(): Promise<void> {
    const local = this.#local;
    if (local === null || this.unlinked) return;
    if ((this.drive.writes?.local(local.id) ?? null) !== null) return;
    const shown = this.drive.tree.local;
    await shown.idle();
    const entry = await shown.entry(local.id);
    if (entry?.kind === 'file' && this.#local === local) this.uploaded(entry);
  }

  /** The file to write to: a local copy of what the cloud has is made when there is none. ENOSPC, EROFS. */
  async toWrite(call: Call): Promise<LocalFile> {
    return await this.#toChange('kept', call);
  }

  /** Writes all bytes; at the end when `position` is null. EDQUOT, EFBIG, ENOSPC, EROFS. */
  async write(position: number | null, bytes: Uint8Array, call: Call): Promise<void> {
    await this.#change('kept', call, async (local) => {
      await this.#requireRoom((position ?? local.size) + bytes.length, call);
      await local.write(position, bytes, call);
    });
  }

  /** Cuts, or adds zeros. EDQUOT, EFBIG, ENOSPC, EROFS. */
  async truncate(size: number, call: Call): Promise<void> {
    await this.#requireRoom(size, call);
    await this.#change(size === 0 ? 'empty' : 'kept', call, async (local) => {
      if (local.size !== size) await local.truncate(size, call);
    });
  }

  /**
   * copy_file_range(2) into this file: how many bytes were taken. Null when these bytes have to be copied one by one,
   * because it would be no copy of a whole file that the cloud has and can copy.
   */
  async copyFrom(
    source: OpenNode,
    range: { readonly from: number; readonly to: number; readonly length: number },
    call: Call,
  ): Promise<number | null> {
    const { from, to, length } = range;
    const begins = this.#copy === null && this.#mayCopy(source) && this.#local?.size === 0;
    if (begins && from === 0) this.#copy = new RememberedCopy(source.drive, source.entry);
    const copy = this.#copy;
    if (copy !== null && copy.source.id === source.id && from === copy.length && to === copy.length) {
      return copy.extend(length);
    }
    await this.#fetchCopy(call);
    return null;
  }

  /** Changes the bytes: again when the cloud got the file just before, and what was changed is nobody's any more. */
  async #change(
    base: 'kept' | 'empty',
    call: Call,
    work: (local: LocalFile) => Promise<void>,
  ): Promise<void> {
    for (let changed: LocalFile | null = null; changed === null || changed !== this.#local;) {
      changed = await this.#toChange(base, call);
      await this.#fetchCopy(call);
      await work(changed);
      await this.#forgetTimes(changed);
      await this.refresh();
    }
  }

  async #toChange(base: 'kept' | 'empty', call: Call): Promise<LocalFile> {
    await this.refresh();
    return this.#local ?? (await this.#editing.run('', call, (shared) => this.#edit(base, shared)));
  }

  #mayCopy({ drive, local, unlinked }: OpenNode): boolean {
    const { account, driver } = drive.source;
    return driver.copy !== undefined && account === this.drive.source.account && local === null && !unlinked;
  }

  /** Lets the cloud copy a whole file; fetches the bytes of what is none, or what it cannot copy. */
  async #finishCopy(call: Call): Promise<void> {
    const [copy, local] = [this.#copy, this.#local];
    if (copy === null || local === null) return;
    const made = this.unlinked ? null : await copy.make(this.drive, this.#pathInDrive, local, call);
    if (made === null) {
      await this.#fetchCopy(call);
      return;
    }
    for (let writer = 0; writer < this.#writers; writer += 1) local.release();
    copy.close();
    this.#copy = null;
    this.#local = null;
    this.#entry = made;
  }

  /** The bytes are needed here after all. */
  async #fetchCopy(call: Call): Promise<void> {
    const [copy, local] = [this.#copy, this.#local];
    if (copy === null || local === null) return;
    await copy.writeTo(local, call);
    copy.close();
    this.#copy = null;
  }

  async #edit(base: 'kept' | 'empty', call: Call): Promise<LocalFile> {
    const { drive } = this;
    const before = this.#entry;
    const writes = writesOf(drive, this.path);
    const content = base === 'empty' ? base : baseOf(drive, before);
    const local = await writes.edit(before, this.#pathInDrive, content, call);
    for (let writer = 0; writer < this.#writers; writer += 1) local.retain();
    this.#local = local;
    await drive.tree.attributes.transfer(before.id, local.id);
    return local;
  }

  /** Where it is, or was last. */
  get #pathInDrive(): string {
    return (this.#lastName ?? this.path).slice(this.#prefix.length);
  }

  async #requireRoom(size: number, call: Call): Promise<void> {
    await requireRoom(this.drive, this.path, size, call);
  }

  // A time that a program set belongs to the bytes that were there then.
  async #forgetTimes({ id }: LocalFile): Promise<void> {
    const { attributes } = this.drive.tree;
    const kept = attributes.of(id);
    if (kept?.modifiedAt !== undefined || kept?.accessedAt !== undefined) await attributes.forgetTimes(id);
  }
}

/** Equal exactly when the bytes are believed to be equal. */
function contentIdentity(entry: FileEntry): string {
  return [entry.id, entry.size, entry.hash?.value ?? '', entry.modifiedAt].join(' ');
}

function baseOf(drive: VfsDrive, entry: FileEntry): BaseContent {
  const content: OpenContent = drive.content.open(drive.source, entry);
  return {
    size: entry.size,
    read: (range, call) => content.read(range.start, rangeLength(range), call),
    close: () => content.close(),
  };
}
