import type { DirectoryEntry, Entry, FileEntry } from '../../src/driver/entry.js';
import type { Clock } from '../../src/lib/env.js';
import type { FsError } from '../../src/lib/errors.js';
import type { BaseContent, DriveWrites, LocalFile, Place } from '../../src/upload/drive-writes.js';
import type { FakeContent, FakeDrive, FakeTree } from './fake-drive.js';
import { FakeLocalFile, type FakeLocalFileHost } from './fake-local-file.js';

/** What a drive is owed, in memory: shown by a FakeTree at once, in the cloud when `upload` is called. */
export class FakeWrites implements DriveWrites {
  largestFile: number | null = null;
  /** Bytes of all local files together. */
  budget = Infinity;
  /** Whether the next operation of this name rejects. */
  readonly failing = new Map<string, FsError>();
  /** Whether the cloud copies files. */
  canCopy = true;
  /** What operations of this name wait for. */
  readonly holding = new Map<string, Promise<void>>();
  /** What was asked, in order. */
  readonly calls: string[] = [];
  readonly files = new Map<string, FakeLocalFile>();
  readonly #tree: FakeTree;
  readonly #content: FakeContent;
  readonly #clock: Clock;
  readonly #host: FakeLocalFileHost;
  #last = 0;

  constructor(clock: Clock, tree: FakeTree, content: FakeContent) {
    this.#clock = clock;
    this.#tree = tree;
    this.#content = content;
    this.#host = {
      now: () => clock.now(),
      room: () => this.budget - [...this.files.values()].reduce((sum, { bytes }) => sum + bytes, 0),
      onFlush: (file) => this.#asked(`flush ${file.id}`),
    };
  }

  async create({ directory, name, path }: Place): Promise<LocalFile> {
    await this.#asked(`create ${path}`);
    const file = this.#keep(new FakeLocalFile(this.#host, this.#localId()));
    this.#tree.add(this.#fileEntry(file, directory.id, name));
    return file;
  }

  local(id: string): FakeLocalFile | null {
    return this.files.get(id) ?? null;
  }

  async edit(entry: FileEntry, path: string, base: BaseContent | 'empty'): Promise<LocalFile> {
    await this.#asked(`edit ${path}`);
    const content = base === 'empty' ? null : base;
    const file = this.#keep(new FakeLocalFile(this.#host, this.#localId(), content));
    this.#tree.replace(entry.id, this.#fileEntry(file, entry.parentId, entry.name));
    return file;
  }

  async makeDirectory({ directory, name, path }: Place): Promise<DirectoryEntry> {
    await this.#asked(`makeDirectory ${path}`);
    const now = this.#clock.now();
    const made: DirectoryEntry = {
      kind: 'directory',
      id: this.#localId(),
      parentId: directory.id,
      name,
      modifiedAt: now,
      createdAt: now,
      attributes: {},
    };
    this.#tree.add(made);
    return made;
  }

  async move(entry: Entry, { directory, name, path }: Place, replaced: Entry | null): Promise<string> {
    await this.#asked(`move ${entry.name} to ${path}${replaced === null ? '' : ` over ${replaced.id}`}`);
    if (replaced !== null) this.#forget(replaced.id);
    this.#tree.move(entry.id, directory.id, name);
    return entry.id;
  }

  isTrashed(): boolean {
    return false;
  }

  async remove(entry: FileEntry, path: string): Promise<void> {
    await this.#asked(`remove ${path}`);
    this.#forget(entry.id);
  }

  async removeDirectory(entry: DirectoryEntry, path: string): Promise<void> {
    await this.#asked(`removeDirectory ${path}`);
    this.#tree.hide(entry.id);
  }

  async copy(source: FileEntry, { directory, name, path }: Place): Promise<boolean> {
    await this.#asked(`copy ${source.id} to ${path}`);
    if (!this.canCopy) return false;
    const id = this.#tree.nextId();
    const bytes = this.#content.bytesOf(source, 0, source.size);
    this.#content.stored.set(id, bytes);
    this.#tree.add({ ...source, id, parentId: directory.id, name });
    return true;
  }

  /** The cloud has a closed file now, under an id of its own, which is shown once `shown` resolves. */
  async upload(id: string, shown: Promise<void> = Promise.resolve()): Promise<FileEntry> {
    const file = this.files.get(id);
    if (file === undefined || file.writers > 0 || file.isDirty)
      throw new Error(`${id} is not to be uploaded`);
    const before = this.#tree.local.entry(id);
    if (before === null) throw new Error(`${id} is not shown`);
    const bytes = await file.whole();
    const entry = { ...this.#fileEntry(file, before.parentId, before.name), id: this.#tree.nextId() };
    const uploaded = { ...entry, modifiedAt: this.#clock.now(), createdAt: this.#clock.now() };
    this.#content.stored.set(uploaded.id, bytes);
    this.files.delete(id);
    await shown;
    file.id = uploaded.id;
    await this.#tree.attributes.transfer(id, uploaded.id);
    await this.#tree.attributes.set(uploaded.id, { modifiedAt: BigInt(file.modifiedAt) * 1_000_000n });
    this.#tree.replace(id, uploaded);
    return uploaded;
  }

  #forget(id: string): void {
    this.files.delete(id);
    this.#tree.hide(id);
  }

  #keep(file: FakeLocalFile): FakeLocalFile {
    this.files.set(file.id, file);
    return file;
  }

  #localId(): string {
    this.#last += 1;
    return `local-${this.#last}`;
  }

  #fileEntry({ id, size, modifiedAt }: FakeLocalFile, parentId: string, name: string): FileEntry {
    const createdAt = this.#clock.now();
    return { kind: 'file', id, parentId, name, size, modifiedAt, createdAt, hash: null, attributes: {} };
  }

  async #asked(call: string): Promise<void> {
    this.calls.push(call);
    const [verb = ''] = call.split(' ');
    const failure = this.failing.get(verb);
    this.failing.delete(verb);
    // Nothing that is written to a disk is done at once.
    await this.holding.get(verb);
    if (failure !== undefined) throw failure;
  }
}

/** A drive of fakes that can be written to. */
export interface WritableFakeDrive extends FakeDrive {
  readonly writes: FakeWrites;
}

export function writableDrive(clock: Clock, drive: FakeDrive): WritableFakeDrive {
  Object.assign(drive.source.driver, { copy: {} });
  return { ...drive, writes: new FakeWrites(clock, drive.tree, drive.content) };
}
