import assert from 'node:assert/strict';
import type { Entry } from '../../../src/driver/entry.js';
import type { Clock, Env, Timer } from '../../../src/lib/env.js';
import { pathOf } from '../../../src/metadata/node.js';
import { DEFAULT_TREE_OPTIONS } from '../../../src/metadata/tree-options.js';
import { Tree } from '../../../src/metadata/tree.js';
import type { StateDatabase } from '../../../src/store/state-database.js';
import { callOf } from '../../fakes/calls.js';
import { type FakeClock, settle } from '../../fakes/fake-clock.js';
import { type FakeEnv, fakeEnv, SeededRandom } from '../../fakes/fake-env.js';
import { directoryEntry, fileEntry } from './entries.js';
import { LAG, LaggingCloud } from './lagging-cloud.js';

/** The time of one process: nothing happens any more once it was killed. */
class ProcessClock implements Clock {
  readonly #clock: FakeClock;
  #isAlive = true;

  constructor(clock: FakeClock) {
    this.#clock = clock;
  }

  kill(): void {
    this.#isAlive = false;
  }

  now(): number {
    return this.#clock.now();
  }

  monotonic(): number {
    return this.#clock.monotonic();
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    await this.#clock.sleep(ms, signal);
    if (!this.#isAlive) await new Promise<never>(() => undefined);
  }

  after(ms: number, action: () => void): Timer {
    return this.#clock.after(ms, () => {
      if (this.#isAlive) action();
    });
  }
}

/** Something as programs must see it. */
interface Thing {
  readonly kind: 'file' | 'directory';
  id: string;
  parent: Thing | null;
  name: string;
  /** False once it was removed. */
  isShown: boolean;
  /** Order of the journal; null when the cloud is owed nothing. */
  owed: number | null;
  /** Whether the cloud has done what is owed, and the tree was not told yet. */
  isDone: boolean;
}

const FOREIGN = 'foreign';

/** A tree, its cloud, the journal of what the cloud is owed, and what programs must see. */
export class LocalWorld {
  readonly env: FakeEnv;
  readonly cloud: LaggingCloud;
  readonly root: Thing = {
    kind: 'directory',
    id: '0',
    parent: null,
    name: '',
    isShown: true,
    owed: null,
    isDone: false,
  };
  things: Thing[] = [];
  tree: Tree;
  readonly #database: StateDatabase;
  readonly #drive: string;
  readonly #entriesInMemory: number;
  readonly #random: SeededRandom;
  readonly #refreshes: Promise<unknown>[] = [];
  #clock: ProcessClock;
  #lastId = 100;
  #lastName = 0;
  #sequence = 0;

  constructor(database: StateDatabase, drive: string, seed: number, entriesInMemory: number) {
    this.env = fakeEnv(seed);
    this.#random = new SeededRandom(seed);
    this.#database = database;
    this.#drive = drive;
    this.#entriesInMemory = entriesInMemory;
    this.cloud = new LaggingCloud(this.env.clock, this.#random);
    this.#clock = new ProcessClock(this.env.clock);
    this.tree = this.#newTree();
  }

  async open(): Promise<void> {
    await this.tree.open(callOf());
  }

  shown(kind?: Thing['kind']): Thing[] {
    return this.things.filter((thing) => thing.isShown && (kind === undefined || thing.kind === kind));
  }

  directories(): Thing[] {
    return [this.root, ...this.shown('directory')];
  }

  childrenOf(directory: Thing): Thing[] {
    return this.shown().filter(({ parent }) => parent === directory);
  }

  async make(kind: Thing['kind'], parent: Thing): Promise<void> {
    this.#lastId += 1;
    const id = `local-${this.#lastId}`;
    const thing: Thing = {
      kind,
      id,
      parent,
      name: this.#newName(),
      isShown: true,
      owed: null,
      isDone: false,
    };
    this.things.push(thing);
    this.#owe(thing);
    await this.tree.local.add(this.#entryOf(thing));
  }

  /** A new file takes the place of a file. */
  async replace(old: Thing): Promise<void> {
    const { parent, name } = old;
    await this.#find(old);
    this.#lastId += 1;
    const id = `local-${this.#lastId}`;
    const thing: Thing = { kind: 'file', id, parent, name, isShown: true, owed: null, isDone: false };
    this.things.push(thing);
    this.#owe(thing);
    this.#owe(old);
    old.isShown = false;
    await Promise.all([this.tree.local.hide(old.id), this.tree.local.add(this.#entryOf(thing))]);
  }

  async move(thing: Thing, parent: Thing, keepsName: boolean): Promise<void> {
    for (let at: Thing | null = parent; at !== null; at = at.parent) if (at === thing) return;
    await this.#find(thing);
    thing.parent = parent;
    if (!keepsName) thing.name = this.#newName();
    this.#owe(thing);
    await this.tree.local.move(thing.id, parent.id, thing.name);
  }

  async remove(thing: Thing): Promise<void> {
    if (this.childrenOf(thing).length > 0) return;
    await this.#find(thing);
    thing.isShown = false;
    this.#owe(thing);
    await this.tree.local.hide(thing.id);
  }

  /** The cloud does what it is owed of one thing, if it can by now. */
  async perform(thing: Thing): Promise<boolean> {
    if (thing.owed === null || thing.isDone) return false;
    const isLocal = thing.id.startsWith('local-');
    if (!thing.isShown) {
      const left = this.cloud.childrenOf(thing.id).filter(({ name }) => !name.startsWith(FOREIGN));
      if (left.length > 0) return false;
      this.cloud.remove(thing.id);
      thing.isDone = true;
      return true;
    }
    const parentId = thing.parent?.id ?? '';
    if (parentId.startsWith('local-') || this.#isBelow(parentId, thing.id)) return false;
    if (parentId !== '0' && !this.cloud.entries.has(parentId)) return false;
    if (!isLocal) {
      this.cloud.put(this.#entryOf(thing));
      thing.isDone = true;
      return true;
    }
    const localId = thing.id;
    this.#lastId += 1;
    thing.id = `${this.#lastId}`;
    this.cloud.put(this.#entryOf(thing));
    thing.owed = null;
    await this.tree.local.settle(localId, this.#entryOf(thing));
    return true;
  }

  /** The tree hears that the cloud has done it. */
  async confirm(thing: Thing): Promise<void> {
    if (!thing.isDone) return;
    thing.isDone = false;
    thing.owed = null;
    await this.tree.local.settle(thing.id);
  }

  /** Somebody else adds a file. */
  addForeign(directory: Thing): void {
    if (directory !== this.root && !this.cloud.entries.has(directory.id)) return;
    this.#lastId += 1;
    const name = `${FOREIGN} ${this.#lastId}`;
    this.cloud.put(fileEntry(`${this.#lastId}`, name, { parentId: directory.id }));
  }

  removeForeign(choice: number): void {
    const foreign = [...this.cloud.entries.values()].filter(({ name }) => name.startsWith(FOREIGN));
    const one = foreign[choice % Math.max(1, foreign.length)];
    if (one !== undefined) this.cloud.remove(one.id);
  }

  /** Lists a directory again, and does not wait for it. */
  refresh(directory: Thing): void {
    const refreshing = this.tree.refresh(this.pathOf(directory), { recursive: false }, callOf());
    // It may have been moved or removed here or there meanwhile.
    this.#refreshes.push(refreshing.catch(() => undefined));
  }

  /** Ends the process and begins another one; a kill loses what was not written for a second. */
  async restart(how: 'close' | 'kill'): Promise<void> {
    if (how === 'kill') {
      await settle();
      this.#clock.kill();
    } else await this.#finish(this.tree.close());
    await this.#idle();
    this.#clock = new ProcessClock(this.env.clock);
    this.tree = this.#newTree();
    await this.open();
    const owed = this.things.filter((thing) => thing.owed !== null);
    for (const thing of owed.sort((a, b) => (a.owed ?? 0) - (b.owed ?? 0))) await this.#repeat(thing);
    if (how === 'kill') await this.lookAtEverything();
  }

  /** After this everything that is shown is right again, also what other people did. */
  async lookAtEverything(): Promise<void> {
    await this.#finish(Promise.all(this.#refreshes.splice(0)));
    await this.env.clock.advance(LAG + 1);
    await this.#finish(this.tree.refresh('/', { recursive: true }, callOf()));
  }

  /** Everything owed is done and confirmed, in an order of chance. */
  async performAll(): Promise<void> {
    for (let left = this.#owed(); left.length > 0; left = this.#owed()) {
      let progress = 0;
      for (const thing of left) {
        if (await this.perform(thing)) progress += 1;
        if (thing.isDone) progress += 1;
        await this.confirm(thing);
      }
      assert.ok(progress > 0, `nothing can be done of ${left.map(({ name }) => name).join(', ')}`);
    }
  }

  /** What a program sees in a directory is what it must see; `foreign` counts what others did as well. */
  async check(directory: Thing, foreign = false): Promise<void> {
    const path = this.pathOf(directory);
    const node = await this.#finish(this.tree.resolve(path, callOf()));
    assert.ok(node.kind === 'directory');
    assert.equal(node.entry.id, directory.id, path);
    const listed = await this.#finish(this.tree.list(node, callOf()));
    const children = listed.filter(({ name }) => foreign || !name.startsWith(FOREIGN));
    const others = foreign
      ? this.cloud.childrenOf(directory.id).filter(({ name }) => name.startsWith(FOREIGN))
      : [];
    const expected = [...this.childrenOf(directory), ...others].map(({ name, id }) => `${name} ${id}`);
    assert.deepEqual(children.map(({ name, entry }) => `${name} ${entry.id}`).sort(), expected.sort(), path);
    for (const child of children) {
      assert.equal(child.parent, node);
      assert.equal(pathOf(child), path === '/' ? `/${child.name}` : `${path}/${child.name}`);
      assert.equal(child.entry.parentId, directory.id);
    }
  }

  async checkAll(foreign = false): Promise<void> {
    for (const directory of this.directories()) await this.check(directory, foreign);
  }

  /** Ends this world's process. */
  async close(): Promise<void> {
    await this.#finish(this.tree.close());
    await this.#idle();
  }

  pathOf(thing: Thing): string {
    const names: string[] = [];
    for (let at = thing; at.parent !== null; at = at.parent) names.unshift(at.name);
    return `/${names.join('/')}`;
  }

  /** Programs change what they have found. */
  async #find(thing: Thing): Promise<void> {
    const node = await this.#finish(this.tree.resolve(this.pathOf(thing), callOf()));
    assert.equal(node.entry.id, thing.id, this.pathOf(thing));
  }

  #owed(): Thing[] {
    return this.things.filter(({ owed }) => owed !== null);
  }

  async #repeat(thing: Thing): Promise<void> {
    if (!thing.isShown) await this.tree.local.hide(thing.id);
    else if (thing.id.startsWith('local-')) await this.tree.local.add(this.#entryOf(thing));
    else {
      const moving = this.tree.local.move(thing.id, thing.parent?.id ?? '', thing.name);
      // A kill has lost its row: the journal knows what it was.
      await moving.catch(() => this.tree.local.add(this.#entryOf(thing)));
    }
  }

  #owe(thing: Thing): void {
    thing.isDone = false;
    this.#sequence += 1;
    thing.owed ??= this.#sequence;
  }

  #isBelow(id: string, above: string): boolean {
    for (
      let at: Entry | undefined = this.cloud.entries.get(id);
      at;
      at = this.cloud.entries.get(at.parentId)
    ) {
      if (at.id === above) return true;
    }
    return false;
  }

  #entryOf({ kind, id, parent, name }: Thing): Entry {
    const fields = { parentId: parent?.id ?? '' };
    return kind === 'file' ? fileEntry(id, name, fields) : directoryEntry(id, name, fields);
  }

  #newName(): string {
    this.#lastName += 1;
    return `name ${this.#lastName}`;
  }

  #newTree(): Tree {
    const env: Env = { ...this.env, clock: this.#clock };
    const { cloud } = this;
    return new Tree(
      env,
      { driver: cloud, database: this.#database, drive: this.#drive },
      {
        ...DEFAULT_TREE_OPTIONS,
        listingTtl: 60_000,
        changedTtl: 20_000,
        patience: { progress: 600_000, total: 600_000 },
        entriesInMemory: this.#entriesInMemory,
      },
    );
  }

  async #idle(): Promise<void> {
    await this.#finish(Promise.race([Promise.all(this.#refreshes.splice(0)), this.env.clock.sleep(1000)]));
  }

  /** Waits for something that may wait for the clock. */
  async #finish<T>(work: Promise<T>): Promise<T> {
    const state = { isDone: false };
    const ended = work.finally(() => {
      state.isDone = true;
    });
    ended.catch(() => undefined);
    for (let turn = 1; !state.isDone && turn < 10_000; turn += 1) {
      // What waits for the disk must not be hurried by the clock.
      await this.#database.query('SELECT 1');
      await settle();
      if (turn % 5 === 0) await this.env.clock.advance(500);
    }
    return await ended;
  }
}
