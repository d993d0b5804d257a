import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync, statSync } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { LinksHouse } from './links-house.js';

const PLAYER = 'VLC/3.0.21 LibVLC/3.0.21';
const SIZE = 3_000_000;

describe('links', function () {
  this.timeout(60_000);
  let house: LinksHouse;
  let token: string;
  /** What the film holds. */
  let film: Buffer;

  before(async () => {
    house = await LinksHouse.open();
    token = readFileSync(join(house.folder, 'state', 'links-token'), 'utf8').trim();
    const content = { kind: 'seeded', seed: 'film' } as const;
    const item = await house.cloud.addFile({ name: '片 1.mkv', size: SIZE, content });
    film = await house.cloud.bytes({ id: item.id }, 0, SIZE);
    await house.cloud.addFile({ name: 'notes.txt', size: 10, content });
    await house.start();
  });
  after(() => house.close());
  beforeEach(() => house.cloud.clearFigures());

  const link = (userAgent?: string, path = 'films:/片 1.mkv') =>
    house.client.call('POST /v1/link', userAgent === undefined ? { path } : { path, userAgent });
  const folder = () => house.client.call('POST /v1/links/folder', { path: 'films:/' });

  async function get(url: string, headers: Readonly<Record<string, string>> = {}, method = 'GET') {
    const asked = request(url, { method, headers, agent: false });
    asked.end();
    const [answer] = (await once(asked, 'response')) as [IncomingMessage];
    return answer;
  }

  it('lead to the bytes for the User-Agent that was named, and for no other', async () => {
    const { url, headers, expiresAt, connections, size } = await link(PLAYER);
    assert.deepEqual([headers, connections, size], [{ 'User-Agent': PLAYER }, 2, SIZE]);
    assert.ok((expiresAt ?? 0) > Date.now());
    assert.ok((await buffer(await get(url, headers))).equals(film));
    assert.equal((await get(url, { 'User-Agent': 'other' })).statusCode, 403);
  });

  it('are the same for half an hour, and cost one call', async () => {
    const first = await link('same/1');
    assert.deepEqual(await link('same/1'), first);
    assert.equal((await house.cloud.figures()).calls.total, 1);
  });

  it('are bound to panfuse itself when nobody is named', async () => {
    const { url, headers } = await link();
    assert.equal((await get(url, headers)).statusCode, 200);
    assert.match(headers['User-Agent'] ?? '', /./);
  });

  it('are refused for a folder, for nothing, and for a User-Agent that fits into no header', async () => {
    await assert.rejects(link(PLAYER, 'films:/'), { errno: 'EISDIR' });
    await assert.rejects(link(PLAYER, 'films:/none'), { errno: 'ENOENT' });
    await assert.rejects(link(PLAYER, 'none'), { errno: 'EINVAL', message: /^path: / });
    await assert.rejects(link('a\r\nCookie: x'), { errno: 'EINVAL', message: /^userAgent: / });
    await assert.rejects(link('片'), { errno: 'EINVAL', message: /^userAgent: / });
  });

  it('through the listener are bound to who asks there', async () => {
    const { player } = await link(PLAYER);
    const answer = await get(player ?? '', { 'user-agent': 'mpv 0.39' });
    assert.equal(answer.statusCode, 302);
    const location = answer.headers.location ?? '';
    assert.ok((await buffer(await get(location, { 'user-agent': 'mpv 0.39' }))).equals(film));
    assert.equal((await get(location, { 'user-agent': PLAYER })).statusCode, 403);
  });

  it('with a cookie are streamed', async () => {
    await house.cloud.changeProfile({ linkMode: '3' });
    const { player } = await link(PLAYER, 'films:/notes.txt');
    const answer = await get(player ?? '', { 'user-agent': 'cookie/1' });
    await house.cloud.changeProfile({ linkMode: '1' });
    assert.deepEqual([answer.statusCode, (await buffer(answer)).length], [200, 10]);
  });

  it('are opened by the token of the state folder, which is for its owner alone', async () => {
    const { origin } = await folder();
    const path = `${origin ?? ''}/d/films/${encodeURIComponent('片 1.mkv')}`;
    assert.equal((await get(`${path}?token=${token}`, { 'user-agent': PLAYER })).statusCode, 302);
    assert.equal((await get(path, { 'user-agent': PLAYER })).statusCode, 403);
    const { mode } = statSync(join(house.folder, 'state', 'links-token'));
    assert.equal(mode & 0o777, 0o600);
    await house.start();
    assert.equal(readFileSync(join(house.folder, 'state', 'links-token'), 'utf8').trim(), token);
  });

  it('of a folder are those of links.strm, with what opens each', async () => {
    const { files, folders, mount, origin, trouble } = await folder();
    assert.deepEqual(
      [files.map(({ name }) => name), folders, mount, trouble],
      [['片 1.mkv'], [], null, null],
    );
    const answer = await get(`${origin ?? ''}${files[0]?.address ?? ''}`, {}, 'HEAD');
    assert.deepEqual([answer.statusCode, answer.headers['content-length']], [200, String(SIZE)]);
    const all = await house.client.call('POST /v1/links/folder', { path: 'films:/', extensions: ['TXT'] });
    assert.deepEqual(
      all.files.map(({ name }) => name),
      ['notes.txt'],
    );
  });

  it('stand behind the proxy of the drive', async () => {
    await house.start({ drive: { downloadProxy: 'https://proxy.example/' } });
    assert.match((await link(PLAYER)).url, /^https:\/\/proxy\.example\/http:\/\/127\.0\.0\.1:/);
    await house.start({ drive: { downloadProxy: 'https://proxy.example/get?url=' } });
    const behind = /^https:\/\/proxy\.example\/get\?url=http%3A%2F%2F127\.0\.0\.1%3A/;
    const { url, player } = await link(PLAYER);
    assert.match(url, behind);
    assert.match((await get(player ?? '', { 'user-agent': PLAYER })).headers.location ?? '', behind);
  });

  it('are for the address that is configured, and for nobody without a listener', async () => {
    await house.start({ links: { listen: '0.0.0.0:0' } });
    assert.match((await folder()).trouble ?? '', /set links\.url/);
    await house.start({ links: { listen: '127.0.0.1:0', url: 'https://media.example/f/' } });
    assert.match((await link(PLAYER)).player ?? '', /^https:\/\/media\.example\/f\/d\/films\//);
    await house.start({ links: {} });
    const { trouble, files } = await folder();
    assert.match(trouble ?? '', /set links\.listen/);
    assert.deepEqual([files[0]?.address, (await link(PLAYER)).player], [null, null]);
  });

  it('leave neither token nor signature in the log', async () => {
    await house.start();
    const { player, url } = await link(PLAYER);
    await get(`${player ?? ''}&proxy=1`);
    await get(`${(await folder()).origin ?? ''}/d/films/none?token=${token}`);
    const log = JSON.stringify(house.log.lines);
    const secrets = [
      token,
      new URL(player ?? '').searchParams.get('sign'),
      new URL(url).searchParams.get('k'),
    ];
    for (const secret of secrets) assert.equal(log.includes(secret ?? ''), false);
  });
});
