import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { READING_FAULTS, type ReadingFault } from './house/fault-catalogue.js';
import type { FaultSetting } from './house/faults.js';
import { OpenClient } from './open-client.js';
import { hold, send } from './plain-http.js';
import { startCloud, type CloudProcess } from './process.js';

const LIST = { show_dir: '1', o: 'file_name', asc: '1', custom_order: '1' };
const RANGE = { range: 'bytes=1000-1999' };

/** Whether nothing comes within a short while. */
async function isSilent(request: Promise<unknown>): Promise<boolean> {
  request.catch(() => 'it is ended by the cloud’s own end');
  return (await Promise.race([request, delay(150, 'silent')])) === 'silent';
}

describe('faults of the emulated 115 Open', () => {
  let cloud: CloudProcess;
  let client: OpenClient;
  let folder: string;

  before(async () => {
    cloud = await startCloud({ library: 'empty' });
    client = new OpenClient(cloud);
    await cloud.addFile({ name: 'file.bin', size: 300_000 });
    folder = (await cloud.addDirectory('folder')).id;
    for (const name of ['a', 'b', 'c', 'd', 'e']) await cloud.addFile({ parent: folder, name, size: 1 });
  });

  afterEach(() => cloud.clearFault());

  after(() => cloud.stop());

  const info = () => client.get('/open/user/info');
  const list = (query: Readonly<Record<string, string>> = {}) =>
    client.list({ cid: folder, ...LIST, ...query });
  const names = async (query: Readonly<Record<string, string>> = {}) =>
    (await list(query)).data.map((entry) => entry.fn).join('');
  const getInfo = (query: Readonly<Record<string, string>>) => client.get('/open/folder/get_info', query);
  const part = async () => send(await client.link('file.bin'), { headers: RANGE });
  const refresh = (token: string) =>
    send(`${cloud.url}/open/refreshToken`, { form: { refresh_token: token } });
  const expected = (start: number, length: number) => cloud.bytes({ path: 'file.bin' }, start, length);

  /** What each fault does while it is on, one for each name of the catalogue. */
  const effects: Readonly<
    Record<ReadingFault, { readonly setting?: FaultSetting; readonly check: () => Promise<void> }>
  > = {
    'network-down': {
      check: async () => {
        await assert.rejects(info(), { code: 'ECONNRESET' });
      },
    },
    'api-throttle-770004': { check: async () => assert.equal((await info()).json()['code'], 770004) },
    'api-throttle-406': { check: async () => assert.equal((await info()).json()['code'], 406) },
    'api-429': {
      check: async () => {
        const { status, headers } = await info();
        assert.deepEqual([status, headers['x-ratelimit-reset']], [429, '60']);
      },
    },
    'api-html-405': {
      check: async () => {
        const { status, body } = await info();
        assert.equal(status, 405);
        assert.match(body.toString(), /<html/);
      },
    },
    'api-html-200': {
      check: async () => {
        const { status, body } = await info();
        assert.equal(status, 200);
        assert.match(body.toString(), /<html/);
      },
    },
    'api-empty-refusal': {
      check: async () => {
        const { state, code, message } = (await info()).json();
        assert.deepEqual([state, code, message], [false, 0, '']);
      },
    },
    'api-error': {
      setting: { value: 911 },
      check: async () => assert.equal((await info()).json()['code'], 911),
    },
    'api-5xx': { setting: { value: 504 }, check: async () => assert.equal((await info()).status, 504) },
    'api-reset': { check: async () => assert.rejects(info(), { code: 'ECONNRESET' }) },
    'api-hang': { check: async () => assert.ok(await isSilent(info())) },
    'api-slow': { setting: { value: 100 }, check: async () => assert.ok((await info()).took >= 99) },
    'api-lost-answer': { check: async () => assert.rejects(info(), { code: 'ECONNRESET' }) },
    'api-wrong-json': {
      check: async () => {
        const reply = await info();
        assert.equal(reply.status, 200);
        assert.throws(() => reply.json(), SyntaxError);
      },
    },
    'list-wrong-cid': { check: async () => assert.equal((await list()).cid, 0) },
    'list-page-repeated': {
      check: async () =>
        assert.equal((await names({ limit: '2' })) + (await names({ limit: '2', offset: '2' })), 'abab'),
    },
    'list-page-missing-entry': {
      check: async () => {
        const { data, count } = await list();
        assert.deepEqual([data.length, count], [4, 5]);
      },
    },
    'list-count-moves': { setting: { value: 3 }, check: async () => assert.equal((await list()).count, 8) },
    'list-empty-with-count': {
      check: async () => {
        const { data, count } = await list();
        assert.deepEqual([data, count], [[], 5]);
      },
    },
    'list-1150-refused': {
      setting: { value: 500 },
      check: async () => {
        assert.equal((await client.get('/open/ufile/files', { cid: folder, limit: '1150' })).status, 404);
        assert.equal((await client.get('/open/ufile/files', { cid: folder, limit: '500' })).status, 200);
      },
    },
    'list-order-refused': { check: async () => assert.equal((await list()).code, 20130827) },
    'token-expired': { check: async () => assert.equal((await info()).json()['code'], 40140125) },
    'refresh-dropped-answer': {
      check: async () => {
        const { refresh_token } = await cloud.newLogin();
        await assert.rejects(refresh(refresh_token), { code: 'ECONNRESET' });
      },
    },
    'refresh-too-often': { check: async () => assert.equal((await refresh('x')).json()['code'], 40140117) },
    'refresh-error-text': {
      check: async () => {
        const { code, error } = (await refresh('x')).json();
        assert.deepEqual([code, error], [0, 'refresh token error']);
      },
    },
    'refresh-error': { check: async () => assert.equal((await refresh('x')).json()['code'], 40140121) },
    'passport-5xx': { check: async () => assert.equal((await refresh('x')).status, 502) },
    'passport-reset': { check: async () => assert.rejects(refresh('x'), { code: 'ECONNRESET' }) },
    'passport-hang': { check: async () => assert.ok(await isSilent(refresh('x'))) },
    'link-403': {
      setting: { count: 1 },
      check: async () => {
        const link = await client.link('file.bin', 'link-403');
        const get = async (url: string) =>
          (await send(url, { headers: { 'user-agent': 'link-403' } })).status;
        assert.deepEqual([await get(link), await get(link)], [403, 403]);
        assert.equal(await get(await client.link('file.bin', 'link-403')), 200);
      },
    },
    'link-expired': { check: async () => assert.equal((await part()).status, 403) },
    'link-revoked': { check: async () => assert.equal((await part()).status, 403) },
    'cdn-403': { check: async () => assert.equal((await part()).status, 403) },
    'cdn-5xx': { check: async () => assert.equal((await part()).status, 503) },
    'cdn-late': { setting: { value: 100 }, check: async () => assert.ok((await part()).firstByte >= 99) },
    'cdn-cut': { setting: { value: 100 }, check: async () => assert.rejects(part(), { code: 'ECONNRESET' }) },
    'cdn-stall': { setting: { value: 100 }, check: async () => assert.ok(await isSilent(part())) },
    'cdn-stall-busy': {
      check: async () => {
        const big = await cloud.addFile({ name: 'big.bin', size: 2 ** 30 });
        const link = await client.link(big.name);
        const held = [await hold(link), await hold(link)];
        assert.ok(await isSilent(send(link)));
        for (const one of held) one.close();
      },
    },
    'cdn-short': {
      check: async () => {
        const { body, headers } = await part();
        assert.deepEqual([body.length, headers['content-range']], [999, 'bytes 1000-1999/300000']);
      },
    },
    'cdn-wrong-range': {
      check: async () => {
        const { body, headers } = await part();
        assert.equal(headers['content-range'], 'bytes 1001-2000/300000');
        assert.ok(body.equals(await expected(1001, 1000)));
      },
    },
    'cdn-200-for-206': {
      check: async () => {
        const { status, body } = await part();
        assert.deepEqual([status, body.length], [200, 300_000]);
      },
    },
    'cdn-wrong-bytes': {
      check: async () => {
        const { status, body } = await part();
        assert.deepEqual([status, body.length], [206, 1000]);
        assert.ok(!body.equals(await expected(1000, 1000)));
      },
    },
    'cdn-redirect': {
      check: async () => {
        const { status, headers } = await part();
        assert.equal(status, 302);
        const target = headers.location ?? '';
        assert.equal(new URL(target).hostname, 'localhost');
        assert.equal((await send(target.replace('localhost', '127.0.0.1'), { headers: RANGE })).status, 206);
      },
    },
    'cdn-slow': { setting: { value: 10_000 }, check: async () => assert.ok((await part()).took >= 90) },
    'file-changed': {
      check: async () => assert.equal((await part()).headers['content-range'], 'bytes 1000-1999/304096'),
    },
    'type-chaos': {
      check: async () => {
        const types = new Set<string>();
        for (let call = 0; call < 40; call += 1) types.add(typeof (await info()).json()['state']);
        assert.deepEqual([...types].sort(), ['boolean', 'number', 'string']);
      },
    },
    'documented-types': {
      check: async () => {
        const { data } = (await info()).json();
        assert.equal((data as { user_id: unknown }).user_id, '100012345');
      },
    },
    'data-array': {
      check: async () => assert.ok(Array.isArray((await getInfo({ path: '/file.bin' })).json()['data'])),
    },
    'info-empty': {
      check: async () => {
        const { state, data } = (await getInfo({ path: '/missing' })).json();
        assert.deepEqual([state, data], [true, []]);
      },
    },
    'info-zero-time': {
      check: async () => {
        const { data } = (await getInfo({ path: '/file.bin' })).json();
        assert.equal((data as { utime: unknown }).utime, '0');
      },
    },
  };

  for (const name of Object.keys(READING_FAULTS) as ReadingFault[]) {
    it(`${name}: ${READING_FAULTS[name].what}`, async () => {
      const { setting, check } = effects[name];
      const before = await cloud.fired(name);
      await cloud.fault(name, setting);
      await check();
      assert.ok((await cloud.fired(name)) > before);
      await cloud.clearFault(name);
      assert.equal((await info()).json()['state'], true);
    });
  }

  it('strike after the requests that were to pass, on what matches, then no more', async () => {
    await cloud.fault('api-5xx', { match: '/open/user/info', skip: 1, count: 1 });
    const statuses = [];
    for (let call = 0; call < 3; call += 1) statuses.push((await info()).status);
    assert.deepEqual(statuses, [200, 502, 200]);
    assert.equal((await list()).state, true);
  });

  it('reset the connections that are open when the network goes', async () => {
    await cloud.fault('cdn-stall', { value: 10 });
    const stalled = send(await client.link('file.bin'));
    await delay(50);
    await cloud.networkDown();
    await assert.rejects(stalled);
    await cloud.networkUp();
    assert.equal((await info()).status, 200);
  });
});
