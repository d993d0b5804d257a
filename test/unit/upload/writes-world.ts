import assert from 'node:assert/strict';
import type { MemoryOutage } from '../../../src/drivers/memory/outages.js';
import { ROOT_ID } from '../../../src/drivers/memory/tree.js';
import type { DirectoryEntry, Entry } from '../../../src/driver/entry.js';
import type { LocalFile, Place } from '../../../src/upload/drive-writes.js';
import { callOf } from '../../fakes/calls.js';
import { UploadHouse } from './upload-house.js';

export interface Step {
  readonly what:
    | ('create' | 'overwrite' | 'begin' | 'end' | 'remove' | 'rename' | 'mkdir' | 'rmdir' | 'copy')
    | ('wait' | 'lost' | 'cut' | 'restart' | 'kill' | 'pause');
  readonly which: number;
  readonly where: number;
  readonly amount: number;
}

const NAMES = ['a', 'b', 'c', 'd', 'e'];
const TEXTS = ['one', 'two', 'three', 'a longer text that takes several parts to send', ''];
const CALLS = ['makeDirectory', 'rename', 'move', 'remove', 'announce', 'part', 'complete', 'list', 'stat'];
const SECOND = 1000;

/** Something that a program has open for writing. */
interface Open {
  readonly file: LocalFile;
  path: string;
  readonly text: string;
}

/** A drive and a plain map of what programs have made of it; everything goes as the file system would ask for it. */
export class WritesWorld {
  readonly #house: UploadHouse;
  /** Texts of files, null for directories; by path. */
  readonly #model = new Map<string, string | null>();
  readonly #open: Open[] = [];
  readonly #counts: Map<string, number>;

  private constructor(house: UploadHouse, counts: Map<string, number>) {
    this.#house = house;
    this.#counts = counts;
  }

  static async open(counts: Map<string, number>): Promise<WritesWorld> {
    const house = await UploadHouse.open({ cloud: { partSize: 10, latency: 40 } }, (built) => {
      const { id } = built.cloud.addDirectory(ROOT_ID, 'd');
      built.addFile('a', 'cloud a');
      built.addFile('b', 'cloud b', id);
    });
    const world = new WritesWorld(house, counts);
    world.#model.set('/d', null).set('/a', 'cloud a').set('/d/b', 'cloud b');
    return world;
  }

  async play(step: Step): Promise<void> {
    if (await this.#do(step)) this.#counts.set(step.what, (this.#counts.get(step.what) ?? 0) + 1);
    assert.deepEqual(this.#house.shownPaths(), this.#modelPaths(), `after ${JSON.stringify(step)}`);
  }

  /** Everything that is open is closed, everything that is owed is done: the cloud is what the programs made. */
  async finish(): Promise<void> {
    const house = this.#house;
    house.slots.resume();
    while (this.#open.length > 0) await this.#end(0);
    await house.idle();
    const texts = [...this.#model].map(([path, text]) => (text === null ? `${path}/` : `${path} ${text}`));
    assert.deepEqual(house.cloudPaths(), texts.sort());
    assert.deepEqual(house.shownPaths(), this.#modelPaths());
    await house.env.clock.advance(60 * SECOND);
    assert.deepEqual(await house.journal.changes('films'), []);
    assert.deepEqual(await house.journal.files('films'), []);
    assert.equal(house.disk.size, 0, 'bytes were left behind');
    assert.deepEqual(house.tree.unsettled, []);
    await house.run(house.writes.close());
    assert.equal(house.env.clock.waiting, 0, 'a timer was left behind');
    const errors = house.env.log.lines.filter(({ level }) => level === 'error');
    assert.deepEqual(errors, []);
  }

  async #do(step: Step): Promise<boolean> {
    const house = this.#house;
    const text = TEXTS[step.amount % TEXTS.length] ?? '';
    switch (step.what) {
      case 'create':
        return await this.#create(this.#newPath(step), text);
      case 'overwrite':
        return await this.#overwrite(this.#file(step.which), text);
      case 'begin':
        return await this.#begin(this.#file(step.which), `${text}!`);
      case 'end':
        return this.#open.length > 0 && (await this.#end(step.which % this.#open.length));
      case 'remove':
        return await this.#remove(this.#file(step.which));
      case 'rename':
        return await this.#rename(step);
      case 'mkdir':
        return await this.#mkdir(this.#newPath(step));
      case 'rmdir':
        return await this.#rmdir(this.#pick([...this.#model.keys()], step.which));
      case 'copy':
        return await this.#copy(this.#file(step.which), this.#newPath({ ...step, which: step.amount }));
      case 'wait':
        await house.env.clock.advance(step.amount * 10);
        return true;
      case 'lost':
      case 'cut':
        return this.#outage(step);
      case 'restart':
      case 'kill':
        return await this.#restart(step);
      case 'pause':
        if (house.slots.paused) house.slots.resume();
        else house.slots.pause();
        return true;
    }
  }

  #outage(step: Step): boolean {
    const kind = step.what === 'lost' ? 'lost' : 'cut';
    const outage: MemoryOutage = {
      call: CALLS[step.which % CALLS.length] ?? '',
      kind,
      skip: step.where % 2,
      times: 1 + (step.amount % 3),
    };
    // Programs ask for these themselves, and would be told.
    if (outage.call === 'list' || outage.call === 'stat') return false;
    this.#house.cloud.gate.outages.begin(outage);
    return true;
  }

  async #create(path: string | null, text: string): Promise<boolean> {
    if (path === null || this.#model.has(path)) return false;
    const file = await this.#house.writes.create(this.#place(path), callOf());
    this.#model.set(path, text);
    if (text === '') await file.flush(callOf());
    else await this.#house.fill(file, text);
    return true;
  }

  async #overwrite(path: string | null, text: string): Promise<boolean> {
    if (path === null || this.#open.some((one) => one.path === path)) return false;
    await this.#house.fill(await this.#local(path), text);
    this.#model.set(path, text);
    return true;
  }

  async #begin(path: string | null, text: string): Promise<boolean> {
    if (path === null || this.#open.some((one) => one.path === path)) return false;
    const file = await this.#local(path);
    file.retain();
    await file.truncate(0, callOf());
    await file.write(0, Buffer.from(text), callOf());
    this.#open.push({ file, path, text });
    this.#model.set(path, text);
    return true;
  }

  async #end(index: number): Promise<boolean> {
    const [open] = this.#open.splice(index, 1);
    if (open === undefined) return false;
    await open.file.flush(callOf());
    open.file.release();
    return true;
  }

  async #local(path: string): Promise<LocalFile> {
    const entry = this.#entry(path);
    const { writes } = this.#house;
    assert.ok(entry.kind === 'file');
    return writes.local(entry.id) ?? (await writes.edit(entry, path, this.#house.base(entry), callOf()));
  }

  async #remove(path: string | null): Promise<boolean> {
    if (path === null) return false;
    const entry = this.#entry(path);
    assert.ok(entry.kind === 'file');
    await this.#house.run(this.#house.writes.remove(entry, path, callOf()));
    this.#model.delete(path);
    for (const open of this.#open.filter((one) => one.path === path)) {
      this.#open.splice(this.#open.indexOf(open), 1);
      await open.file.flush(callOf());
      open.file.release();
    }
    return true;
  }

  async #rename(step: Step): Promise<boolean> {
    const from = this.#pick([...this.#model.keys()], step.which);
    const to = this.#newPath({ ...step, which: step.amount });
    if (from === null || to === null || from === to || to.startsWith(`${from}/`)) return false;
    const replaced = this.#model.has(to) ? this.#entry(to) : null;
    const entry = this.#entry(from);
    if (replaced !== null && replaced.kind !== entry.kind) return false;
    if (replaced?.kind === 'directory' && this.#below(to).length > 0) return false;
    // What is open there goes with its name.
    if (this.#open.some((one) => one.path === to)) return false;
    await this.#house.run(this.#house.writes.move(entry, this.#place(to), replaced, callOf()));
    for (const path of [from, ...this.#below(from)]) {
      const text = this.#model.get(path) ?? null;
      this.#model.delete(path);
      this.#model.set(to + path.slice(from.length), text);
    }
    for (const open of this.#open) {
      if (open.path === from || open.path.startsWith(`${from}/`))
        open.path = to + open.path.slice(from.length);
    }
    return true;
  }

  async #mkdir(path: string | null): Promise<boolean> {
    if (path === null || this.#model.has(path)) return false;
    await this.#house.writes.makeDirectory(this.#place(path), callOf());
    this.#model.set(path, null);
    return true;
  }

  async #rmdir(path: string | null): Promise<boolean> {
    if (path === null || this.#model.get(path) !== null || this.#below(path).length > 0) return false;
    const entry = this.#entry(path);
    assert.ok(entry.kind === 'directory');
    await this.#house.run(this.#house.writes.removeDirectory(entry, path, callOf()));
    this.#model.delete(path);
    return true;
  }

  async #copy(from: string | null, to: string | null): Promise<boolean> {
    if (from === null || to === null || this.#model.has(to)) return false;
    const entry = this.#entry(from);
    assert.ok(entry.kind === 'file');
    const copied = await this.#house.run(this.#house.writes.copy(entry, this.#place(to), callOf()));
    if (copied) this.#model.set(to, this.#model.get(from) ?? null);
    return copied;
  }

  /** What was not closed is a draft after a kill: programs see what the cloud has of it, or nothing. */
  async #restart({ what }: Step): Promise<boolean> {
    if (what === 'restart') while (this.#open.length > 0) await this.#end(0);
    const lost = this.#open.splice(0).map(({ path }) => path);
    await this.#house.restart(what === 'kill' ? 'killed' : 'ended');
    const { transfers } = this.#house.writes;
    for (const { id } of transfers.status().drafts) await transfers.drop(id);
    const shown = this.#house.shownPaths();
    for (const path of lost) {
      if (shown.includes(path)) this.#model.set(path, this.#textOf(this.#entry(path)));
      else this.#model.delete(path);
    }
    return true;
  }

  #textOf({ id }: Entry): string {
    return this.#house.text(id);
  }

  #entry(path: string): Entry {
    let id = ROOT_ID;
    let found: Entry | undefined;
    for (const name of path.slice(1).split('/')) {
      found = this.#house.tree.in(id).find((entry) => entry.name === name);
      assert.ok(found !== undefined, `${path} is not shown`);
      ({ id } = found);
    }
    assert.ok(found !== undefined);
    return found;
  }

  #place(path: string): Place {
    const parent = path.slice(0, path.lastIndexOf('/'));
    const directory = parent === '' ? this.#house.root : this.#entry(parent);
    assert.ok(directory.kind === 'directory');
    const placed: DirectoryEntry = directory;
    return { directory: placed, name: path.slice(path.lastIndexOf('/') + 1), path };
  }

  /** A path in some directory, at most three deep. */
  #newPath({ which, where }: Step): string | null {
    const directories = [...this.#model].filter(
      ([path, text]) => text === null && path.split('/').length < 4,
    );
    const parent = this.#pick(['', '', ...directories.map(([path]) => path)], where);
    return parent === null ? null : `${parent}/${NAMES[which % NAMES.length] ?? ''}`;
  }

  #file(which: number): string | null {
    const files = [...this.#model].filter(([, text]) => text !== null).map(([path]) => path);
    return this.#pick(files, which);
  }

  #pick(values: readonly string[], which: number): string | null {
    return values[which % Math.max(1, values.length)] ?? null;
  }

  #below(path: string): readonly string[] {
    return [...this.#model.keys()].filter((other) => other.startsWith(`${path}/`));
  }

  #modelPaths(): readonly string[] {
    return [...this.#model].map(([path, text]) => (text === null ? `${path}/` : path)).sort();
  }
}
