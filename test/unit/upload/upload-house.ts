import assert from 'node:assert/strict';
import { MemoryCloud } from '../../../src/drivers/memory/cloud.js';
import { bytesContent, readContent } from '../../../src/drivers/memory/content.js';
import { MemoryDriver } from '../../../src/drivers/memory/driver.js';
import type { MemoryCloudOptions } from '../../../src/drivers/memory/options.js';
import { ROOT_ID } from '../../../src/drivers/memory/tree.js';
import type { Driver } from '../../../src/driver/driver.js';
import type { DirectoryEntry, Entry, FileEntry } from '../../../src/driver/entry.js';
import { FsError } from '../../../src/lib/errors.js';
import type { BaseContent, LocalFile, Place } from '../../../src/upload/drive-writes.js';
import { Bandwidth } from '../../../src/upload/queue/bandwidth.js';
import type { SpooledContent } from '../../../src/upload/queue/spooled-file.js';
import { UploadSlots } from '../../../src/upload/queue/upload-slots.js';
import type { UploadListener } from '../../../src/upload/upload-event.js';
import type { UploadOptions } from '../../../src/upload/upload-options.js';
import { Writes } from '../../../src/upload/writes.js';
import { callOf } from '../../fakes/calls.js';
import { settle } from '../../fakes/fake-clock.js';
import { fakeEnv, type FakeEnv } from '../../fakes/fake-env.js';
import { FakeJournal } from './fakes/fake-journal.js';
import { FakeNameTree } from './fakes/fake-name-tree.js';
import { type FakeDisk, FakeHasher, FakeSpool } from './fakes/fake-spool.js';

export interface HouseOptions {
  readonly cloud?: MemoryCloudOptions;
  readonly upload?: Partial<UploadOptions>;
  /** What the drive is made of; the memory cloud's own driver by default. */
  readonly driver?: (cloud: MemoryCloud) => Driver;
  /** Called when the cloud has a file of which the bytes are still here. */
  readonly onUploaded?: () => void;
  readonly tell?: UploadListener;
}

const DRIVE = 'films';
/** A tree writes its listings down within so many milliseconds. */
const LOST_LISTINGS = 1000;

/** A drive of a memory cloud with everything that is written to it, and restarts. */
export class UploadHouse {
  readonly env: FakeEnv = fakeEnv();
  readonly cloud: MemoryCloud;
  readonly driver: Driver;
  readonly journal = new FakeJournal();
  readonly disk: FakeDisk = new Map();
  readonly hasher = new FakeHasher(this.disk);
  readonly slots = new UploadSlots(this.env.clock, new Bandwidth(this.env.clock));
  /** What was told to be in the cloud. */
  readonly uploaded: FileEntry[] = [];
  login: 'ok' | 'lost' = 'ok';
  tree: FakeNameTree;
  spool: FakeSpool;
  readonly #options: HouseOptions;
  #writes: Writes | null = null;

  constructor(options: HouseOptions = {}) {
    this.#options = options;
    this.cloud = new MemoryCloud(this.env, options.cloud);
    this.driver = options.driver?.(this.cloud) ?? new MemoryDriver(this.cloud, ROOT_ID);
    this.tree = new FakeNameTree(this.env.clock);
    this.spool = new FakeSpool(this.env.clock, this.journal, this.disk, DRIVE);
  }

  static async open(
    options: HouseOptions = {},
    prepare: (house: UploadHouse) => void = () => undefined,
  ): Promise<UploadHouse> {
    const house = new UploadHouse(options);
    prepare(house);
    await house.begin();
    return house;
  }

  get writes(): Writes {
    assert.ok(this.#writes !== null);
    return this.#writes;
  }

  get root(): DirectoryEntry {
    return this.directory(ROOT_ID);
  }

  /** Begins a run: programs see what was listed and what was owed. */
  async begin(listed = this.inCloud()): Promise<void> {
    this.tree = new FakeNameTree(this.env.clock, listed);
    this.spool = new FakeSpool(this.env.clock, this.journal, this.disk, DRIVE);
    await this.spool.find();
    const { env, driver, tree, journal, spool, slots, hasher } = this;
    this.#writes = await Writes.open(
      env,
      {
        ...{ drive: DRIVE, driver, tree, journal, spool, slots, hasher },
        health: () => ({ login: this.login }),
        onUploaded: (entry: FileEntry, content: SpooledContent) => {
          assert.equal(content.size, entry.size);
          this.uploaded.push(entry);
          this.#options.onUploaded?.();
          return Promise.resolve();
        },
        openBase: (entry) => this.base(entry),
        tell: this.#options.tell ?? (() => undefined),
      },
      this.#options.upload ?? {},
    );
  }

  /** Ends the run, as a kill does when `how` says so: what was under way is cut off, nobody is told. */
  async restart(how: 'ended' | 'killed' = 'ended'): Promise<void> {
    if (how === 'killed') this.spool.die();
    await this.run(this.writes.close());
    await this.begin(this.tree.onDisk(how === 'killed' ? LOST_LISTINGS : -1));
  }

  /** Lets time pass until the work has ended. */
  async run<T>(work: Promise<T>, most = 7_200_000): Promise<T> {
    const { clock } = this.env;
    const ended = work.then(
      () => true,
      () => true,
    );
    const begun = clock.monotonic();
    while (!(await Promise.race([ended, settle().then(() => false)]))) {
      if (clock.monotonic() - begun > most) throw new Error(`still waiting after ${most} ms`);
      await clock.advance(250);
    }
    return await work;
  }

  /** Lets time pass until nothing is owed. */
  async idle(): Promise<void> {
    await this.run(this.writes.idle(new AbortController().signal));
  }

  /** Everything that the cloud has. */
  inCloud(directoryId = ROOT_ID): readonly Entry[] {
    const found: Entry[] = [];
    let after: string | null = null;
    do {
      const page = this.cloud.page(directoryId, after);
      assert.ok(page !== null);
      for (const { entry } of page.objects) {
        found.push(entry, ...(entry.kind === 'directory' ? this.inCloud(entry.id) : []));
      }
      after = page.next;
    } while (after !== null);
    return found;
  }

  /** Paths of everything that the cloud has, with the text of files; several of one path one after the other. */
  cloudPaths(): readonly string[] {
    const entries = this.inCloud();
    const pathOf = ({ parentId, name }: Entry): string => {
      const parent = entries.find(({ id }) => id === parentId);
      return `${parent === undefined ? '' : pathOf(parent)}/${name}`;
    };
    const line = (entry: Entry): string =>
      entry.kind === 'directory' ? `${pathOf(entry)}/` : `${pathOf(entry)} ${this.text(entry.id)}`;
    return entries.map(line).sort();
  }

  /** The same of what programs see. */
  shownPaths(directoryId = ROOT_ID, path = ''): readonly string[] {
    return this.tree
      .in(directoryId)
      .flatMap((entry) => {
        const at = `${path}/${entry.name}`;
        return entry.kind === 'file' ? [at] : [`${at}/`, ...this.shownPaths(entry.id, at)];
      })
      .sort();
  }

  text(id: string): string {
    const content = this.cloud.content(id);
    return Buffer.from(readContent(content, { start: 0, end: content.size })).toString();
  }

  addFile(name: string, text: string, parentId = ROOT_ID): FileEntry {
    return this.cloud.addFile(parentId, name, bytesContent(Buffer.from(text)));
  }

  directory(id: string): DirectoryEntry {
    const entry = this.cloud.entry(id);
    assert.ok(entry?.kind === 'directory');
    return entry;
  }

  /** The shown entry of a name. */
  shown(name: string, directoryId = ROOT_ID): Entry {
    const found = this.tree.in(directoryId).find((entry) => entry.name === name);
    assert.ok(found !== undefined, `${name} is not shown`);
    return found;
  }

  shownFile(name: string, directoryId = ROOT_ID): FileEntry {
    const entry = this.shown(name, directoryId);
    assert.ok(entry.kind === 'file');
    return entry;
  }

  place(name: string, directory: DirectoryEntry = this.root): Place {
    return { directory, name, path: `/${name}` };
  }

  /** A new file, written and closed. */
  async write(name: string, text: string, directory: DirectoryEntry = this.root): Promise<LocalFile> {
    const file = await this.writes.create(this.place(name, directory), callOf());
    await this.fill(file, text);
    return file;
  }

  /** Opens a file for writing, gives it this content and closes it. */
  async fill(file: LocalFile, text: string): Promise<void> {
    file.retain();
    await file.truncate(0, callOf());
    await file.write(0, Buffer.from(text), callOf());
    await file.flush(callOf());
    file.release();
  }

  /** Overwrites a file of the cloud. */
  async overwrite(name: string, text: string): Promise<LocalFile> {
    const entry = this.shownFile(name);
    const file = await this.writes.edit(entry, `/${name}`, this.base(entry), callOf());
    await this.fill(file, text);
    return file;
  }

  async rename(name: string, to: string): Promise<void> {
    const replaced = this.tree.in(ROOT_ID).find((entry) => entry.name === to) ?? null;
    await this.run(this.writes.move(this.shown(name), this.place(to), replaced, callOf()));
  }

  async remove(name: string): Promise<void> {
    await this.writes.remove(this.shownFile(name), `/${name}`, callOf());
  }

  base(entry: FileEntry): BaseContent {
    return {
      size: entry.size,
      read: ({ start, end }) => {
        if (this.cloud.entry(entry.id) === null) return Promise.reject(new FsError('ESTALE', 'gone'));
        return Promise.resolve(readContent(this.cloud.content(entry.id), { start, end }));
      },
      close: () => undefined,
    };
  }
}
