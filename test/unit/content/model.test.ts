import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { OpenContent } from '../../../src/content/range-reader.js';
import { callOf } from '../../fakes/calls.js';
import { bench, type Bench, fails, KIB, MIB } from './bench.js';
import { bytesOf, drive, type Fault, fileOf, type SeenRequest } from './fake-cloud.js';

const FILES = ['11', '12', '13', '14', '15', '16'].map((id, index) =>
  fileOf(id, (5 + index * 7) * MIB + index),
);

const FAULTS: readonly Fault[] = [
  { kind: 'status', status: 403 },
  { kind: 'status', status: 404 },
  { kind: 'status', status: 429 },
  { kind: 'status', status: 503 },
  { kind: 'network' },
  { kind: 'cut', after: 100_000 },
  { kind: 'stall', after: 70_000 },
  { kind: 'short', after: 1 },
  { kind: 'shifted' },
  { kind: 'whole' },
  { kind: 'longer' },
];

interface Step {
  readonly what: 'sequential' | 'random' | 'abort' | 'slam' | 'pause';
  /** 0 to 1: where in the file, or when. */
  readonly where: number;
  readonly length: number;
}

interface Reader {
  readonly file: number;
  readonly steps: readonly Step[];
}

const step: fc.Arbitrary<Step> = fc.record({
  what: fc.constantFrom(
    'sequential',
    'sequential',
    'sequential',
    'random',
    'random',
    'abort',
    'slam',
    'pause',
  ),
  where: fc.double({ min: 0, max: 1, noNaN: true }),
  length: fc.oneof(fc.integer({ min: 1, max: 300 * KIB }), fc.constant(128 * KIB)),
});

const reader: fc.Arbitrary<Reader> = fc.record({
  file: fc.nat(FILES.length - 1),
  steps: fc.array(step, { minLength: 4, maxLength: 24, size: 'max' }),
});

/** Every byte is right; only a read that was aborted, or whose file was closed, may reject. */
async function play({ env, content, source }: Bench, { file: index, steps }: Reader): Promise<number> {
  const entry = FILES[index] ?? fileOf('0', 0);
  let file: OpenContent = content.open(source, entry);
  let position = 0;
  for (const { what, where, length } of steps) {
    if (what === 'random') position = Math.floor(where * entry.size);
    if (what === 'pause') await env.clock.sleep(where * 8000);
    if (what === 'abort' || what === 'slam') {
      const at = Math.floor(where * entry.size);
      const bytes = await interruptedRead(file, what, at, length, env.clock.sleep(where * 200));
      const expected = bytesOf(entry.id, at, Math.min(entry.size, at + length));
      assert.ok(bytes === null || Buffer.compare(bytes, expected) === 0);
      if (what === 'slam') file = content.open(source, entry);
      continue;
    }
    const bytes = await file.read(position, length, callOf('reader'));
    const expected = bytesOf(entry.id, position, Math.min(entry.size, position + length));
    assert.equal(Buffer.compare(bytes, expected), 0, `${entry.id} at ${position}, ${length} bytes`);
    position += bytes.length;
  }
  file.close();
  return steps.length;
}

/** Null when the read was ended by its program, which is killed, or by the file, which is closed. */
async function interruptedRead(
  file: OpenContent,
  how: 'abort' | 'slam',
  position: number,
  length: number,
  moment: Promise<void>,
): Promise<Uint8Array | null> {
  const killed = new AbortController();
  const reason = new Error('killed');
  const ended = file.read(position, length, callOf('reader', killed.signal)).then(
    (bytes) => bytes,
    (error: unknown) => {
      assert.ok(how === 'abort' ? error === reason : fails('EBADF')(error), String(error));
      return null;
    },
  );
  await moment;
  if (how === 'slam') file.close();
  killed.abort(reason);
  return ended;
}

/** Faults by chance, but never more than two at one place: a third may rightly end in an error. */
function faults(choices: readonly number[], seen: Set<string>): (request: SeenRequest) => Fault | null {
  const planted = new Map<string, number>();
  let count = 0;
  return ({ url, start }) => {
    const fault = FAULTS[choices[count % Math.max(1, choices.length)] ?? FAULTS.length] ?? null;
    count += 1;
    const place = `${new URL(url).pathname} ${start}`;
    const before = planted.get(place) ?? 0;
    if (fault === null || before >= 2) return null;
    planted.set(place, before + 1);
    seen.add(Object.values(fault).join(' '));
    return fault;
  };
}

async function run(room: Bench, readers: readonly Reader[]): Promise<number> {
  const { env, cdn, content } = room;
  const played = await drive(env.clock, Promise.all(readers.map((one) => play(room, one))), 3_600_000);
  await drive(env.clock, content.close());
  assert.deepEqual([cdn.open, content.status().memory.used], [0, 0]);
  assert.ok(
    cdn.mostPerFile <= 2 && cdn.mostOpen <= 8,
    `${cdn.mostPerFile} of a file, ${cdn.mostOpen} in all`,
  );
  assert.equal(cdn.refusedForCap, 0);
  assert.equal(env.clock.waiting, 0, 'a timer was left behind');
  return played.reduce((sum, count) => sum + count, 0);
}

describe('many readers', () => {
  const caps = { perLink: 2, perAccount: 8, chunk: 32 * KIB };

  it('get the right bytes on two connections a file, whatever they read', async function () {
    this.timeout(60_000);
    let operations = 0;
    const readers = fc.array(reader, { minLength: 16, maxLength: 16 });
    const property = fc.asyncProperty(readers, async (all) => {
      operations += await run(bench({ files: FILES, cdn: caps }), all);
    });
    await fc.assert(property, { numRuns: 20 });
    assert.ok(operations > 2000, `${operations} operations`);
  });

  it('get the right bytes although the cloud fails in every way', async function () {
    this.timeout(60_000);
    const seen = new Set<string>();
    const readers = fc.array(reader, { minLength: 4, maxLength: 10 });
    const choices = fc.array(fc.nat(FAULTS.length * 4), { minLength: 40, maxLength: 60 });
    const property = fc.asyncProperty(readers, choices, async (all, chosen) => {
      const room = bench({ files: FILES, cdn: caps });
      room.cdn.fault = faults(chosen, seen);
      await run(room, all);
    });
    await fc.assert(property, { numRuns: 30 });
    assert.deepEqual([...seen].sort(), FAULTS.map((fault) => Object.values(fault).join(' ')).sort());
  });

  it('all advance on two lanes of one file', async () => {
    const film = fileOf('7', 4096 * MIB);
    const room = bench({ files: [film], cdn: { ...caps, pace: 3, chunk: 64 * KIB } });
    const { env, cdn, content, source } = room;
    const read = Array.from({ length: 16 }, () => 0);
    const reading = read.map(async (_, index) => {
      const file = content.open(source, film);
      for (let at = index * 250 * MIB; env.clock.monotonic() < 12_000; at += 128 * KIB) {
        const bytes = await file.read(at, 128 * KIB, callOf('reader'));
        assert.equal(Buffer.compare(bytes, bytesOf('7', at, at + 128 * KIB)), 0);
        read[index] = (read[index] ?? 0) + bytes.length;
      }
    });
    await drive(env.clock, Promise.all(reading));
    await drive(env.clock, content.close());
    assert.ok(Math.min(...read) >= 4 * MIB, read.join(' '));
    assert.ok(Math.max(...read) <= Math.min(...read) + 16 * MIB, read.join(' '));
    assert.deepEqual([cdn.refusedForCap, cdn.mostPerFile], [0, 2]);
  });

  it('share a lane with one who reads slowly', async () => {
    const film = fileOf('7', 512 * MIB);
    const room = bench({ files: [film], cdn: { ...caps, perLink: 1, pace: 40 } });
    const { env, cloud, content, source } = room;
    cloud.maxConnections = 1;
    const slow = content.open(source, film);
    for (let at = 0; at < 8 * MIB; at += MIB) await drive(env.clock, slow.read(at, MIB, callOf()));
    await env.clock.advance(1000);
    assert.equal(content.status().accounts[0]?.busy, 1);
    const started = env.clock.monotonic();
    await drive(env.clock, content.open(source, film).read(100 * MIB, 128 * KIB, callOf()));
    assert.ok(env.clock.monotonic() - started < 300, 'an idle stream kept its lane');
    assert.deepEqual(
      await drive(env.clock, slow.read(13 * MIB, KIB, callOf())),
      bytesOf('7', 13 * MIB, 13 * MIB + KIB),
    );
  });
});
