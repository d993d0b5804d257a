import assert from 'node:assert/strict';
import { constants } from 'node:fs';
import type { Node } from './reference.js';
import type { Trial } from './trial.js';

/** Looks at everything, and compares it with the reference. */
export class Comparison {
  readonly #trial: Trial;

  constructor(trial: Trial) {
    this.#trial = trial;
  }

  /** A file has these bytes. */
  async look(path: string, bytes: Buffer): Promise<void> {
    const { files } = this.#trial.stage;
    const number = await this.#trial.answer(() => files.open(path, constants.O_RDONLY));
    assertBytes(await this.#trial.answer(() => files.read(number, 0, bytes.length + 10)), bytes, path);
    await this.#trial.answer(() => files.close(number));
  }

  /** Every directory shows what is in it, with its attributes. */
  async list(): Promise<void> {
    await this.#listDirectory('', this.#trial.reference.root.children);
  }

  async #listDirectory(path: string, children: ReadonlyMap<string, Node>): Promise<void> {
    const names = await this.#trial.answer(() => this.#trial.stage.files.names(path === '' ? '/' : path));
    assert.deepEqual([...names].sort(), [...children.keys()].sort(), `names in ${path}/`);
    for (const [name, node] of children) {
      await this.#compareStat(`${path}/${name}`, node);
      if (node.kind === 'directory') await this.#listDirectory(`${path}/${name}`, node.children);
    }
  }

  async #compareStat(path: string, node: Node): Promise<void> {
    const { files, plain } = this.#trial.stage;
    const shown = await this.#trial.answer(() => files.stat(path));
    assert.equal(shown.kind, node.kind, path);
    if (node.kind === 'file') assert.equal(shown.size, node.bytes.length, `size of ${path}`);
    if (node.mode !== null) assert.equal(shown.mode, node.mode, `mode of ${path}`);
    if (node.modifiedAt !== null) assert.equal(shown.modifiedAt, node.modifiedAt, `time of ${path}`);
    if (plain === null) return;
    const extended = (name: string): Promise<string | null> => plain.extended(path, name);
    for (const [name, value] of node.extended)
      assert.equal(await this.#trial.answer(() => extended(name)), value, `${name} of ${path}`);
  }

  /** The cloud has everything once. */
  async cloud(): Promise<void> {
    const expected = [...this.#trial.reference.all()].map(
      ([path, node]) => [path, node.kind === 'file' ? node.bytes.toString('base64') : null] as const,
    );
    expected.sort(([a], [b]) => (a < b ? -1 : 1));
    const contents = await this.#trial.stage.contents();
    assert.deepEqual(
      contents.map(([path]) => path),
      expected.map(([path]) => path),
      'names in the cloud',
    );
    for (const [index, [path, bytes]] of expected.entries())
      assert.equal(contents[index]?.[1], bytes, `bytes of ${path} in the cloud`);
  }
}

export function assertBytes(actual: Uint8Array, expected: Buffer, what: string): void {
  if (expected.equals(actual)) return;
  assert.equal(Buffer.from(actual).toString(), expected.toString(), `bytes of ${what}`);
}
