import assert from 'node:assert/strict';
import { type Link, LinkCache, type LinkSource, type StoredLink } from '../../../src/content/link-cache.js';
import type { FileEntry } from '../../../src/driver/entry.js';
import { FsError } from '../../../src/lib/errors.js';
import { callOf } from '../../fakes/calls.js';
import { settle } from '../../fakes/fake-clock.js';
import { fakeEnv } from '../../fakes/fake-env.js';
import { BatchCloud } from './batch-cloud.js';
import { fails } from './bench.js';
import { drive, FakeStore, fileOf } from './fake-cloud.js';

const MINUTE = 60_000;

/** Files whose ids are `from`, `from + 1` and so on. */
function files(count: number, from = 1): readonly FileEntry[] {
  return Array.from({ length: count }, (_, index) => fileOf(String(from + index), 1000));
}

function ids(some: readonly FileEntry[]): readonly string[] {
  return some.map(({ id }) => id);
}

function setUp(options: { readonly ahead?: number; readonly limit?: number } = {}) {
  const env = fakeEnv();
  const cloud = new BatchCloud(env.clock, options.limit ?? 20);
  const store = new FakeStore<StoredLink>(env.clock);
  const cache = new LinkCache(env, store, { ahead: options.ahead ?? 20 });
  let spare = true;
  const source: LinkSource = { account: 'main', driver: cloud.driver, spare: () => spare };
  return {
    env,
    cloud,
    store,
    cache,
    source,
    /** What somebody who reads the file waits for. */
    get: (file: FileEntry, signal?: AbortSignal): Promise<Link> =>
      cache.get({ ...source, file }, callOf('reader', signal)),
    /** The same, until it is there. */
    got: (file: FileEntry): Promise<Link> =>
      drive(env.clock, cache.get({ ...source, file }, callOf('reader'))),
    setSpare: (now: boolean) => {
      spare = now;
    },
  };
}

describe('links ahead of need', () => {
  const [one, ...others] = files(21) as [FileEntry, ...FileEntry[]];
  const [two, three] = others as [FileEntry, FileEntry];

  it('are not asked for until one of the expected files needs a link', async () => {
    const { env, cloud, cache, source, got } = setUp();
    cache.expect(source, [one, ...others]);
    await env.clock.advance(MINUTE);
    await got(fileOf('99', 1000));
    assert.deepEqual(cloud.asked, []);
    await got(one);
    assert.deepEqual(cloud.asked, [ids(others)]);
  });

  it('are asked for only when the reader whose need shows it has his own', async () => {
    const { env, cloud, cache, source, get } = setUp();
    cache.expect(source, [one, ...others]);
    const wish = get(one);
    await env.clock.advance(49);
    assert.deepEqual([cloud.askedAlone, cloud.asked], [['1'], []]);
    await env.clock.advance(1);
    await wish;
    assert.equal(cloud.batches.length, 1);
  });

  it('are asked for in one call, as a probe, and used without another', async () => {
    const { env, cloud, cache, source, got } = setUp();
    cache.expect(source, [one, ...others]);
    await got(one);
    assert.equal(cloud.batches[0]?.call.urgency, 'probe');
    await env.clock.advance(50);
    for (const file of others) await got(file);
    assert.deepEqual(cloud.askedAlone, ['1']);
    assert.deepEqual(cache.status(), {
      cached: 21,
      fetched: 1,
      renewed: 0,
      ahead: { fetched: 20, used: 20 },
    });
  });

  it('are never asked for more files than the cloud and the setting allow', async () => {
    for (const options of [{ ahead: 7 }, { limit: 7 }]) {
      const { cloud, cache, source, got } = setUp(options);
      assert.equal(cache.horizon(source), 7);
      cache.expect(source, [one, ...others]);
      await got(one);
      assert.deepEqual(cloud.asked, [ids(others.slice(0, 7))]);
    }
  });

  it('are not asked for when the setting is 0', async () => {
    const { env, cloud, cache, source, got } = setUp({ ahead: 0 });
    assert.equal(cache.horizon(source), 0);
    cache.expect(source, [one, ...others]);
    await got(one);
    await env.clock.advance(MINUTE);
    assert.deepEqual(cloud.asked, []);
  });

  it('are asked for one by one where the cloud has no call for several', async () => {
    const { env, cloud, cache, source, got } = setUp();
    const plain = { ...source, driver: cloud.single.driver };
    assert.equal(cache.horizon(plain), 1);
    cache.expect(plain, [one, two, three]);
    await got(one);
    await env.clock.advance(MINUTE);
    assert.deepEqual(cloud.askedAlone, ['1', '2']);
    await got(two);
    assert.deepEqual(cache.status().ahead, { fetched: 1, used: 1 });
  });

  it('are asked for only of files that have none, in memory or stored', async () => {
    const { env, cloud, store, cache, source, got } = setUp();
    await got(two);
    await cache.close();
    const restarted = new LinkCache(env, store, { ahead: 20 });
    await drive(env.clock, restarted.get({ ...source, file: three }, callOf()));
    restarted.expect(source, [one, two, three, fileOf('empty', 0), fileOf('9', 1000)]);
    await drive(env.clock, restarted.get({ ...source, file: one }, callOf()));
    assert.deepEqual(cloud.asked, [['9']]);
    await restarted.close();
  });

  it('leave out a file that somebody asks for already', async () => {
    const { env, cloud, cache, source, get } = setUp();
    cache.expect(source, [one, two, three]);
    const wishes = [get(one)];
    await env.clock.advance(25);
    wishes.push(get(two));
    await drive(env.clock, Promise.all(wishes));
    assert.deepEqual(cloud.asked, [['3']]);
    assert.deepEqual(cloud.askedAlone, ['1', '2']);
  });

  it('are waited for by a reader who needs one while the store is looked through', async () => {
    const { env, cloud, cache, source, get } = setUp();
    cache.expect(source, [one, two, three]);
    const wish = get(one);
    await env.clock.advance(49);
    const followed = wish.then(() => get(two));
    assert.match((await drive(env.clock, followed)).url, /batch=1/);
    assert.deepEqual([cloud.askedAlone, cloud.asked], [['1'], [['2', '3']]]);
  });

  it('are waited for by a reader who needs one of them, and as urgent as he is meanwhile', async () => {
    const { env, cloud, cache, source, get, got } = setUp();
    cloud.delay = 2500;
    cache.expect(source, [one, two, three]);
    await got(one);
    const killed = new AbortController();
    const wishes = [get(two), get(three, killed.signal)];
    await settle();
    assert.equal(cloud.batches[0]?.call.urgency, 'reader');
    killed.abort(new FsError('EINTR', 'killed'));
    await assert.rejects(wishes[1] ?? Promise.resolve(), fails('EINTR'));
    assert.equal(cloud.batches[0].call.urgency, 'reader');
    assert.match((await drive(env.clock, wishes[0] ?? Promise.reject(new Error('none')))).url, /batch=1/);
    assert.equal(cloud.batches[0].call.urgency, 'probe');
    assert.deepEqual(cloud.askedAlone, ['1']);
  });

  it('that take long are waited for three seconds, then the reader asks alone', async () => {
    const { env, cloud, cache, source, get, got } = setUp();
    cloud.delay = 20_000;
    cache.expect(source, [one, two]);
    await got(one);
    const began = env.clock.monotonic();
    const wish = get(two);
    await env.clock.advance(2900);
    assert.deepEqual(cloud.askedAlone, ['1']);
    assert.match((await drive(env.clock, wish)).url, /n=2/);
    assert.ok(env.clock.monotonic() - began < 3200);
    await env.clock.advance(20_000);
    assert.match((await got(two)).url, /n=2/, 'a link in use is not replaced');
  });

  it('that fail cost their readers only a call of their own, and a minute without others', async () => {
    const { env, cloud, cache, source, get, got } = setUp();
    cloud.failure = new FsError('EIO', 'a bad day', { reason: 'reply' });
    cache.expect(source, [one, two, three]);
    await got(one);
    assert.match((await drive(env.clock, get(two))).url, /n=2/);
    cache.expect(source, [two, three]);
    await got(two);
    assert.equal(cloud.batches.length, 1);
    await env.clock.advance(MINUTE);
    cloud.failure = null;
    cache.expect(source, [two, three]);
    await got(two);
    assert.deepEqual(cloud.asked, [['2', '3'], ['3']]);
    const levels = env.log.lines.map(({ level }) => level);
    assert.deepEqual([...new Set(levels)], ['debug']);
  });

  it('that the cloud leaves out are asked for by whoever reads, and not ahead again for five minutes', async () => {
    const { env, cloud, cache, source, get, got } = setUp();
    cloud.missing.add('2');
    cache.expect(source, [one, two, three]);
    await got(one);
    const [alone, together] = await drive(env.clock, Promise.all([get(two), get(three)]));
    assert.match(alone.url, /n=2/);
    assert.match(together.url, /batch=1/);
    const missing = fileOf('50', 1000);
    cloud.missing.add('50');
    for (const wait of [0, 5 * MINUTE - 1000, 1000]) {
      await env.clock.advance(wait);
      cache.expect(source, [one, missing]);
      await got(one);
      await env.clock.advance(100);
    }
    assert.deepEqual(cloud.asked, [['2', '3'], ['50'], ['50']]);
  });

  it('for another size are dropped without a word to anybody', async () => {
    const { env, cloud, cache, source, got } = setUp();
    cloud.single.linkSize = ({ id, size }) => (id === '2' ? size + 1 : size);
    cache.expect(source, [one, two, three]);
    await got(one);
    await env.clock.advance(100);
    assert.equal(cache.peek({ ...source, file: two }), null);
    assert.notEqual(cache.peek({ ...source, file: three }), null);
    assert.ok(env.log.lines.every(({ level }) => level === 'debug'));
  });

  it('are asked for in one call at a time for an account, the newest wishes next', async () => {
    const { env, cloud, cache, source, got } = setUp();
    cloud.delay = 1000;
    for (const from of [100, 200, 300]) {
      const [first, ...rest] = files(3, from) as [FileEntry, ...FileEntry[]];
      cache.expect(source, [first, ...rest]);
      await got(first);
    }
    const other = { ...source, account: 'other' };
    cache.expect(other, [one, two]);
    await drive(env.clock, cache.get({ ...other, file: one }, callOf('reader')));
    assert.deepEqual(cloud.asked, [['101', '102'], ['2']]);
    await env.clock.advance(1000);
    assert.deepEqual(cloud.asked.at(-1), ['301', '302']);
    await env.clock.advance(MINUTE);
    assert.equal(cloud.batches.length, 3);
  });

  it('are not asked for while the account has no calls to spare', async () => {
    const { cloud, cache, source, got, setSpare } = setUp();
    setSpare(false);
    cache.expect(source, [one, two]);
    await got(one);
    setSpare(true);
    await got(one);
    assert.deepEqual(cloud.asked, []);
    cache.expect(source, [one, two]);
    await got(one);
    assert.deepEqual(cloud.asked, [['2']]);
  });

  it('are not asked for ten minutes after they were expected', async () => {
    const { env, cloud, cache, source, got } = setUp();
    cache.expect(source, [one, two]);
    await env.clock.advance(10 * MINUTE);
    await got(one);
    assert.deepEqual(cloud.asked, []);
  });

  it('that nobody gets an answer for are given up after half a minute', async () => {
    const { env, cloud, cache, source, got } = setUp();
    cloud.delay = Infinity;
    cache.expect(source, [one, two]);
    await got(one);
    await env.clock.advance(29_000);
    assert.equal(cloud.batches[0]?.call.signal.aborted, false);
    await env.clock.advance(1000);
    assert.equal(cloud.batches[0].call.signal.aborted, true);
    assert.match((await got(two)).url, /n=2/);
  });

  it('are kept over a restart like any other', async () => {
    const { env, cloud, store, cache, source, got } = setUp();
    cache.expect(source, [one, two]);
    await got(one);
    await env.clock.advance(100);
    await cache.close();
    const restarted = new LinkCache(env, store);
    assert.match((await restarted.get({ ...source, file: two }, callOf())).url, /batch=1/);
    assert.deepEqual(cloud.askedAlone, ['1']);
  });

  it('end when the cache is closed', async () => {
    const { cloud, cache, source, got } = setUp();
    cloud.delay = Infinity;
    cache.expect(source, [one, two]);
    await got(one);
    await cache.close();
    assert.equal(cloud.batches[0]?.call.signal.aborted, true);
  });
});
