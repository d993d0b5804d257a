import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { codeOf, OpenClient } from './open-client.js';
import { send } from './plain-http.js';
import { startCloud } from './process.js';
import { md5Of, ossError, UploadClient } from './upload-client.js';

describe('a cloud in a process of its own', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'cloud-'));
  });

  afterEach(() => rm(folder, { recursive: true }));

  it('keeps tree, logins and links over a restart with a state file', async () => {
    const state = join(folder, 'state.json');
    const first = await startCloud({ state });
    const added = await first.addFile({ name: 'kept.bin', size: 1000 });
    const { refresh_token } = await first.newLogin();
    const link = new URL(await new OpenClient(first).link('kept.bin'));
    await first.stop();
    const second = await startCloud({ state });
    try {
      assert.deepEqual(await second.item({ path: 'kept.bin' }), {
        ...added,
        sha1: await second.hash(added, 'sha1'),
      });
      assert.equal(codeOf(await send(`${second.url}/open/refreshToken`, { form: { refresh_token } })), 0);
      link.port = new URL(second.url).port;
      assert.equal((await send(link.href)).status, 200);
    } finally {
      await second.stop();
    }
  });

  it('keeps uploads, finished and not, and promised changes over a restart', async () => {
    const state = join(folder, 'state.json');
    const first = await startCloud({ state, library: 'empty' });
    const uploads = new UploadClient(first);
    const [done, begun] = [randomBytes(1000), randomBytes(204_800)];
    await uploads.upload({ name: 'done', bytes: done });
    const init = await uploads.init({ name: 'begun', bytes: begun });
    const id = await uploads.initiate(init.object);
    const token = await uploads.token();
    await uploads.part(init.object, id, 1, begun.subarray(0, 102_400));
    await first.addFile({ name: 'doomed', size: 1 });
    await first.fault('delete-slow', { value: 60_000 });
    const { id: doomed } = await first.item({ path: 'doomed' });
    await uploads.api.post('/open/ufile/delete', { file_ids: doomed });
    await uploads.api.post('/open/offline/add_task_urls', { urls: 'https://example.org/a' });
    await first.stop();
    const second = await startCloud({ state });
    try {
      const resumed = new UploadClient(second);
      assert.ok((await second.bytes({ path: 'done' }, 0, 1000)).equals(done));
      await resumed.part(init.object, id, 2, begun.subarray(102_400), { token });
      const etags = [begun.subarray(0, 102_400), begun.subarray(102_400)].map(md5Of);
      assert.equal(codeOf(await resumed.complete(init, id, etags)), 0);
      assert.ok((await second.bytes({ path: 'begun' }, 0, 204_800)).equals(begun));
      assert.equal((await second.item({ id: doomed })).trash, null);
      await second.advanceClock(60_000);
      assert.notEqual((await second.item({ id: doomed })).trash, null);
      assert.equal((await second.item({ path: '云下载/a' })).kind, 'file');
    } finally {
      await second.stop();
    }
  });

  it('takes over a state while it runs', async () => {
    const [one, other] = await Promise.all([startCloud(), startCloud({ library: 'empty' })]);
    try {
      assert.notEqual(one.url, other.url);
      await one.addFile({ name: 'only here', size: 1 });
      await assert.rejects(other.item({ path: 'only here' }), /no item/);
      await other.loadState(await one.saveState());
      assert.equal((await other.item({ path: 'only here' })).size, 1);
    } finally {
      await Promise.all([one.stop(), other.stop()]);
    }
  });

  it('writes a line of JSON for every request', async () => {
    const log = join(folder, 'log.ndjson');
    const cloud = await startCloud({ log });
    const client = new OpenClient(cloud);
    await send(await client.link('clip.mkv'), { headers: { range: 'bytes=0-99' } });
    await cloud.fault('api-throttle-770004');
    await client.get('/open/user/info');
    await cloud.stop();
    const lines = (await readFile(log, 'utf8'))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown);
    const [link, bytes, refused] = lines as Record<string, unknown>[];
    assert.equal(lines.length, 3);
    assert.deepEqual(
      [link?.['service'], link?.['method'], link?.['path']],
      ['api', 'POST', '/open/ufile/downurl'],
    );
    assert.deepEqual(
      [bytes?.['service'], bytes?.['status'], bytes?.['bytes'], bytes?.['range'], bytes?.['connections']],
      ['cdn', 206, 100, 'bytes=0-99', { link: 1, account: 1 }],
    );
    assert.deepEqual([refused?.['code'], refused?.['faults']], [770004, ['api-throttle-770004']]);
    assert.equal(refused?.['host'], new URL(cloud.url).host);
  });

  it('says what is wrong on the control path', async () => {
    const cloud = await startCloud({ library: 'empty' });
    try {
      await assert.rejects(cloud.changeProfile({ apiDelay: -1 }), /apiDelay must be a number/);
      await assert.rejects(cloud.remove({ id: '1' }), /no item/);
      const unknown = await send(`${cloud.url}/__cloud__/nothing`);
      assert.equal(unknown.status, 404);
      assert.match(unknown.body.toString(), /PUT \/__cloud__\/faults\/:name/);
    } finally {
      await cloud.stop();
    }
  });

  it('tells clients the address of the storage it was given, on its own port', async () => {
    const cloud = await startCloud({ library: 'empty', ossEndpoint: 'http://oss.localhost' });
    try {
      const { endpoint } = await new UploadClient(cloud).token();
      assert.equal(endpoint, `http://oss.localhost:${new URL(cloud.url).port}`);
      const reply = await send(`${cloud.url}/object`, { headers: { host: 'fhnfile.oss.localhost' } });
      assert.deepEqual(ossError(reply), [403, 'AccessDenied']);
    } finally {
      await cloud.stop();
    }
  });

  it('does not start with a wrong option', async () => {
    await assert.rejects(startCloud({ port: 99_999 }), /did not start \(exit 2\)/);
  });

  for (const [library, path, entries] of [
    ['wide-10000', 'wide', 10_000],
    ['tree-1000', 'tree', 20],
    ['50k', 'wide', 50_000],
  ] as const) {
    it(`offers the library ${library}`, async () => {
      const cloud = await startCloud({ library });
      try {
        const { id } = await cloud.item({ path });
        const reply = await new OpenClient(cloud).list({ cid: id, show_dir: '1', limit: '1150' });
        assert.deepEqual([reply.count, reply.data.length], [entries, Math.min(entries, 1150)]);
      } finally {
        await cloud.stop();
      }
    });
  }
});
