import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Content } from '../../../src/content/content.js';
import { FileUnits } from '../../../src/content/file-units.js';
import { Lane } from '../../../src/content/lane.js';
import { WaitingReads } from '../../../src/content/waiting-reads.js';
import { callOf } from '../../fakes/calls.js';
import { GATE_SEED, modelSeed } from '../../fakes/model-seed.js';
import { bench, type Bench, KIB, MIB } from './bench.js';
import { FakeBlocks } from './fake-blocks.js';
import { bytesOf, drive, type Fault, fileOf } from './fake-cloud.js';

/** The long form: PANFUSE_MODEL_RUNS=10000. */
const RUNS = Number(process.env['PANFUSE_MODEL_RUNS'] ?? 300);
const FILES = [fileOf('31', 2 * MIB + 77), fileOf('32', 6 * MIB), fileOf('33', 300 * KIB)];
const OPERATIONS = 14;
const READERS = 4;

const FAULTS: readonly (Fault | null)[] = [
  null,
  null,
  null,
  null,
  { kind: 'status', status: 503 },
  { kind: 'network' },
  { kind: 'cut', after: 70_000 },
  { kind: 'short', after: 200_001 },
  { kind: 'stall', after: 33_000 },
];

interface Step {
  readonly what: 'on' | 'jump' | 'head' | 'tail' | 'abort' | 'pause' | 'reopen' | 'evict';
  readonly where: number;
  readonly length: number;
}

interface Scene {
  readonly readers: readonly { readonly file: number; readonly steps: readonly Step[] }[];
  readonly faults: readonly number[];
  /** After so many milliseconds everything is closed and begun anew, with what is on disk. */
  readonly restart: number;
}

const step: fc.Arbitrary<Step> = fc.record({
  what: fc.constantFrom('on', 'on', 'on', 'on', 'jump', 'head', 'tail', 'abort', 'pause', 'reopen', 'evict'),
  where: fc.double({ min: 0, max: 0.999, noNaN: true }),
  length: fc.oneof(fc.constant(128 * KIB), fc.integer({ min: 1, max: 400 * KIB })),
});

const scene: fc.Arbitrary<Scene> = fc.record({
  readers: fc.array(
    fc.record({
      file: fc.nat(FILES.length - 1),
      steps: fc.array(step, { minLength: OPERATIONS, maxLength: OPERATIONS }),
    }),
    { minLength: READERS - 1, maxLength: READERS },
  ),
  faults: fc.array(fc.nat(FAULTS.length - 1), { minLength: 0, maxLength: 20 }),
  restart: fc.integer({ min: 50, max: 2000 }),
});

/** Where a step reads that continues at `position`. */
function startOf({ what, where }: Step, position: number, size: number): number {
  if (what === 'head') return 0;
  if (what === 'tail') return Math.max(0, size - 64 * KIB);
  if (what === 'jump' || what === 'abort') return Math.floor(where * size);
  return position < size ? position : 0;
}

/** One life of the engine and everything around it that outlives it. */
class World {
  readonly blocks = new FakeBlocks();
  readonly room: Bench;
  content: Content;
  operations = 0;
  closing: Promise<void> = Promise.resolve();

  constructor(faults: readonly number[]) {
    this.room = bench({ files: FILES, cdn: { perLink: 2, perAccount: 4, chunk: 48 * KIB } });
    const left = faults.map((index) => FAULTS[index] ?? null);
    this.room.cdn.fault = () => left.shift() ?? null;
    this.content = this.#begin();
  }

  restart(): void {
    const { content } = this;
    this.closing = content.close();
    this.content = this.#begin();
  }

  /** Every byte that comes is right; a read fails only when it was ended, or the engine was. */
  async play({ file: index, steps }: Scene['readers'][number]): Promise<void> {
    const entry = FILES[index] ?? fileOf('0', 0);
    const { clock } = this.room.env;
    let life = this.content;
    let file = life.open(this.#source, entry);
    let position = 0;
    for (const one of steps) {
      this.operations += 1;
      if (one.what === 'pause') await clock.sleep(one.where * 7000);
      if (one.what === 'evict') this.blocks.forget(1 + Math.floor(one.where * 4));
      if (one.what === 'reopen' || life !== this.content) {
        file.close();
        await this.closing;
        life = this.content;
        file = life.open(this.#source, entry);
      }
      const start = startOf(one, position, entry.size);
      const killed = new AbortController();
      const moment = one.what === 'abort' ? one.where * 100 : Infinity;
      const kill = clock.after(moment, () => killed.abort(new Error('killed')));
      const reading = file.read(start, one.length, callOf('reader', killed.signal));
      const bytes = await reading.catch((error: unknown) => {
        assert.ok(killed.signal.aborted || life !== this.content, String(error));
        return null;
      });
      kill.cancel();
      if (bytes === null) continue;
      const expected = bytesOf(entry.id, start, Math.min(entry.size, start + one.length));
      assert.equal(Buffer.compare(bytes, expected), 0, `${entry.id} at ${start}, ${one.length} bytes`);
      position = start + bytes.length;
    }
    file.close();
  }

  get #source() {
    return { ...this.room.source, connections: 4 };
  }

  #begin(): Content {
    const { env, cdn, links } = this.room;
    const options = { readTimeout: 120_000, stall: 3000, memory: 2 * MIB };
    return new Content(env, { transport: cdn, links, blocks: this.blocks }, options);
  }
}

async function check({ readers, faults, restart }: Scene): Promise<number> {
  const world = new World(faults);
  const { env, cdn } = world.room;
  const timer = env.clock.after(restart, () => world.restart());
  await drive(env.clock, Promise.all(readers.map((reader) => world.play(reader))), 900_000);
  timer.cancel();
  await drive(env.clock, Promise.all([world.closing, world.content.close()]));
  assert.equal(cdn.open, 0);
  assert.equal(world.content.status().memory.used, 0);
  assert.ok(
    cdn.mostPerFile <= 2 && cdn.mostOpen <= 4,
    `${cdn.mostPerFile} of a file, ${cdn.mostOpen} in all`,
  );
  assert.equal(cdn.refusedForCap, 0);
  assert.equal(env.clock.waiting, 0, 'a timer was left behind');
  return world.operations;
}

describe('the read engine against a model', function () {
  this.timeout(RUNS * 1000);

  it('gives the right bytes whatever readers, cloud and cache do, within every cap', async () => {
    let operations = 0;
    const property = fc.asyncProperty(scene, async (one) => {
      operations += await check(one);
    });
    await fc.assert(property, { numRuns: RUNS, seed: modelSeed(), endOnFailure: true });
    assert.ok(operations >= 40 * RUNS, `${operations} operations in ${RUNS} runs`);
  });

  const bugs: readonly { readonly name: string; readonly plant: () => () => void }[] = [
    {
      name: 'a resumed stream that begins one byte late',
      plant: () =>
        replace(
          FileUnits.prototype,
          'filledTo',
          (original) =>
            function (this: FileUnits, index: number) {
              const filled = original.call(this, index);
              return filled % (128 * KIB) === 0 ? filled : filled + 1;
            },
        ),
    },
    {
      name: 'a lane that is given back before its connection is closed',
      plant: () =>
        replace(
          Lane.prototype,
          'take',
          (original) =>
            function (this: Lane) {
              original.call(this);
              this.release();
            },
        ),
    },
    {
      name: 'a unit that is forgotten while somebody fills it or waits for it',
      plant: () =>
        replace(
          FileUnits.prototype,
          'isNeeded',
          () =>
            function (this: FileUnits) {
              return false;
            },
        ),
    },
    {
      name: 'a read that is not told that its bytes have come',
      plant: () =>
        replace(
          WaitingReads.prototype,
          'serve',
          (original) =>
            function (this: WaitingReads, bytesOfRange) {
              if (this.size < 3) original.call(this, bytesOfRange);
            },
        ),
    },
  ];

  for (const { name, plant } of bugs) {
    it(`finds ${name}`, async () => {
      const heal = plant();
      try {
        const details = await fc.check(
          fc.asyncProperty(scene, async (one) => {
            await check(one);
          }),
          { numRuns: 200, seed: GATE_SEED, endOnFailure: true },
        );
        assert.equal(details.failed, true, 'the bug was not found');
      } finally {
        heal();
      }
    });
  }
});

/** Puts another method in place of one; answers how to put it back. */
function replace<T extends object, K extends keyof T>(
  owner: T,
  name: K,
  wrong: (original: T[K]) => T[K],
): () => void {
  const original = owner[name];
  owner[name] = wrong(original);
  return () => {
    owner[name] = original;
  };
}
