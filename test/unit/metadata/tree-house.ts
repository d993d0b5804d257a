import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Tree, type TreeOptions, type TreeParts } from '../../../src/metadata/tree.js';
import { DEFAULT_TREE_OPTIONS } from '../../../src/metadata/tree-options.js';
import { StateDatabase } from '../../../src/store/state-database.js';
import { callOf } from '../../fakes/calls.js';
import { type FakeEnv, fakeEnv } from '../../fakes/fake-env.js';
import { ScriptedDriver } from './scripted-driver.js';

/** A drive with a database in a folder of its own; opened and reopened by tests. */
export class TreeHouse {
  /** What happens at a checkpoint of the code under test. */
  stopAt: (name: string) => Promise<void> = () => Promise.resolve();
  readonly env: FakeEnv = { ...fakeEnv(), checkpoint: (name) => this.stopAt(name) };
  readonly driver = new ScriptedDriver();
  readonly #open: { close(): Promise<void> }[] = [];
  #folder = '';

  /** A tree on the same disk as the one before. */
  async open(options: Partial<TreeOptions> = {}, parts: Partial<TreeParts> = {}): Promise<Tree> {
    const database = await this.database();
    const tree = new Tree(
      this.env,
      { driver: this.driver, database, drive: 'films', ...parts },
      { ...DEFAULT_TREE_OPTIONS, ...options },
    );
    this.#open.push(tree);
    await tree.open(callOf());
    return tree;
  }

  async database(): Promise<StateDatabase> {
    this.#folder ||= await mkdtemp(join(tmpdir(), 'panfuse-tree-'));
    const database = await StateDatabase.open(this.env, join(this.#folder, 'state.db'), 1);
    this.#open.push(database);
    return database;
  }

  /** Leaves what is open as a kill would leave it. */
  abandon(): void {
    this.#open.length = 0;
  }

  /** Closes what is open, trees before their databases: a restart in good order. */
  async close(): Promise<void> {
    for (const one of this.#open.splice(0).reverse()) await one.close();
  }

  async demolish(): Promise<void> {
    this.driver.beforePage = () => Promise.resolve();
    await this.close();
    if (this.#folder !== '') await rm(this.#folder, { recursive: true, force: true });
  }
}

/** Waits, turn by turn, for what happens behind. */
export async function until(condition: () => boolean, what = 'what was waited for'): Promise<void> {
  for (let turn = 0; turn < 500_000; turn += 1) {
    if (condition()) return;
    await new Promise((resolve) => setImmediate(resolve));
  }
  assert.fail(`${what} did not happen`);
}

/** The names in a directory, sorted. */
export async function namesIn(tree: Tree, path = '/'): Promise<string[]> {
  const node = await tree.resolve(path, callOf());
  assert.ok(node.kind === 'directory');
  return (await tree.list(node, callOf())).map((child) => child.name).sort();
}
