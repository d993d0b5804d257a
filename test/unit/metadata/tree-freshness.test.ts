import assert from 'node:assert/strict';
import fc from 'fast-check';
import { FsError } from '../../../src/lib/errors.js';
import { believesAbsence, isFresh, lifetime } from '../../../src/metadata/freshness.js';
import { callOf } from '../../fakes/calls.js';
import { directoryEntry, fileEntry } from './entries.js';
import { outage } from './scripted-driver.js';
import { namesIn, TreeHouse, until } from './tree-house.js';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const PAST_ANY_TTL = 1.2 * DAY;
const withErrno = (errno: string) => (error: unknown) => error instanceof FsError && error.errno === errno;

describe('freshness', () => {
  it('spreads a lifetime over a fifth to both sides', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (fraction) => {
        const ttl = lifetime(DAY, fraction);
        assert.ok(ttl >= 0.8 * DAY && ttl <= 1.2 * DAY);
      }),
    );
    assert.notEqual(lifetime(DAY, 0.1), lifetime(DAY, 0.9));
  });

  it('does not believe a listing from the future', () => {
    const header = { listedAt: 1000, expiresAt: 2000, sequence: 1 };
    assert.deepEqual(
      [999, 1000, 1999, 2000].map((now) => isFresh(header, now)),
      [false, true, true, false],
    );
  });

  it('may believe in absence for a shorter time', () => {
    const header = { listedAt: 1000, expiresAt: 2000, sequence: 1 };
    assert.deepEqual(
      [1400, 1500].map((now) => believesAbsence(header, now, 500)),
      [true, false],
    );
  });
});

describe('Tree with an old listing', () => {
  let house: TreeHouse;
  beforeEach(() => {
    house = new TreeHouse();
    house.driver.content.set('0', [directoryEntry('1', 'shows'), fileEntry('2', 'old.mkv')]);
    house.driver.content.set('1', [fileEntry('3', 'x', { parentId: '1' })]);
  });
  afterEach(() => house.demolish());

  it('answers present names at once and refreshes behind', async () => {
    const tree = await house.open();
    await namesIn(tree);
    house.driver.content.set('0', [fileEntry('2', 'old.mkv'), fileEntry('4', 'new.mkv')]);
    await house.env.clock.advance(PAST_ANY_TTL);
    let release: () => void = () => undefined;
    house.driver.beforePage = () => new Promise((resolve) => (release = resolve));
    assert.deepEqual(await namesIn(tree), ['old.mkv', 'shows']);
    assert.equal((await tree.lookup(tree.root, 'shows', callOf())).name, 'shows');
    await until(() => house.driver.lists.length === 2);
    assert.equal(house.driver.urgencies.at(-1), 'probe');
    release();
    await until(() => tree.status().refreshing === 0);
    assert.deepEqual(await namesIn(tree), ['new.mkv', 'old.mkv']);
    assert.deepEqual(house.driver.lists, ['0', '0']);
  });

  it('lets only a missing name wait for the refresh', async () => {
    const tree = await house.open();
    await namesIn(tree);
    house.driver.content.set('0', [fileEntry('4', 'new.mkv')]);
    await house.env.clock.advance(PAST_ANY_TTL);
    assert.equal((await tree.lookup(tree.root, 'new.mkv', callOf())).entry.id, '4');
    await assert.rejects(tree.lookup(tree.root, 'still missing', callOf()), withErrno('ENOENT'));
    assert.deepEqual(house.driver.lists, ['0', '0']);
  });

  it('is believed for a day, and ten minutes after a change', async () => {
    const tree = await house.open();
    await namesIn(tree);
    await house.env.clock.advance(0.79 * DAY);
    await namesIn(tree);
    assert.equal(house.driver.lists.length, 1);
    house.driver.content.set('0', [fileEntry('4', 'new.mkv'), fileEntry('2', 'old.mkv')]);
    await tree.refresh('/', { recursive: false }, callOf());
    await house.env.clock.advance(7.9 * MINUTE);
    await namesIn(tree);
    assert.equal(house.driver.lists.length, 2);
    await house.env.clock.advance(4.2 * MINUTE);
    await namesIn(tree);
    await until(() => house.driver.lists.length === 3 && tree.status().refreshing === 0);
    await house.env.clock.advance(0.79 * DAY);
    await namesIn(tree);
    assert.equal(house.driver.lists.length, 3);
  });

  it('asks for a missing name from the negative age on', async () => {
    const tree = await house.open({ negativeTtl: 5 * MINUTE });
    await namesIn(tree);
    await house.env.clock.advance(5 * MINUTE);
    await namesIn(tree);
    assert.equal(house.driver.lists.length, 1);
    await assert.rejects(tree.lookup(tree.root, 'nothing', callOf()), withErrno('ENOENT'));
    assert.equal(house.driver.lists.length, 2);
  });

  it('serves what is known while the cloud refuses, and asks less and less', async () => {
    const tree = await house.open();
    await namesIn(tree);
    await house.env.clock.advance(PAST_ANY_TTL);
    house.driver.failure = outage();
    const attempts: number[] = [];
    for (const wait of [0, 29, 1, 59, 1, 119, 1]) {
      await house.env.clock.advance(wait * 1000);
      assert.deepEqual(await namesIn(tree), ['old.mkv', 'shows']);
      await assert.rejects(tree.lookup(tree.root, 'nothing', callOf()), withErrno('ENOENT'));
      await until(() => tree.status().refreshing === 0);
      attempts.push(house.driver.lists.length - 1);
    }
    assert.deepEqual(attempts, [1, 1, 2, 2, 3, 3, 4]);
    assert.match(tree.status().lastError?.message ?? '', /^\/: the cloud does not answer$/);
    house.driver.failure = null;
    await house.env.clock.advance(10 * MINUTE);
    await namesIn(tree);
    await until(() => house.driver.lists.length === 6 && tree.status().refreshing === 0);
    await namesIn(tree);
    assert.equal(house.driver.lists.length, 6);
  });

  it('refreshes at the word of a person although it rests', async () => {
    const tree = await house.open();
    await namesIn(tree);
    house.driver.failure = outage();
    await assert.rejects(tree.refresh('/', { recursive: false }, callOf()), withErrno('ETIMEDOUT'));
    house.driver.failure = null;
    await tree.refresh('/', { recursive: false }, callOf());
    assert.equal(house.driver.lists.length, 3);
  });

  it('repeats the failure of an unknown directory for five seconds, then asks again', async () => {
    const tree = await house.open();
    house.driver.failure = outage();
    for (let time = 0; time < 3; time += 1) await assert.rejects(namesIn(tree), withErrno('ETIMEDOUT'));
    assert.equal(house.driver.lists.length, 1);
    house.driver.failure = null;
    await house.env.clock.advance(5000);
    assert.deepEqual(await namesIn(tree), ['old.mkv', 'shows']);
  });

  it('ends with ETIMEDOUT after 20 s without a page when nothing is known', async () => {
    const tree = await house.open();
    house.driver.beforePage = () => new Promise(() => undefined);
    let ended = false;
    const waiting = assert.rejects(namesIn(tree), withErrno('ETIMEDOUT')).then(() => (ended = true));
    await until(() => house.driver.lists.length === 1);
    await house.env.clock.advance(19_999);
    assert.equal(ended, false);
    await house.env.clock.advance(1);
    await waiting;
  });

  it('answers a missing name from the old listing after 20 s', async () => {
    const tree = await house.open();
    await namesIn(tree);
    await house.env.clock.advance(PAST_ANY_TTL);
    house.driver.beforePage = () => new Promise(() => undefined);
    const waiting = assert.rejects(tree.lookup(tree.root, 'nothing', callOf()), withErrno('ENOENT'));
    await until(() => house.driver.lists.length === 2);
    await house.env.clock.advance(20_000);
    await waiting;
  });

  it('waits on while pages come, but 120 s in all; the listing is used all the same', async () => {
    house.driver.content.set(
      '0',
      Array.from({ length: 15 }, (_, n) => fileEntry(String(n + 10), `f${n}`)),
    );
    house.driver.pageSize = 1;
    const tree = await house.open();
    house.driver.beforePage = (call) => house.env.clock.sleep(10_000, call.signal);
    const waiting = assert.rejects(namesIn(tree), withErrno('ETIMEDOUT'));
    await until(() => house.driver.lists.length === 1 && house.env.clock.waiting > 0);
    await house.env.clock.advance(120_000);
    await waiting;
    const patient = namesIn(tree);
    await until(() => house.driver.lists.length === 1);
    await house.env.clock.advance(30_000);
    assert.equal((await patient).length, 15);
    assert.deepEqual(house.driver.lists, ['0']);
  });

  it('gives a listing up that has not moved for 120 s', async () => {
    const tree = await house.open();
    house.driver.beforePage = () => new Promise(() => undefined);
    const waiting = assert.rejects(namesIn(tree), withErrno('ETIMEDOUT'));
    await until(() => house.driver.lists.length === 1);
    await house.env.clock.advance(120_000);
    await waiting;
    house.driver.beforePage = () => Promise.resolve();
    await house.env.clock.advance(5000);
    assert.deepEqual(await namesIn(tree), ['old.mkv', 'shows']);
    assert.equal(house.driver.lists.length, 2);
  });
});
