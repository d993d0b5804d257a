import assert from 'node:assert/strict';
import { LinkCache, type LinkCacheOptions, type StoredLink } from '../../../src/content/link-cache.js';
import type { LinkReceiver } from '../../../src/content/link.js';
import { FsError } from '../../../src/lib/errors.js';
import { callOf } from '../../fakes/calls.js';
import { settle } from '../../fakes/fake-clock.js';
import { type FakeEnv, fakeEnv } from '../../fakes/fake-env.js';
import { FILM, fails } from './bench.js';
import { drive, FakeDriver, FakeStore, fileOf } from './fake-cloud.js';

const HOUR = 3_600_000;

function setUp(options?: LinkCacheOptions) {
  const env: FakeEnv = fakeEnv();
  const cloud = new FakeDriver(env.clock);
  const store = new FakeStore<StoredLink>(env.clock);
  const cache = new LinkCache(env, store, options);
  const owner = { account: 'main', driver: cloud.driver, file: FILM };
  const get = () => drive(env.clock, cache.get(owner, callOf()));
  return { env, cloud, store, cache, owner, get };
}

describe('LinkCache', () => {
  it('asks once for all who need a link at the same time', async () => {
    const { env, cloud, cache, owner } = setUp();
    const wishes = Array.from({ length: 20 }, () => cache.get(owner, callOf()));
    const links = await drive(env.clock, Promise.all(wishes));
    assert.equal(new Set(links).size, 1);
    assert.equal(cloud.asked.length, 1);
  });

  it('keeps links of accounts, files and user agents apart', async () => {
    const { env, cloud, store, cache, owner, get } = setUp();
    await get();
    await drive(env.clock, cache.get({ ...owner, account: 'other' }, callOf()));
    await drive(env.clock, cache.get({ ...owner, file: fileOf('8', 10) }, callOf()));
    const player = new LinkCache(env, store, { userAgent: 'player/1' });
    const link = await drive(env.clock, player.get(owner, callOf()));
    assert.equal(link.headers['user-agent'], 'player/1');
    assert.equal(cloud.asked.length, 4);
  });

  describe('for somebody outside', () => {
    it('keeps a link for each User-Agent and machine, and apart from those that are read with', async () => {
      const { env, cloud, cache, owner, get } = setUp();
      const hand = (handedTo: LinkReceiver) => drive(env.clock, cache.get({ ...owner, handedTo }, callOf()));
      const own = await get();
      const players = [await hand({ userAgent: 'a/1' }), await hand({ userAgent: 'b/2' }), await hand({})];
      players.push(await hand({ userAgent: 'b/2', address: '10.0.0.2' }));
      assert.deepEqual(
        players.map(({ headers }) => headers['user-agent']),
        ['a/1', 'b/2', 'driver', 'b/2'],
      );
      assert.equal(new Set([own, ...players].map(({ url }) => url)).size, 5);
      assert.deepEqual(cloud.asked.at(-1)?.options, { userAgent: 'b/2' });
      assert.deepEqual([await get(), await hand({ userAgent: 'a/1' })], [own, players[0]]);
      assert.equal(cloud.asked.length, 5);
    });

    it('hands out no link that is older than half an hour, stored or not', async () => {
      const { env, store, cache, owner, get } = setUp();
      const hand = (from: LinkCache) =>
        drive(env.clock, from.get({ ...owner, handedTo: { userAgent: 'a/1' } }, callOf()));
      const [own, first] = [await get(), await hand(cache)];
      await env.clock.advance(HOUR / 2 - 1000);
      assert.equal(await hand(cache), first);
      await env.clock.advance(1000);
      await cache.close();
      assert.notEqual((await hand(new LinkCache(env, store))).url, first.url);
      assert.notEqual(await hand(cache), first);
      assert.equal(await get(), own);
    });
  });

  it('uses a stored link after a restart', async () => {
    const { env, cloud, store, cache, owner, get } = setUp();
    const { url } = await get();
    await cache.close();
    const restarted = new LinkCache(env, store);
    assert.equal((await restarted.get(owner, callOf())).url, url);
    assert.equal(cloud.asked.length, 1);
  });

  it('drops stored links that have expired', async () => {
    const { env, cloud, store, cache, owner, get } = setUp();
    await get();
    await cache.close();
    await env.clock.advance(HOUR);
    const restarted = new LinkCache(env, store);
    await drive(env.clock, restarted.get({ ...owner, file: fileOf('8', 10) }, callOf()));
    await restarted.close();
    assert.deepEqual(
      [...store.rows.keys()].map((key) => (JSON.parse(key) as string[])[1]),
      ['8'],
    );
    assert.equal(cloud.asked.length, 2);
  });

  it('renews a link its margin before it expires', async () => {
    const { env, cache, get } = setUp();
    const first = await get();
    await env.clock.advance(HOUR - 300_000 - 1000);
    assert.equal(await get(), first);
    await env.clock.advance(1000);
    assert.equal(cache.isCurrent(first), false);
    assert.notEqual(await get(), first);
    assert.deepEqual(cache.status(), {
      cached: 1,
      fetched: 2,
      renewed: 1,
      ahead: { fetched: 0, used: 0 },
    });
  });

  it('uses most of the life of a short-lived link', async () => {
    const { env, cloud, get } = setUp();
    cloud.life = 10_000;
    const first = await get();
    await env.clock.advance(8900);
    assert.equal(await get(), first);
    await env.clock.advance(200);
    assert.notEqual(await get(), first);
  });

  it('trusts a new link that seems to have expired, because then the clock here is wrong', async () => {
    const { cloud, get } = setUp();
    cloud.life = -HOUR;
    assert.equal(await get(), await get());
    assert.equal(cloud.asked.length, 1);
  });

  it('renews a refused link once for all who were refused', async () => {
    const { env, cloud, cache, owner, get } = setUp();
    const refused = await get();
    cache.worked(refused);
    const renewals = Array.from({ length: 20 }, () => cache.renew(refused, owner, callOf()));
    const links = new Set(await drive(env.clock, Promise.all(renewals)));
    const late = await drive(env.clock, cache.renew(refused, owner, callOf()));
    assert.deepEqual([...links], [late]);
    assert.equal(cloud.asked.length, 2);
    assert.equal(cache.status().renewed, 1);
  });

  it('does not renew a young link that never worked', async () => {
    const { env, cloud, cache, owner, get } = setUp();
    const link = await get();
    assert.equal(await cache.renew(link, owner, callOf()), link);
    await env.clock.advance(30_000);
    assert.notEqual(await drive(env.clock, cache.renew(link, owner, callOf())), link);
    assert.equal(cloud.asked.length, 2);
  });

  it('replaces a young link once, and not its successor', async () => {
    const { env, cloud, cache, owner, get } = setUp();
    const first = await get();
    const replace = (link: typeof first) => drive(env.clock, cache.replace(link, owner, callOf()));
    const second = await replace(first);
    assert.notEqual(second.url, first.url);
    assert.equal(await replace(first), second);
    assert.equal(await replace(second), second);
    assert.equal(cloud.asked.length, 2);
  });

  it('gives a failure to everybody for five seconds', async () => {
    const { env, cloud, get } = setUp();
    cloud.failure = new FsError('EACCES', 'this file is prohibited', { reason: 'refused' });
    await assert.rejects(get(), fails('EACCES', /prohibited/));
    cloud.failure = null;
    await env.clock.advance(4900);
    await assert.rejects(get(), fails('EACCES', /prohibited/));
    assert.equal(cloud.asked.length, 1);
    await env.clock.advance(100);
    await get();
  });

  it('does not remember that a program gave up waiting', async () => {
    const { env, cloud, cache, owner, get } = setUp();
    const killed = new AbortController();
    const wish = cache.get(owner, callOf('reader', killed.signal));
    await settle();
    killed.abort(new FsError('ETIMEDOUT', 'killed'));
    await assert.rejects(drive(env.clock, wish), fails('ETIMEDOUT', /killed/));
    await get();
    assert.equal(cloud.asked.length, 2);
  });

  it('rejects with ESTALE when the link is for a file of another size', async () => {
    const { cloud, get } = setUp();
    cloud.linkSize = () => 1;
    await assert.rejects(get(), fails('ESTALE', /1 bytes instead of/));
  });

  it('asks again when the file of an id has another size than the stored link says', async () => {
    const { env, cloud, cache, owner, get } = setUp();
    await get();
    const grown = { ...owner, file: fileOf(FILM.id, FILM.size + 1) };
    assert.equal((await drive(env.clock, cache.get(grown, callOf()))).size, FILM.size + 1);
    assert.equal(cloud.asked.length, 2);
  });

  it('works without its store, and says so', async () => {
    const { env, store, cache, get } = setUp();
    store.failure = new FsError('ENOSPC', 'the disk is full');
    await get();
    await cache.close();
    assert.ok(env.log.lines.some(({ level, message }) => level === 'warn' && /not stored/.test(message)));
  });
});
