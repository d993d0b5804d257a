import assert from 'node:assert/strict';
import { codeOf, OpenClient } from './open-client.js';
import { send } from './plain-http.js';
import { startCloud, type CloudProcess } from './process.js';
import { UploadClient } from './upload-client.js';

const RATE = 20_000_000;

/** Bounds are "at least": a busy machine makes things late, never early. */
describe('emulated 115 Open, profile like115', () => {
  let cloud: CloudProcess;
  let client: OpenClient;

  before(async () => {
    cloud = await startCloud({ profile: 'like115' });
    client = new OpenClient(cloud);
  });

  beforeEach(() => cloud.resetLimits());

  after(() => cloud.stop());

  it('takes 50 ms for a call', async () => {
    const { took } = await client.get('/open/user/info');
    assert.ok(took >= 49, `${took} ms`);
  });

  it('takes 30 ms to the first byte', async () => {
    const { firstByte } = await send(await client.link('clip.mkv'), { headers: { range: 'bytes=0-0' } });
    assert.ok(firstByte >= 29, `${firstByte} ms`);
  });

  it('never sends faster than 20 MB/s on one connection, and not much slower', async () => {
    const bytes = 8_000_000;
    const { took, firstByte } = await send(await client.link('film-8m.mkv'), {
      headers: { range: `bytes=0-${bytes - 1}` },
    });
    const seconds = (took - firstByte) / 1000;
    assert.ok(seconds >= bytes / RATE - 0.05, `${seconds} s`);
    // Far above what an idle machine needs, far below what a wrong unit would take.
    assert.ok(seconds < (bytes / RATE) * 5, `${seconds} s`);
  });

  it('gives two connections of a link their rate each', async () => {
    const bytes = 4_000_000;
    const link = await client.link('film-8m.mkv');
    const began = performance.now();
    await Promise.all(
      [0, bytes].map((start) => send(link, { headers: { range: `bytes=${start}-${start + bytes - 1}` } })),
    );
    const seconds = (performance.now() - began) / 1000;
    assert.ok(seconds >= bytes / RATE - 0.05, `${seconds} s`);
    assert.equal((await cloud.figures()).links.highest, 2);
  });

  it('takes 30 ms for a storage request and no more than 20 MB/s of an upload', async () => {
    const uploads = new UploadClient(cloud);
    const token = await uploads.token();
    const small = await uploads.oss('PUT', 'small', { body: 'x', token });
    assert.ok(small.took >= 29, `${small.took} ms`);
    const bytes = Buffer.alloc(6_000_000, 1);
    const { took, status } = await uploads.oss('PUT', 'large', { body: bytes, token });
    assert.equal(status, 200);
    assert.ok(took / 1000 >= bytes.length / RATE - 0.05, `${took} ms`);
    assert.ok(took / 1000 < (bytes.length / RATE) * 5, `${took} ms`);
  });

  it('lets five calls through at once and refuses the others', async () => {
    const began = performance.now();
    const burst = await Promise.all(Array.from({ length: 12 }, () => client.get('/open/user/info')));
    const gained = Math.ceil((performance.now() - began) / 1000);
    const passed = burst.filter((reply) => codeOf(reply) === 0).length;
    assert.ok(passed >= 5 && passed <= 5 + gained, String(passed));
    assert.ok(burst.every((reply) => [0, 770004].includes(Number(codeOf(reply)))));
  });

  it('goes on refusing for a minute after each call that was too many', async () => {
    await Promise.all(Array.from({ length: 12 }, () => client.get('/open/user/info')));
    for (let again = 0; again < 2; again += 1) {
      await cloud.advanceClock(45_000);
      assert.equal(codeOf(await client.get('/open/user/info')), 770004);
    }
    await cloud.advanceClock(60_001);
    assert.equal(codeOf(await client.get('/open/user/info')), 0);
  });

  it('sustains one call a second', async () => {
    for (let call = 0; call < 5; call += 1) await client.get('/open/user/info');
    for (let call = 0; call < 10; call += 1) {
      await cloud.advanceClock(1000);
      assert.equal(codeOf(await client.get('/open/user/info')), 0, `call ${call}`);
    }
  });

  it('refuses with 406 above the budget of a day', async () => {
    await cloud.changeProfile({ apiPerDay: 2 });
    const codes = [];
    for (let call = 0; call < 3; call += 1) codes.push(codeOf(await client.get('/open/user/info')));
    assert.deepEqual(codes, [0, 0, 406]);
    await cloud.changeProfile({ apiPerDay: null });
  });

  it('measures the rate of calls', async () => {
    await cloud.clearFigures();
    await Promise.all(Array.from({ length: 4 }, () => client.get('/open/user/info')));
    const { total, byName, burstAtOnePerSecond } = (await cloud.figures()).calls;
    assert.deepEqual([total, byName], [4, { 'user/info': 4 }]);
    assert.ok(burstAtOnePerSecond >= 1 && burstAtOnePerSecond <= 4, String(burstAtOnePerSecond));
  });
});
