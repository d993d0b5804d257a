import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FileEntry } from '../../../../src/driver/entry.js';
import { FsError } from '../../../../src/lib/errors.js';
import type { ByteRange } from '../../../../src/lib/range.js';
import type { BaseContent } from '../../../../src/upload/drive-writes.js';
import { Journal } from '../../../../src/upload/journal/journal.js';
import type { FileRow, NewFile } from '../../../../src/upload/journal/rows.js';
import type { SpoolFile } from '../../../../src/upload/spool/spool-file.js';
import { SpoolSpace, type SpoolSpaceOptions } from '../../../../src/upload/spool/spool-space.js';
import { Spool } from '../../../../src/upload/spool/spool.js';
import { callOf } from '../../../fakes/calls.js';
import { FakeClock, settle } from '../../../fakes/fake-clock.js';
import { type FakeEnv, fakeEnv } from '../../../fakes/fake-env.js';
import { fileEntry } from '../journal/rows.js';

export const MIB = 1024 * 1024;

const CYCLE = Uint8Array.from({ length: 251 }, (_none, index) => 1 + index);

/** A file of the cloud. */
export class FakeBase implements BaseContent {
  readonly bytes: Buffer;
  /** Ranges that were asked for. */
  readonly asked: ByteRange[] = [];
  /** What reading rejects with; null while it works. */
  failure: FsError | null = null;
  /** Reads wait for this. */
  gate: Promise<void> = Promise.resolve();
  closed = 0;

  constructor(size: number) {
    this.bytes = Buffer.alloc(size, CYCLE);
  }

  get size(): number {
    return this.bytes.length;
  }

  async read(range: ByteRange): Promise<Uint8Array> {
    this.asked.push(range);
    await this.gate;
    if (this.failure !== null) throw this.failure;
    return this.bytes.subarray(range.start, range.end);
  }

  close(): void {
    this.closed += 1;
  }
}

export interface HouseOptions extends Partial<SpoolSpaceOptions> {
  readonly largest?: number;
}

/** A spool and its journal in a folder of their own, that can end and begin again. */
export class SpoolHouse {
  readonly env: FakeEnv;
  readonly directory: string;
  /** What whoever uploads was told, in order. */
  readonly told: string[] = [];
  /** The files of the cloud by id, for after a restart. */
  readonly bases = new Map<string, FakeBase>();
  /** close(2) waits for this. */
  closing: Promise<void> = Promise.resolve();
  space!: SpoolSpace;
  journal!: Journal;
  spool!: Spool;
  readonly #options: HouseOptions;
  #lastId = 0;

  private constructor(directory: string, options: HouseOptions) {
    // The kernel stamps files with the real time.
    this.env = { ...fakeEnv(), clock: new FakeClock(Date.now()) };
    this.directory = directory;
    this.#options = options;
  }

  /** The folder is made anew, or is the one that is named. */
  static async open(options: HouseOptions = {}, directory?: string): Promise<SpoolHouse> {
    const house = new SpoolHouse(directory ?? (await mkdtemp(join(tmpdir(), 'panfuse-spool-'))), options);
    await house.begin();
    return house;
  }

  get path(): string {
    return join(this.directory, 'spool', 'films');
  }

  async begin(): Promise<void> {
    const { size = 1024 * MIB, keepFree = { bytes: 0 }, largest = null } = this.#options;
    this.journal = await Journal.open(this.env, join(this.directory, 'journal.sqlite'));
    this.space = new SpoolSpace(join(this.directory, 'spool'), { size, keepFree });
    const options = { drive: 'films', directory: join(this.directory, 'spool'), largest };
    this.spool = await Spool.open(this.env, { journal: this.journal, space: this.space }, options);
    this.spool.listen({
      onDirty: (id) => void this.told.push(`dirty ${id}`),
      onClosed: async (id) => {
        this.told.push(`closed ${id}`);
        await this.closing;
      },
      onReleased: (id) => void this.told.push(`released ${id}`),
      openBase: ({ id }) => {
        const base = this.bases.get(id);
        if (base === undefined) throw new FsError('ESTALE', `${id} is gone`, { reason: 'gone' });
        return base;
      },
    });
  }

  async end(): Promise<void> {
    await this.spool.close();
    await this.journal.close();
  }

  /** Another process begins with what this one left; `between` changes it first. */
  async restart(between: () => Promise<void> = () => Promise.resolve()): Promise<void> {
    await this.end();
    await between();
    await this.begin();
  }

  newFile(changes: Partial<NewFile> = {}): NewFile {
    this.#lastId += 1;
    const id = `local-${this.#lastId}`;
    return {
      id,
      parentId: '0',
      name: 'Film.mkv',
      path: '/影片/Film.mkv',
      replaces: [],
      base: null,
      ...changes,
    };
  }

  async create(changes: Partial<NewFile> = {}): Promise<SpoolFile> {
    return await this.spool.create(this.newFile(changes));
  }

  /** A file that is written, closed and released. */
  async closed(text: string, changes: Partial<NewFile> = {}): Promise<SpoolFile> {
    const file = await this.create(changes);
    file.retain();
    await write(file, 0, text);
    await file.flush(callOf());
    file.release();
    await settle();
    return file;
  }

  /** A file of the cloud and its copy here. */
  async edit(size: number): Promise<{ file: SpoolFile; base: FakeBase; entry: FileEntry }> {
    const base = new FakeBase(size);
    const entry = fileEntry(`${100 + this.bases.size}`, size);
    this.bases.set(entry.id, base);
    const file = await this.spool.create(this.newFile({ base: entry, replaces: [entry] }), base);
    return { file, base, entry };
  }

  async row(id: string): Promise<FileRow> {
    const row = await this.journal.file(id);
    if (row === null) throw new Error(`${id} has no row`);
    return row;
  }

  /** Names in the drive's folder. */
  async names(): Promise<readonly string[]> {
    return (await readdir(this.path)).sort();
  }

  async close(): Promise<void> {
    await this.end();
    await rm(this.directory, { recursive: true, force: true });
  }
}

export async function write(file: SpoolFile, position: number | null, text: string): Promise<void> {
  await file.write(position, Buffer.from(text), callOf());
}

/** All of a file. */
export async function contentOf(file: SpoolFile): Promise<Buffer> {
  return Buffer.from(await file.read(0, file.size, callOf()));
}

export async function textOf(file: SpoolFile): Promise<string> {
  return (await contentOf(file)).toString('latin1').replaceAll('\0', '.');
}
