import assert from 'node:assert/strict';
import { callOf } from '../../fakes/calls.js';
import { bench, type Bench, FILM, fails, KIB, MIB } from './bench.js';
import { bytesOf, drive, type Fault } from './fake-cloud.js';

const RANGE = { start: 3 * MIB + 17, end: 3 * MIB + 17 + 151 };

/** Plays these faults to the first requests, one each. */
function play({ cdn }: Bench, ...faults: readonly Fault[]): void {
  const left = [...faults];
  cdn.fault = () => left.shift() ?? null;
}

async function read({ env, content, source }: Bench, range = RANGE): Promise<void> {
  const bytes = await drive(env.clock, content.readExactly(source, FILM, range, callOf()));
  assert.deepEqual(bytes, bytesOf('7', range.start, range.end));
}

describe('reading exactly', () => {
  it('asks for the bytes of the range in one request, and for no others', async () => {
    const room = bench();
    await read(room);
    assert.deepEqual(
      room.cdn.requests.map(({ start, end }) => ({ start, end })),
      [RANGE],
    );
    assert.deepEqual(room.content.status().bytes, { wanted: 151, fetched: 151 });
  });

  it('resumes what breaks at its byte', async () => {
    const room = bench();
    const range = { start: 0, end: 300 * KIB };
    play(room, { kind: 'network' }, { kind: 'cut', after: 100_000 }, { kind: 'short', after: 1 });
    await read(room, range);
    assert.deepEqual(
      room.cdn.requests.map(({ start }) => start),
      [0, 0, 100_000, 100_001],
    );
  });

  it('uses the link that readers use, and waits for its turn on it', async () => {
    const room = bench();
    await Promise.all(Array.from({ length: 8 }, () => read(room)));
    assert.equal(room.content.status().links.fetched, 1);
    assert.equal(room.cdn.refusedForCap, 0);
  });

  it('ends with ETIMEDOUT when no bytes come in time', async () => {
    const room = bench({ content: { readTimeout: 10_000 } });
    room.cdn.fault = () => ({ kind: 'network' });
    const { env, content, source } = room;
    const reading = content.readExactly(source, FILM, RANGE, callOf());
    await assert.rejects(drive(env.clock, reading), fails('ETIMEDOUT'));
  });

  it('ends with the reason of an abort', async () => {
    const { env, content, source, cdn } = bench();
    cdn.fault = () => ({ kind: 'stall', after: 0 });
    const abort = new AbortController();
    const reading = content.readExactly(source, FILM, RANGE, callOf('lookup', abort.signal));
    env.clock.after(1000, () => abort.abort(new Error('enough')));
    await assert.rejects(drive(env.clock, reading), /enough/);
  });
});
