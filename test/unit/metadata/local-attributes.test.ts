import assert from 'node:assert/strict';
import { FsError } from '../../../src/lib/errors.js';
import { type AttributesRow, LocalAttributes } from '../../../src/metadata/local-attributes.js';
import { Successors } from '../../../src/metadata/successors.js';
import type { StateDatabase } from '../../../src/store/state-database.js';
import { callOf } from '../../fakes/calls.js';
import { fileEntry } from './entries.js';
import { namesIn, TreeHouse } from './tree-house.js';

const withErrno = (errno: string) => (error: unknown) => error instanceof FsError && error.errno === errno;

describe('LocalAttributes', () => {
  let house: TreeHouse;
  let database: StateDatabase;
  let successors: Successors;
  beforeEach(async () => {
    house = new TreeHouse();
    database = await house.database();
    successors = new Successors();
  });
  afterEach(() => house.demolish());

  const open = async (limits = { extendedOfOne: 1000, extendedOfAll: 1500, entries: 100 }) => {
    const attributes = new LocalAttributes(
      house.env,
      database.store<AttributesRow>('attributes films'),
      successors,
      limits,
    );
    await attributes.open();
    return attributes;
  };
  const bytes = (text: string) => Uint8Array.from(Buffer.from(text));

  it('keeps what is set to the nanosecond, bit and byte across a restart', async () => {
    const before = await open();
    await before.set('1', { modifiedAt: 1_700_000_000_123_456_789n });
    await before.set('1', { accessedAt: -1n, mode: 0o4700 });
    await before.setExtended('1', 'user.tag', bytes('\0\xff'));
    await before.setExtended('1', 'user.empty', bytes(''));
    await before.set('2', { mode: 0 });
    const expected = {
      modifiedAt: 1_700_000_000_123_456_789n,
      accessedAt: -1n,
      mode: 0o4700,
      extended: { 'user.tag': bytes('\0\xff'), 'user.empty': bytes('') },
    };
    assert.deepEqual(before.of('1'), expected);
    const after = await open();
    assert.deepEqual(after.of('1'), expected);
    assert.deepEqual(after.of('2'), { mode: 0 });
    assert.equal(after.of('3'), null);
  });

  it('forgets times without the rest, and everything at the end of an entry', async () => {
    const before = await open();
    await before.set('1', { modifiedAt: 5n, accessedAt: 6n, mode: 0o600 });
    await before.set('2', { modifiedAt: 5n });
    await before.set('3', { modifiedAt: 5n });
    await before.forgetTimes('1');
    await before.forgetTimes('2');
    await before.drop('3');
    for (const attributes of [before, await open()]) {
      assert.deepEqual(attributes.of('1'), { mode: 0o600 });
      assert.equal(attributes.of('2'), null);
      assert.equal(attributes.of('3'), null);
    }
    assert.equal((await database.store('attributes films').entries()).size, 1);
  });

  it('removes one extended attribute, ENODATA when there is none', async () => {
    const attributes = await open();
    await attributes.setExtended('1', 'user.a', bytes('a'));
    await attributes.setExtended('1', 'user.b', bytes('b'));
    await attributes.removeExtended('1', 'user.a');
    assert.deepEqual(attributes.of('1'), { extended: { 'user.b': bytes('b') } });
    await assert.rejects(attributes.removeExtended('1', 'user.a'), withErrno('ENODATA'));
    await attributes.removeExtended('1', 'user.b');
    assert.equal(attributes.of('1'), null);
  });

  it('has no room for more than it was given, of one file and of all', async () => {
    const attributes = await open();
    await attributes.setExtended('1', 'user.a', bytes('x'.repeat(900)));
    await assert.rejects(attributes.setExtended('1', 'user.b', bytes('x'.repeat(90))), withErrno('ENOSPC'));
    await assert.rejects(attributes.setExtended('2', 'user.a', bytes('x'.repeat(900))), withErrno('ENOSPC'));
    await attributes.setExtended('1', 'user.a', bytes('y'));
    await attributes.setExtended('2', 'user.a', bytes('x'.repeat(900)));
    assert.deepEqual(Object.keys(attributes.of('1')?.extended ?? {}), ['user.a']);
  });

  it('gives up what was set longest ago when there are too many', async () => {
    const attributes = await open({ extendedOfOne: 1, extendedOfAll: 1, entries: 2 });
    for (const id of ['1', '2', '1', '3']) await attributes.set(id, { mode: 1 });
    for (const some of [attributes, await open()]) {
      assert.deepEqual(
        ['1', '2', '3'].map((id) => some.of(id)?.mode),
        [1, undefined, 1],
      );
    }
  });

  it('carries over to another entry, and leaves what it does not say', async () => {
    const attributes = await open();
    await attributes.set('1', { modifiedAt: 5n, mode: 0o600 });
    await attributes.set('2', { mode: 0o644, accessedAt: 9n });
    await attributes.transfer('1', '2');
    await attributes.transfer('7', '2');
    assert.deepEqual(attributes.of('2'), { modifiedAt: 5n, mode: 0o600, accessedAt: 9n });
  });

  it('leads who holds a local id to the entry of the cloud', async () => {
    const attributes = await open();
    await attributes.set('local-1', { mode: 0o600 });
    successors.add('local-1', '77');
    await attributes.succeed('local-1', '77', 5n);
    await attributes.set('local-1', { accessedAt: 9n });
    for (const id of ['local-1', '77']) {
      assert.deepEqual(attributes.of(id), { modifiedAt: 5n, mode: 0o600, accessedAt: 9n });
    }
    assert.deepEqual([...(await database.store('attributes films').entries()).keys()], ['77']);
  });

  it('writes what is set while it writes', async () => {
    const attributes = await open();
    for (let id = 1; id <= 20; id += 1) {
      const first = attributes.set(`${id}`, { mode: 1 });
      void first.then(() => attributes.set(`${id}`, { accessedAt: 2n }));
      await Promise.all([first, attributes.set(`${id}`, { modifiedAt: 3n })]);
    }
    await attributes.close();
    const after = await open();
    for (let id = 1; id <= 20; id += 1) {
      assert.deepEqual(after.of(`${id}`), { mode: 1, accessedAt: 2n, modifiedAt: 3n });
    }
  });

  it('goes on in memory when the disk fails, says so once, and writes later', async () => {
    const attributes = await open();
    await database.query(
      `CREATE TRIGGER full BEFORE INSERT ON keyv BEGIN SELECT raise(ABORT, 'the disk is full'); END`,
    );
    await attributes.set('1', { mode: 1 });
    await attributes.set('2', { mode: 2 });
    assert.deepEqual(attributes.of('1'), { mode: 1 });
    assert.equal(house.env.log.lines.filter(({ level }) => level === 'error').length, 1);
    await database.query('DROP TRIGGER full');
    await attributes.close();
    assert.deepEqual((await open()).of('2'), { mode: 2 });
  });
});

describe('Tree and attributes', () => {
  let house: TreeHouse;
  beforeEach(() => {
    house = new TreeHouse();
    house.driver.content.set('0', [fileEntry('2', 'film')]);
  });
  afterEach(() => house.demolish());

  it('keeps them when the cloud has the file, and the time that was shown', async () => {
    const tree = await house.open();
    await namesIn(tree);
    for (const name of ['a', 'b', 'c']) {
      await tree.local.add(fileEntry(`local-${name}`, name, { modifiedAt: 1234 }));
    }
    await tree.attributes.set('local-a', { mode: 0o600, modifiedAt: 77n });
    await tree.attributes.set('local-b', { mode: 0o600 });
    await tree.local.settle('local-a', fileEntry('20', 'a'));
    await tree.local.settle('local-b', fileEntry('21', 'b'));
    await tree.local.settle('local-c', fileEntry('22', 'c', { modifiedAt: 1234 }));
    assert.deepEqual(tree.attributes.of('20'), { mode: 0o600, modifiedAt: 77n });
    assert.deepEqual(tree.attributes.of('21'), { mode: 0o600, modifiedAt: 1_234_000_000n });
    assert.equal(tree.attributes.of('22'), null);
    assert.equal((await tree.resolve('/b', callOf())).entry.id, '21');
  });

  it('drops them when the entry is gone for good, not before', async () => {
    const tree = await house.open();
    await namesIn(tree);
    await tree.attributes.set('2', { mode: 0o600 });
    await tree.local.hide('2');
    await tree.local.reveal(fileEntry('2', 'film'));
    assert.deepEqual(tree.attributes.of('2'), { mode: 0o600 });
    await tree.local.hide('2');
    await tree.local.settle('2');
    assert.equal(tree.attributes.of('2'), null);
  });

  it('keeps those of one account apart from those of another', async () => {
    const tree = await house.open({}, { fingerprint: 'main 0' });
    await tree.attributes.set('2', { mode: 0o600 });
    await house.close();
    const other = await house.open({}, { fingerprint: 'other 0' });
    assert.equal(other.attributes.of('2'), null);
    await house.close();
    assert.deepEqual((await house.open({}, { fingerprint: 'main 0' })).attributes.of('2'), { mode: 0o600 });
  });
});
