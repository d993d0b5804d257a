import assert from 'node:assert/strict';
import type { DownloadLink } from '../../../../src/driver/driver.js';
import type { FileEntry } from '../../../../src/driver/entry.js';
import { MemoryCloud } from '../../../../src/drivers/memory/cloud.js';
import type { MemoryCloudOptions } from '../../../../src/drivers/memory/options.js';
import { patternContent, readContent } from '../../../../src/drivers/memory/content.js';
import { MemoryDriver } from '../../../../src/drivers/memory/driver.js';
import { MemoryTransport } from '../../../../src/drivers/memory/transport.js';
import { ROOT_ID } from '../../../../src/drivers/memory/tree.js';
import type { TransportRequest, TransportResponse } from '../../../../src/net/transport.js';
import { callOf } from '../../../fakes/calls.js';
import { type FakeEnv, fakeEnv } from '../../../fakes/fake-env.js';

const SIZE = 200_000;

interface Bench {
  readonly env: FakeEnv;
  readonly cloud: MemoryCloud;
  readonly file: FileEntry;
  readonly link: DownloadLink;
  readonly transport: MemoryTransport;
  readonly get: (
    headers?: Readonly<Record<string, string>>,
    more?: Partial<TransportRequest>,
  ) => Promise<TransportResponse>;
}

async function bench(options: MemoryCloudOptions = {}): Promise<Bench> {
  const env = fakeEnv();
  const cloud = new MemoryCloud(env, options);
  const file = cloud.addFile(ROOT_ID, 'film', patternContent(3, SIZE));
  const link = await new MemoryDriver(cloud, ROOT_ID).link(file, callOf('reader'));
  const transport = new MemoryTransport(cloud);
  const get: Bench['get'] = (headers = {}, more = {}) =>
    transport.request({
      method: 'GET',
      url: link.url,
      headers: { ...link.headers, ...headers },
      signal: callOf().signal,
      ...more,
    });
  return { env, cloud, file, link, transport, get };
}

async function bytesOf(response: TransportResponse): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of response.body) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function expected(start: number, end: number): Buffer {
  return Buffer.from(readContent(patternContent(3, SIZE), { start, end }));
}

describe('MemoryTransport', () => {
  it('answers ranges as RFC 9110 has them', async () => {
    const { get } = await bench();
    const cases: readonly (readonly [string, number, number])[] = [
      ['bytes=0-0', 0, 1],
      ['bytes=100-150000', 100, 150_001],
      ['bytes=199990-', SIZE - 10, SIZE],
      ['bytes=199990-999999', SIZE - 10, SIZE],
      ['bytes=-5', SIZE - 5, SIZE],
    ];
    for (const [range, start, end] of cases) {
      const response = await get({ Range: range });
      assert.equal(response.status, 206);
      assert.equal(response.headers.get('content-range'), `bytes ${start}-${end - 1}/${SIZE}`);
      assert.deepEqual(await bytesOf(response), expected(start, end));
    }
  });

  it('answers the whole file with 200 when no range is asked for', async () => {
    const { get } = await bench();
    const response = await get();
    assert.equal(response.status, 200);
    assert.equal(response.headers.get('content-length'), `${SIZE}`);
    assert.deepEqual(await bytesOf(response), expected(0, SIZE));
  });

  it('refuses a range beyond the end with 416', async () => {
    const { get, cloud } = await bench();
    const response = await get({ Range: `bytes=${SIZE}-` });
    assert.equal(response.status, 416);
    assert.equal(response.headers.get('content-range'), `bytes */${SIZE}`);
    assert.equal(cloud.links.open, 0);
  });

  it('refuses an expired link and another User-Agent with 403', async () => {
    const { get, env, link } = await bench();
    assert.equal((await get({ 'User-Agent': 'other' })).status, 403);
    await env.clock.advance((link.expiresAt ?? 0) - env.clock.now());
    const response = await get();
    assert.equal(response.status, 403);
    assert.equal(await response.text(), 'the link has expired');
  });

  it('refuses one connection too many until another ends', async () => {
    const { get, cloud } = await bench({ connectionsPerLink: 2 });
    const [first, second] = [await get(), await get()];
    assert.equal((await get()).status, 403);
    await first.discard();
    await first.discard();
    const third = await get();
    assert.equal(third.status, 200);
    await bytesOf(second);
    await bytesOf(third);
    assert.deepEqual([cloud.links.open, cloud.links.mostOpen], [0, 2]);
  });

  it('answers 404 for a removed file and for a link it never gave', async () => {
    const { get, cloud, file } = await bench();
    assert.equal((await get({}, { url: 'memory://cloud/1/1' })).status, 404);
    cloud.remove(file.id);
    assert.equal((await get()).status, 404);
    assert.equal(cloud.links.open, 0);
  });

  it('ends a body with the reason of the abort and frees its connection', async () => {
    const { get, cloud } = await bench();
    const abort = new AbortController();
    const response = await get({}, { signal: abort.signal });
    const body = response.body[Symbol.asyncIterator]();
    await body.next();
    const reason = new Error('enough');
    abort.abort(reason);
    await assert.rejects(body.next(), reason);
    assert.equal(cloud.links.open, 0);
  });

  it('frees the connection when the reader leaves the body early', async () => {
    const { get, cloud } = await bench();
    for await (const chunk of (await get()).body) {
      assert.ok(chunk.length < SIZE);
      break;
    }
    assert.equal(cloud.links.open, 0);
  });

  it('reads no more of a text than its limit', async () => {
    const { get, cloud } = await bench();
    assert.ok((await (await get()).text(10)).length <= 10);
    assert.equal(cloud.links.open, 0);
  });

  it('ends what is being read when it closes', async () => {
    const { get, transport } = await bench();
    const response = await get();
    await transport.close();
    await assert.rejects(bytesOf(response), { errno: 'EIO', reason: 'network' });
    await assert.rejects(get(), { errno: 'EIO', reason: 'network' });
  });
});
