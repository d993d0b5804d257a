import assert from 'node:assert/strict';
import { expectedBytes } from './house/content.js';
import { codeOf, OpenClient } from './open-client.js';
import { hold, send, type HeldConnection } from './plain-http.js';
import { startCloud, type CloudProcess } from './process.js';

const MIB = 1024 * 1024;

describe('emulated 115 Open, download', () => {
  let cloud: CloudProcess;
  let client: OpenClient;

  before(async () => {
    cloud = await startCloud({ library: 'small' });
    client = new OpenClient(cloud);
  });

  after(() => cloud.stop());

  const untilOpen = async (connections: number): Promise<void> => {
    for (;;) {
      const { open } = (await cloud.figures()).accounts;
      if (Object.values(open).reduce((sum, count) => sum + count, 0) === connections) return;
    }
  };

  it('gives a file whose name looks like a step in a path a link that can be fetched', async () => {
    for (const name of ['.', '..']) {
      await cloud.addFile({ name, size: 3 });
      const { status, body } = await send(await client.link(name));
      assert.deepEqual([status, body.length], [200, 3], name);
    }
  });

  const ranges: readonly (readonly [header: string, start: number, end: number])[] = [
    ['bytes=0-0', 0, 1],
    ['bytes=1000-1150', 1000, 1151],
    ['bytes=65530-131080', 65_530, 131_081],
    ['bytes=8388600-', 8_388_600, 8 * MIB],
    ['bytes=-10', 8 * MIB - 10, 8 * MIB],
    ['bytes=8388600-99999999', 8_388_600, 8 * MIB],
  ];
  for (const [header, start, end] of ranges) {
    it(`answers ${header} with exactly these bytes`, async () => {
      const reply = await send(await client.link('film-8m.mkv'), { headers: { range: header } });
      assert.deepEqual(
        [reply.status, reply.headers['content-range'], reply.headers['content-length']],
        [206, `bytes ${start}-${end - 1}/${8 * MIB}`, String(end - start)],
      );
      const { content } = await cloud.item({ path: 'film-8m.mkv' });
      assert.ok(content !== null);
      assert.ok(reply.body.equals(await expectedBytes(content, start, end - start)));
      assert.ok(reply.body.equals(await cloud.bytes({ path: 'film-8m.mkv' }, start, end - start)));
    });
  }

  it('answers 200 with the whole file without a range', async () => {
    const reply = await send(await client.link('clip.mkv'));
    assert.deepEqual([reply.status, reply.body.length], [200, 2_097_152]);
    assert.ok(reply.body.every((byte, index) => byte === index % 251));
  });

  it('answers 416 beyond the end', async () => {
    const reply = await send(await client.link('one-byte.bin'), { headers: { range: 'bytes=1-2' } });
    assert.deepEqual([reply.status, reply.headers['content-range']], [416, 'bytes */1']);
  });

  it('refuses another user agent, another query and an expired link', async () => {
    const link = await client.link('clip.mkv');
    const status = async (url: string, agent = 'self-test'): Promise<number> =>
      (await send(url, { headers: { 'user-agent': agent, range: 'bytes=0-0' } })).status;
    assert.equal(await status(link), 206);
    assert.equal(await status(link, 'another'), 403);
    assert.equal(await status(link.replace('c=2', 'c=9')), 403);
    assert.equal(await status(link.replace(/k=./, 'k=g')), 403);
    await cloud.advanceClock(3_601_000);
    assert.equal(await status(link), 403);
    const reasons = (await cloud.log()).flatMap((entry) => entry.reason ?? []);
    assert.deepEqual(reasons.slice(-4), ['other user agent', 'bad signature', 'bad signature', 'expired']);
    await cloud.advanceClock(-3_601_000);
  });

  it('ends every link when they are revoked', async () => {
    const link = await client.link('clip.mkv');
    await cloud.revokeLinks();
    assert.equal((await send(link)).status, 403);
    assert.equal((await send(await client.link('clip.mkv'))).status, 200);
  });

  it('asks for the cookie of the link call in mode 3', async () => {
    await cloud.changeProfile({ linkMode: '3' });
    const { pickCode, id } = await cloud.item({ path: 'clip.mkv' });
    const reply = await client.post(
      '/open/ufile/downurl',
      { pick_code: pickCode },
      { 'user-agent': 'self-test' },
    );
    const { url } = (reply.json()['data'] as Record<string, { url: { url: string } }>)[id]?.url ?? {
      url: '',
    };
    const without = await send(url);
    assert.deepEqual([without.status, without.body.toString()], [403, 'no cookie value']);
    const cookie = reply.headers['set-cookie']?.[0]?.split(';')[0] ?? '';
    assert.equal((await send(url, { headers: { cookie } })).status, 200);
    await cloud.changeProfile({ linkMode: '1' });
  });

  it('refuses a third connection of a link until one is given back', async () => {
    const link = await client.link('film-1g.mkv');
    const [first, second] = [await hold(link), await hold(link)];
    assert.equal((await send(link, { headers: { range: 'bytes=0-0' } })).status, 403);
    first.close();
    await untilOpen(1);
    assert.equal((await send(link, { headers: { range: 'bytes=0-0' } })).status, 206);
    second.close();
    await untilOpen(0);
    const { highest, refused } = (await cloud.figures()).links;
    assert.deepEqual([highest, refused], [2, 1]);
  });

  it('refuses the connection above the limit of the account', async () => {
    await cloud.changeProfile({ connectionsPerAccount: 3 });
    const held: HeldConnection[] = [];
    for (const agent of ['a', 'a', 'b']) {
      held.push(await hold(await client.link('film-1g.mkv', agent), { 'user-agent': agent }));
    }
    const refused = await send(await client.link('film-1g.mkv', 'b'), { headers: { 'user-agent': 'b' } });
    assert.deepEqual([held.map((one) => one.status), refused.status], [[200, 200, 200], 403]);
    for (const one of held) one.close();
    await untilOpen(0);
    await cloud.changeProfile({ connectionsPerAccount: null });
  });

  it('gives links for several pick codes at once', async () => {
    const items = [await cloud.item({ path: 'clip.mkv' }), await cloud.item({ path: 'film-8m.mkv' })];
    const reply = await client.post('/open/ufile/downurl', {
      pick_code: items.map((item) => item.pickCode).join(','),
    });
    assert.deepEqual(Object.keys(reply.json()['data'] as object).sort(), items.map((item) => item.id).sort());
  });

  it('gives no link for folders and what is missing, deleted or incomplete', async () => {
    const ask = (pickCode: string) => client.post('/open/ufile/downurl', { pick_code: pickCode });
    const folder = await cloud.item({ path: 'folder' });
    const data = (await ask(folder.pickCode)).json()['data'] as Record<string, { url: unknown }>;
    assert.equal(data[folder.id]?.url, false);
    const gone = await cloud.addFile({ name: 'gone.bin', size: 1 });
    await cloud.remove({ id: gone.id });
    const incomplete = await cloud.addFile({ name: 'half.bin', size: 10, complete: false });
    const codes = [
      await ask('anosuchcode123456'),
      await ask(gone.pickCode),
      await ask(incomplete.pickCode),
      await ask(''),
    ];
    assert.deepEqual(codes.map(codeOf), [50003, 70005, 70004, 50001]);
  });

  it('keeps serving a deleted file through its link, and answers 404 when it was purged', async () => {
    const { id } = await cloud.addFile({ name: 'short-lived.bin', size: 100 });
    const link = await client.link('short-lived.bin');
    await cloud.remove({ id });
    assert.equal((await send(link)).status, 200);
    await cloud.purge({ id });
    assert.equal((await send(link)).status, 404);
  });

  it('replaces a file by a new one under the same name', async () => {
    const old = await cloud.addFile({ name: 'replaced.bin', size: 100 });
    const link = await client.link('replaced.bin');
    const fresh = await cloud.replace({ id: old.id }, { size: 200 });
    assert.notEqual(fresh.id, old.id);
    assert.equal((await send(link)).body.length, 100);
    assert.equal((await send(await client.link('replaced.bin'))).body.length, 200);
  });

  it('serves a file of 100 GiB at any place', async () => {
    const size = 100 * 1024 ** 3;
    await cloud.addFile({ name: 'huge.mkv', size });
    const reply = await send(await client.link('huge.mkv'), { headers: { range: `bytes=${size - 5}-` } });
    assert.ok(reply.body.equals(await cloud.bytes({ path: 'huge.mkv' }, size - 5, 5)));
  });

  it('lists the true SHA-1 of its generated films', async () => {
    const { sha1 } = await cloud.item({ path: 'film-1g.mkv' });
    assert.equal(await cloud.hash({ path: 'film-1g.mkv' }, 'sha1'), sha1);
  });
});
