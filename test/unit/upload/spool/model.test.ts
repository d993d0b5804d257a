import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import type { SpoolFile } from '../../../../src/upload/spool/spool-file.js';
import { callOf } from '../../../fakes/calls.js';
import { SpoolHouse } from './spool-house.js';

/** The long form: PANFUSE_MODEL_RUNS=10000. */
const RUNS = Number(process.env['PANFUSE_MODEL_RUNS'] ?? 300);
const STEPS = 30;
const LARGEST = 6000;
const BASE = 3000;

type Step =
  | { readonly kind: 'write'; readonly at: number | null; readonly length: number; readonly fill: number }
  | { readonly kind: 'read'; readonly at: number; readonly length: number }
  | { readonly kind: 'truncate'; readonly size: number }
  | { readonly kind: 'flush' | 'sync' | 'restart' | 'complete' | 'idle' | 'check' }
  | { readonly kind: 'together'; readonly steps: readonly Step[] };

const place = fc.oneof(fc.nat(LARGEST + 200), fc.nat(BASE), fc.constantFrom(0, 1, BASE - 1, BASE, BASE + 1));
const length = fc.oneof(fc.nat(40), fc.nat(1500));
const simple: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('write' as const),
      at: fc.oneof({ weight: 3, arbitrary: place }, { weight: 1, arbitrary: fc.constant(null) }),
      length,
      fill: fc.integer({ min: 1, max: 255 }),
    }),
  },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('read' as const), at: place, length }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('truncate' as const), size: place }) },
);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 15, arbitrary: simple },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constantFrom(
        ...(['flush', 'flush', 'flush', 'sync', 'restart', 'complete', 'idle', 'check'] as const),
      ),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('together' as const),
      steps: fc.array(simple, { minLength: 2, maxLength: 4 }),
    }),
  },
);

/** How often each kind of step ran, and how often something else was to be seen. */
const counts = new Map<string, number>();

function count(what: string): void {
  counts.set(what, (counts.get(what) ?? 0) + 1);
}

/** One file, and what it must be. */
class Run {
  readonly #house: SpoolHouse;
  #file: SpoolFile;
  #bytes: Buffer;
  /** The bytes that were closed last; null while the file was changed since, or never closed. */
  #closed: Buffer | null = null;
  /** What it was made of. */
  readonly #original: Buffer;
  /** Whether reads may meet changes that are not answered yet. */
  #together = false;

  private constructor(house: SpoolHouse, file: SpoolFile, bytes: Buffer) {
    this.#house = house;
    this.#file = file;
    this.#bytes = bytes;
    this.#original = bytes;
  }

  static async begin(house: SpoolHouse, from: 'nothing' | 'base'): Promise<Run> {
    if (from === 'nothing') return new Run(house, await house.create(), Buffer.alloc(0));
    const { file, base } = await house.edit(BASE);
    return new Run(house, file, Buffer.from(base.bytes));
  }

  async take(step: Step): Promise<void> {
    count(step.kind);
    switch (step.kind) {
      case 'write': {
        await this.#write(step.at, Buffer.alloc(step.length, step.fill));
        return;
      }
      case 'read': {
        await this.#read(step.at, step.length);
        return;
      }
      case 'truncate': {
        await this.#truncate(step.size);
        return;
      }
      case 'flush': {
        await this.#flush();
        return;
      }
      case 'sync': {
        await this.#file.sync(callOf());
        return;
      }
      case 'restart': {
        await this.#restart();
        return;
      }
      case 'complete': {
        await this.#file.complete(callOf());
        return;
      }
      case 'idle': {
        await this.#house.env.clock.advance(10_000);
        return;
      }
      case 'check': {
        await this.#check();
        return;
      }
      case 'together':
        // They are begun in this order, and changes are done in the order in which they are begun.
        this.#together = true;
        await Promise.all(step.steps.map((one) => this.take(one)));
        this.#together = false;
    }
  }

  async end(): Promise<void> {
    await this.#check();
    await this.#flush();
    if (this.#file.phase === 'closed') await this.#checkSealed();
    await this.#house.spool.drop(this.#file.id);
    assert.deepEqual([this.#house.space.used, await this.#house.names()], [0, []]);
  }

  async #write(at: number | null, bytes: Buffer): Promise<void> {
    const start = at ?? this.#bytes.length;
    const end = start + bytes.length;
    const fits = bytes.length === 0 || end <= LARGEST;
    if (fits && bytes.length > 0) {
      const grown = Buffer.alloc(Math.max(end, this.#bytes.length));
      this.#bytes.copy(grown);
      bytes.copy(grown, start);
      this.#change(grown);
    }
    await this.#expect(fits, this.#file.write(at, bytes, callOf()));
  }

  async #truncate(size: number): Promise<void> {
    const fits = size <= LARGEST;
    if (fits) {
      const cut = Buffer.alloc(size);
      this.#bytes.copy(cut);
      this.#change(cut);
    }
    await this.#expect(fits, this.#file.truncate(size, callOf()));
  }

  async #read(at: number, wanted: number): Promise<void> {
    const bytes = Buffer.from(await this.#file.read(at, wanted, callOf()));
    if (this.#together) return;
    assert.ok(bytes.equals(this.#bytes.subarray(at, at + wanted)), `read ${at}+${wanted}`);
  }

  async #flush(): Promise<void> {
    const expected = this.#bytes;
    await this.#file.flush(callOf());
    if (this.#file.phase === 'closed') this.#closed = expected;
  }

  async #restart(): Promise<void> {
    const { id, phase } = this.#file;
    await this.#house.restart();
    const found = this.#house.spool.open(id);
    if (found === null) {
      // Nothing was changed in the copy of a file of the cloud: it is as if it had never been made.
      assert.ok(phase === 'draft' || this.#bytes.equals(this.#original), `${phase} is forgotten`);
      this.#file = (await this.#house.edit(BASE)).file;
      return;
    }
    assert.equal(found.phase, this.#closed === null ? 'draft' : 'closed');
    this.#file = found;
  }

  async #check(): Promise<void> {
    const bytes = Buffer.from(await this.#file.read(0, LARGEST * 2, callOf()));
    assert.equal(this.#file.size, this.#bytes.length);
    assert.ok(bytes.equals(this.#bytes), 'all bytes');
    const row = await this.#house.row(this.#file.id);
    assert.equal(row.state, this.#closed === null ? 'writing' : 'closed');
  }

  async #checkSealed(): Promise<void> {
    await this.#file.complete(callOf());
    const content = await this.#house.spool.contentOf(this.#file.id);
    const bytes = await content.read({ start: 0, end: content.size }, callOf().signal);
    assert.ok(Buffer.from(bytes).equals(this.#bytes), 'what would be uploaded');
    count('uploaded');
  }

  #change(bytes: Buffer): void {
    this.#bytes = bytes;
    this.#closed = null;
  }

  async #expect(fits: boolean, work: Promise<void>): Promise<void> {
    if (fits) {
      await work;
      return;
    }
    count('EFBIG');
    await assert.rejects(work, { errno: 'EFBIG' });
  }
}

describe('spool file under random use', function () {
  this.timeout(Math.max(60_000, RUNS * 500));
  let house: SpoolHouse;

  before(async () => {
    // Waiting for a disk finds nothing here: the kill test does.
    const memory = await mkdtemp(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'panfuse-spool-'));
    house = await SpoolHouse.open({ largest: LARGEST }, memory);
  });

  after(() => house.close());

  it('is what a buffer would be, and only what was closed is given to be uploaded', async () => {
    const from = fc.constantFrom('nothing' as const, 'base' as const);
    await fc.assert(
      fc.asyncProperty(
        from,
        fc.array(step, { minLength: 1, maxLength: STEPS, size: 'max' }),
        async (kind, steps) => {
          for (const { id } of house.spool.files()) await house.spool.drop(id);
          const run = await Run.begin(house, kind);
          for (const one of steps) await run.take(one);
          await run.end();
        },
      ),
      { numRuns: RUNS },
    );
    for (const what of [
      'write',
      'read',
      'truncate',
      'flush',
      'sync',
      'restart',
      'complete',
      'together',
      'uploaded',
      'EFBIG',
    ]) {
      assert.ok((counts.get(what) ?? 0) >= RUNS / 10, `${what}: ${counts.get(what) ?? 0}`);
    }
  });
});
