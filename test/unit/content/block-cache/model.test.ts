import assert from 'node:assert/strict';
import { open, rm, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import type { CachedFile } from '../../../../src/content/block-cache/cached-file.js';
import type { CacheKind } from '../../../../src/content/block-cache/content-folder.js';
import { slotOffset } from '../../../../src/content/block-cache/segment-format.js';
import { unitBytes } from '../../../../src/content/block-cache/units.js';
import { CacheHouse, MIB, span, unitOf } from './cache-house.js';

const SIZE = 17 * MIB + 5;
const UNITS = 137;
const KEYS = ['a', 'b', 'c'];

type Step =
  | {
      readonly kind: 'write';
      readonly key: string;
      readonly unit: number;
      readonly count: number;
      readonly as: CacheKind;
    }
  | { readonly kind: 'read'; readonly key: string; readonly unit: number; readonly count: number }
  | { readonly kind: 'damage' | 'truncate' | 'delete'; readonly which: number; readonly unit: number }
  | { readonly kind: 'settle' | 'restart' | 'empty' | 'close' }
  | { readonly kind: 'wait'; readonly ms: number };

// Few places, so that steps meet; both sides of a segment's edge, and the last unit, among them.
const unit = fc.oneof(fc.nat(11), fc.integer({ min: 122, max: UNITS - 1 }));
const key = fc.constantFrom(...KEYS);
const count = fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 12 }));

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      kind: fc.constant('write' as const),
      key,
      unit,
      count,
      as: fc.constantFrom('data', 'probe'),
    }),
  },
  { weight: 10, arbitrary: fc.record({ kind: fc.constant('read' as const), key, unit, count }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constantFrom('damage' as const, 'truncate' as const, 'delete' as const),
      which: fc.nat(5),
      unit: fc.nat(11),
    }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constantFrom('settle' as const, 'close' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('restart' as const, 'empty' as const) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.nat(70_000) }) },
);

/** What must be in the cache: all that it took, but for what may have been lost since. */
class Model {
  readonly #kept = new Set<string>();

  keep(name: string, place: number): void {
    this.#kept.add(`${name} ${place}`);
  }

  has(name: string, place: number): boolean {
    return this.#kept.has(`${name} ${place}`);
  }

  lose(name: string, places: readonly number[]): void {
    for (const place of places) this.#kept.delete(`${name} ${place}`);
  }

  loseAll(): void {
    this.#kept.clear();
  }
}

class Run {
  readonly #house: CacheHouse;
  readonly #model = new Model();
  readonly #certain: boolean;
  readonly #files = new Map<string, CachedFile>();
  hits = 0;

  /** Certain: the budget holds all, so that nothing is evicted. */
  constructor(house: CacheHouse, certain: boolean) {
    this.#house = house;
    this.#certain = certain;
  }

  async play(one: Step): Promise<void> {
    switch (one.kind) {
      case 'write': {
        await this.#write(one.key, this.#places(one), one.as);
        return;
      }
      case 'read': {
        await this.#read(one.key, this.#places(one));
        return;
      }
      case 'damage':
      case 'truncate':
      case 'delete': {
        await this.#harm(one);
        return;
      }
      case 'settle': {
        await this.#house.cache.settled();
        return;
      }
      case 'restart':
        this.#files.clear();
        {
          await this.#house.restart();
          return;
        }
      case 'close':
        for (const file of this.#files.values()) file.close();
        this.#files.clear();
        return;
      case 'empty':
        await this.#house.cache.settled();
        this.#model.loseAll();
        {
          await rm(this.#house.directory, { recursive: true, force: true });
          return;
        }
      case 'wait': {
        await this.#house.env.clock.advance(one.ms);
        return;
      }
    }
  }

  async #file(name: string): Promise<CachedFile> {
    const file = this.#files.get(name) ?? (await this.#house.file(name, SIZE));
    this.#files.set(name, file);
    await file.ready(0, UNITS);
    return file;
  }

  #places({ unit: first, count: length }: { readonly unit: number; readonly count: number }): number[] {
    return span(first, Math.min(UNITS, first + length));
  }

  /** What the cache believes to have it does not take: a reader finds out first that it is damaged. */
  async #write(name: string, places: readonly number[], kind: CacheKind): Promise<void> {
    const file = await this.#file(name);
    for (const place of places) {
      if (!file.has(place)) this.#model.keep(name, place);
      file.write(place, bytesOf(name, place), kind);
    }
  }

  async #read(name: string, places: readonly number[]): Promise<void> {
    const file = await this.#file(name);
    const what = `${name} ${places.join()}`;
    const bytes = await file.read(places[0] ?? 0, places.length);
    if (bytes === null) {
      const must = this.#certain && places.every((place) => this.#model.has(name, place));
      assert.ok(!must, `${what} is missing`);
    } else {
      const expected = Buffer.concat(places.map((place) => bytesOf(name, place)));
      assert.equal(Buffer.compare(bytes, expected), 0, `${what} is wrong`);
      this.hits += 1;
    }
  }

  async #harm(step: Extract<Step, { which: number }>): Promise<void> {
    await this.#house.cache.settled();
    const segments = await this.#house.segments();
    const name = segments[step.which % Math.max(1, segments.length)];
    if (name === undefined) return;
    const [content = '', index = '0'] = name.split('/').slice(1);
    const segment = span(0, 128).map((slot) => Number.parseInt(index) * 128 + slot);
    const lose = (places: readonly number[]): void => this.#model.lose(content.slice(0, 1), places);
    const path = join(this.#house.directory, name);
    if (step.kind === 'damage' && step.unit > 0) lose(segment.slice(step.unit, step.unit + 1));
    else lose(step.kind === 'truncate' && step.unit > 0 ? segment.slice(step.unit) : segment);
    if (step.kind === 'delete') {
      await rm(path);
      return;
    }
    if (step.kind === 'truncate') {
      await truncate(path, step.unit === 0 ? 500 : slotOffset(step.unit) + 9);
      return;
    }
    const file = await open(path, 'r+');
    await file.write(Buffer.from('damage'), 0, 6, step.unit === 0 ? 30 : slotOffset(step.unit));
    await file.close();
  }
}

function bytesOf(name: string, place: number): Buffer {
  return unitOf(name, place, unitBytes(SIZE, place, 1));
}

describe('the block cache, whatever happens to it,', function () {
  this.timeout(60_000);

  async function check(size: number, runs: number, certain: boolean): Promise<void> {
    let hits = 0;
    const steps = fc.array(step, { minLength: 20, maxLength: 60, size: 'max' });
    const property = fc.asyncProperty(steps, async (all) => {
      const house = await CacheHouse.open({ size, probes: certain ? size : 3 * MIB });
      const run = new Run(house, certain);
      try {
        for (const one of all) await run.play(one);
        await house.cache.settled();
        const { bytes, limit } = house.cache.status();
        assert.ok(bytes <= limit, `${bytes}`);
        hits += run.hits;
      } finally {
        await house.close();
      }
    });
    await fc.assert(property, { numRuns: runs });
    assert.ok(hits > runs, `${hits} reads were answered`);
  }

  it('gives every byte that it took, and no wrong one', () => check(256 * MIB, 60, true));

  it('gives no wrong byte while it evicts', () => check(3 * MIB, 60, false));
});
