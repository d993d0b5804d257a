import assert from 'node:assert/strict';
import { FsError } from '../../../src/lib/errors.js';
import { callOf } from '../../fakes/calls.js';
import { bench, type Bench, FILM, fails, KIB, MIB } from './bench.js';
import { bytesOf, drive, type Fault, fileOf } from './fake-cloud.js';

/** Plays these faults to the first requests, one each. */
function play({ cdn }: Bench, ...faults: readonly Fault[]): void {
  const left = [...faults];
  cdn.fault = () => left.shift() ?? null;
}

async function readMiB({ env, content, source }: Bench): Promise<void> {
  const bytes = await drive(env.clock, content.open(source, FILM).read(MIB, MIB, callOf()));
  assert.deepEqual(bytes, bytesOf('7', MIB, 2 * MIB));
}

function failMiB({ env, content, source }: Bench): Promise<Uint8Array> {
  return drive(env.clock, content.open(source, FILM).read(MIB, MIB, callOf()));
}

describe('reading while the cloud fails', () => {
  it('resumes a cut connection at its byte', async () => {
    const room = bench();
    play(room, { kind: 'cut', after: 300_000 }, { kind: 'cut', after: 1 });
    await readMiB(room);
    assert.deepEqual(
      room.cdn.requests.slice(0, 3).map(({ start }) => start - MIB),
      [0, 300_000, 300_001],
    );
  });

  it('resumes a stalled connection at its byte', async () => {
    const room = bench({ content: { stall: 5000 } });
    play(room, { kind: 'stall', after: 500_000 });
    await readMiB(room);
    assert.equal(room.cdn.requests[1]?.start, MIB + 500_000);
    assert.ok(room.env.clock.monotonic() < 8000);
  });

  it('resumes an answer that ends early', async () => {
    const room = bench();
    play(room, { kind: 'short', after: 700_000 });
    await readMiB(room);
    assert.equal(room.cdn.requests[1]?.start, MIB + 700_000);
  });

  for (const fault of [
    { kind: 'status', status: 503 },
    { kind: 'status', status: 429 },
    { kind: 'network' },
    { kind: 'shifted' },
    { kind: 'whole' },
    { kind: 'longer' },
    { kind: 'status', status: 302 },
  ] satisfies readonly Fault[]) {
    it(`gets over two answers of the kind ${Object.values(fault).join(' ')}`, async () => {
      const room = bench();
      play(room, fault, fault);
      await readMiB(room);
      assert.ok(room.cdn.requests.length >= 2);
    });
  }

  for (const fault of [
    { kind: 'status', status: 500 },
    { kind: 'status', status: 429 },
    { kind: 'network' },
    { kind: 'cut', after: 0 },
    { kind: 'stall', after: 0 },
  ] satisfies readonly Fault[]) {
    it(`ends in ETIMEDOUT after the read timeout when ${Object.values(fault).join(' ')} goes on`, async () => {
      const room = bench();
      room.cdn.fault = () => fault;
      await assert.rejects(failMiB(room), fails('ETIMEDOUT', /7\.mkv: waited 2m for /));
      const took = room.env.clock.monotonic();
      assert.ok(took >= 120_000 && took < 120_100, `${took} ms`);
      assert.ok(room.cdn.requests.length < 60, 'no storm of requests');
      await room.env.clock.advance(1000);
      assert.equal(room.cdn.open, 0);
    });
  }

  for (const fault of [{ kind: 'shifted' }, { kind: 'whole' }] satisfies readonly Fault[]) {
    it(`ends in EIO at the third wrong answer of the kind ${fault.kind}`, async () => {
      const room = bench();
      room.cdn.fault = () => fault;
      await assert.rejects(failMiB(room), fails('EIO', /cdn\.test answered a range with/));
      assert.equal(room.cdn.requests.length, 3);
    });
  }

  it('ends in ESTALE when the file has another size now', async () => {
    const room = bench();
    play(room, { kind: 'resized', total: 5 * MIB });
    await assert.rejects(failMiB(room), fails('ESTALE', /7\.mkv/));
    assert.equal(room.cdn.requests.length, 1);
  });

  it('ends in ESTALE when the link is gone and the file too', async () => {
    const room = bench();
    play(room, { kind: 'status', status: 404 });
    room.cloud.found = () => null;
    await assert.rejects(failMiB(room), fails('ESTALE', /no longer in the cloud/));
  });

  it('ends in ESTALE when the link is gone and the file was replaced', async () => {
    const room = bench();
    play(room, { kind: 'status', status: 404 });
    room.cloud.found = () => fileOf('7', 5);
    await assert.rejects(failMiB(room), fails('ESTALE', /replaced/));
  });

  it('ends in ESTALE when there is no link because the file is gone', async () => {
    const room = bench();
    room.cloud.failure = new FsError('ENOENT', '7.mkv was deleted', { reason: 'gone' });
    await assert.rejects(failMiB(room), fails('ESTALE'));
  });

  it('ends in EACCES at once when the login is lost', async () => {
    const room = bench();
    room.cloud.failure = new FsError('EACCES', 'log in again', { reason: 'login' });
    await assert.rejects(failMiB(room), fails('EACCES', /log in again/));
    assert.equal(room.cloud.asked.length, 1);
  });

  it('waits for a link while the cloud is silent', async () => {
    const room = bench();
    room.cloud.failure = new FsError('ETIMEDOUT', 'no answer', { reason: 'network' });
    const reading = readMiB(room);
    await room.env.clock.advance(30_000);
    room.cloud.failure = null;
    await reading;
    assert.ok(room.cloud.asked.length < 10, `${room.cloud.asked.length} calls`);
  });

  for (const status of [401, 403, 404, 410]) {
    it(`renews a link that is answered ${status} in the middle of the file`, async () => {
      const room = bench();
      await readMiB(room);
      const [old] = room.cdn.requests;
      room.cdn.fault = ({ url }) => (url === old?.url ? { kind: 'status', status } : null);
      const file = room.content.open(room.source, FILM);
      const started = room.env.clock.monotonic();
      const bytes = await drive(room.env.clock, file.read(90 * MIB, MIB, callOf()));
      assert.deepEqual(bytes, bytesOf('7', 90 * MIB, 91 * MIB));
      assert.equal(room.cloud.asked.length, 2);
      assert.equal(room.content.status().links.renewed, 1);
      assert.ok(room.env.clock.monotonic() - started < 1000);
    });
  }

  it('renews a link that expires while it is read, without a refused request', async () => {
    const room = bench();
    room.cloud.life = 10_000;
    const file = room.content.open(room.source, FILM);
    for (let at = 0; at < 240 * MIB; at += 10 * MIB) {
      const bytes = await drive(room.env.clock, file.read(at, MIB, callOf()));
      assert.deepEqual(bytes, bytesOf('7', at, at + MIB));
      await room.env.clock.advance(2000);
    }
    assert.ok(
      room.cloud.asked.length >= 4 && room.cloud.asked.length <= 8,
      `${room.cloud.asked.length} calls`,
    );
  });

  it('does not use a link that expired while a lane was waited for', async () => {
    const { env, cdn, cloud, content, source } = bench({ cdn: { pace: 5000 } });
    cloud.maxConnections = 1;
    cloud.life = 10_000;
    const busy = content.open(source, FILM).read(0, 128 * KIB, callOf());
    await env.clock.advance(100);
    const late = content.open(source, FILM).read(50 * MIB, 10, callOf());
    await drive(env.clock, Promise.all([busy, late]));
    assert.deepEqual([cdn.requests.length, cloud.asked.length], [2, 2]);
    assert.notEqual(cdn.requests[0]?.url, cdn.requests[1]?.url);
  });

  it('asks for one link for twenty readers whose link was refused', async () => {
    const room = bench();
    const { env, cdn, cloud, content, source } = room;
    await readMiB(room);
    const [old] = cdn.requests;
    cdn.fault = ({ url }) => (url === old?.url ? { kind: 'status', status: 403 } : null);
    const reads = Array.from({ length: 20 }, (_, index) =>
      content.open(source, FILM).read(index * 10 * MIB, 64 * KIB, callOf()),
    );
    for (const [index, bytes] of (await drive(env.clock, Promise.all(reads))).entries()) {
      assert.deepEqual(bytes, bytesOf('7', index * 10 * MIB, index * 10 * MIB + 64 * KIB));
    }
    assert.equal(cloud.asked.length, 2);
    assert.equal(cdn.refusedForCap, 0);
  });

  it('waits for its lane when the cloud allows fewer connections than the link says', async () => {
    const room = bench({ cdn: { perLink: 1 } });
    const { env, cdn, cloud, content, source } = room;
    const reads = Array.from({ length: 12 }, (_, index) =>
      content.open(source, FILM).read(index * 10 * MIB, MIB, callOf()),
    );
    for (const [index, bytes] of (await drive(env.clock, Promise.all(reads))).entries()) {
      assert.deepEqual(bytes, bytesOf('7', index * 10 * MIB, index * 10 * MIB + MIB));
    }
    assert.equal(cloud.asked.length, 1);
    assert.ok(cdn.refusedForCap <= 2, `${cdn.refusedForCap} refusals`);
  });

  it('waits for connections that another program holds', async () => {
    const room = bench();
    room.cdn.perLink = 0;
    room.cloud.life = 3_600_000;
    const reading = readMiB(room);
    await room.env.clock.advance(400);
    room.cdn.perLink = 2;
    await reading;
    assert.equal(room.cloud.asked.length, 1);
  });

  it('waits for others who hold the connections of the account', async () => {
    const room = bench();
    const { env, cdn, cloud } = room;
    cdn.fault = () => (env.clock.monotonic() < 1500 ? { kind: 'status', status: 403 } : null);
    await readMiB(room);
    assert.ok(cdn.requests.length <= 6, `${cdn.requests.length} requests`);
    assert.ok(cloud.asked.length <= 2, `${cloud.asked.length} links`);
  });

  it('asks for another link when a new one was withdrawn', async () => {
    const room = bench();
    const { cdn, cloud } = room;
    cdn.fault = ({ url }) => (url.endsWith('n=1') ? { kind: 'status', status: 403 } : null);
    await readMiB(room);
    assert.equal(cloud.asked.length, 2);
  });

  it('ends in EACCES in words when new links are refused for two seconds with nothing else open', async () => {
    const room = bench();
    room.cdn.fault = () => ({ kind: 'status', status: 403 });
    await assert.rejects(failMiB(room), fails('EACCES', /7\.mkv: the cloud answered 403/));
    assert.equal(room.cdn.requests.length, 6);
    assert.equal(room.cloud.asked.length, 2);
    assert.ok(room.env.clock.monotonic() < 3000, `${room.env.clock.monotonic()} ms`);
  });

  it('says what it waited for when lanes stay busy', async () => {
    const { env, cloud, content, source } = bench({ cdn: { pace: 50_000 }, content: { stall: 600_000 } });
    cloud.maxConnections = 1;
    const busy = content.open(source, FILM);
    const first = busy.read(0, 128 * KIB, callOf());
    await env.clock.advance(100);
    const read = content.open(source, FILM).read(100 * MIB, 10, callOf());
    const ending = assert.rejects(read, fails('ETIMEDOUT', /waited 2m for a free connection/));
    await drive(env.clock, first);
    const second = busy.read(128 * KIB, 64 * KIB, callOf());
    await drive(env.clock, ending);
    await drive(env.clock, second);
    await drive(env.clock, content.close());
  });

  it('reads on after a read has failed', async () => {
    const room = bench();
    const { env, cdn, content, source } = room;
    const file = content.open(source, FILM);
    cdn.fault = () => ({ kind: 'whole' });
    await assert.rejects(drive(env.clock, file.read(0, KIB, callOf())), fails('EIO'));
    cdn.fault = () => null;
    assert.deepEqual(await drive(env.clock, file.read(0, KIB, callOf())), bytesOf('7', 0, KIB));
  });
});
