import assert from 'node:assert/strict';
import { callOf } from '../../fakes/calls.js';
import { houseWith, makeDirectory, moveInto, removeDirectory, shownDirectory } from './changes-house.js';

const SECOND = 1000;

describe('Writes: changes', () => {
  it('sends what is quiet for a second, and after five seconds what never is', async () => {
    const house = await houseWith(['a']);
    await house.rename('a', 'b');
    await house.env.clock.advance(0.9 * SECOND);
    assert.deepEqual(house.cloudPaths(), ['/a text of a']);
    await house.env.clock.advance(0.1 * SECOND);
    assert.deepEqual(house.cloudPaths(), ['/b text of a']);
    const names = ['c', 'd', 'e', 'f', 'g', 'h', 'i', 'j'];
    for (const [index, name] of names.entries()) {
      await house.rename(names[index - 1] ?? 'b', name);
      await house.env.clock.advance(0.7 * SECOND);
    }
    assert.deepEqual(house.cloudPaths(), ['/j text of a']);
    assert.equal(house.cloud.gate.calls('rename'), 2);
    await house.writes.close();
  });

  it('asks nothing of the cloud for what leads back to where it was', async () => {
    const house = await houseWith(['a']);
    await house.rename('a', 'b');
    await house.rename('b', 'a');
    await makeDirectory(house, 'd');
    await removeDirectory(house, 'd');
    await house.idle();
    await house.env.clock.advance(60 * SECOND);
    assert.equal(house.cloud.gate.calls(), 0);
    assert.deepEqual(house.shownPaths(), ['/a']);
    assert.deepEqual(house.tree.unsettled, []);
    await house.writes.close();
  });

  it('moves and renames a directory once, however often it was moved, and makes it at its last place', async () => {
    const house = await houseWith(['a'], { target: 0 });
    const target = shownDirectory(house, 'target');
    await makeDirectory(house, 'new');
    await house.rename('new', 'newer');
    await moveInto(house, house.shown('newer'), target);
    await house.idle();
    assert.deepEqual(house.cloudPaths(), ['/a text of a', '/target/', '/target/newer/']);
    assert.equal(house.cloud.gate.calls(), 1);
    await house.writes.close();
  });

  it('removes a directory with 1,000 files in at most seven calls', async () => {
    const house = await houseWith([], { full: 1000 }, { cloud: { batch: 500 } });
    const { id } = house.shown('full');
    for (const entry of house.tree.in(id)) {
      assert.ok(entry.kind === 'file');
      await house.writes.remove(entry, `/full/${entry.name}`, callOf());
    }
    await removeDirectory(house, 'full');
    assert.deepEqual(house.shownPaths(), []);
    await house.idle();
    assert.deepEqual(house.cloudPaths(), []);
    assert.ok(house.cloud.gate.calls() <= 7, `${house.cloud.gate.calls()} calls`);
    await house.writes.close();
  });

  it('moves 300 files into a directory in at most three calls, one that is made just now among them', async () => {
    const house = await houseWith([], { from: 300, to: 0 });
    const entries = [...house.tree.in(house.shown('from').id)];
    for (const entry of entries) await moveInto(house, entry, shownDirectory(house, 'to'));
    await house.idle();
    assert.equal(house.cloudPaths().filter((path) => path.startsWith('/to/f')).length, 300);
    assert.ok(house.cloud.gate.calls() <= 3, `${house.cloud.gate.calls()} calls`);
    await makeDirectory(house, 'new');
    const before = house.cloud.gate.calls();
    for (const { id } of entries) {
      const entry = house.tree.entry(id);
      assert.ok(entry !== null);
      await moveInto(house, entry, shownDirectory(house, 'new'));
    }
    await house.idle();
    assert.equal(house.cloudPaths().filter((path) => path.startsWith('/new/f')).length, 300);
    assert.ok(house.cloud.gate.calls() - before <= 3, `${house.cloud.gate.calls() - before} calls`);
    await house.writes.close();
  });

  it('brings a file to its place before it removes what was there', async () => {
    const house = await houseWith(['a', 'b']);
    await house.rename('a', 'b');
    assert.deepEqual(house.shownPaths(), ['/b']);
    house.cloud.gate.outages.begin({ call: 'remove', kind: 'cut' });
    await house.env.clock.advance(2 * SECOND);
    assert.deepEqual(house.cloudPaths(), ['/b text of a', '/b text of b']);
    await house.idle();
    assert.deepEqual(house.cloudPaths(), ['/b text of a']);
    await house.writes.close();
  });

  it('exchanges the names of two files and of two directories', async () => {
    const house = await houseWith(['a', 'b'], { c: 1, d: 2 });
    for (const [one, other] of [
      ['a', 'b'],
      ['c', 'd'],
    ] as const) {
      await house.rename(one, 'between');
      await house.rename(other, one);
      await house.rename('between', other);
    }
    await house.idle();
    const expected = ['/a text of b', '/b text of a', '/c/', '/c/f0 0', '/c/f1 1', '/d/', '/d/f0 0'];
    assert.deepEqual(house.cloudPaths(), expected);
    await house.writes.close();
  });

  it('uploads into a directory that the cloud did not have yet', async () => {
    const house = await houseWith([]);
    house.cloud.gate.outages.begin({ call: 'makeDirectory', kind: 'cut', times: 3 });
    const directory = await makeDirectory(house, 'd');
    await house.write('a', 'text', directory);
    await house.env.clock.advance(10 * SECOND);
    assert.deepEqual(house.cloudPaths(), []);
    await house.idle();
    assert.deepEqual(house.cloudPaths(), ['/d/', '/d/a text']);
    await house.writes.close();
  });

  it('makes a directory in place of one that stays until an upload into the new one has come', async () => {
    const house = await houseWith([], { d: 1 });
    const old = shownDirectory(house, 'd');
    const [entry] = house.tree.in(old.id);
    assert.ok(entry?.kind === 'file');
    const file = await house.writes.edit(entry, `/d/${entry.name}`, house.base(entry), callOf());
    await makeDirectory(house, 'e');
    await moveInto(house, house.shown(entry.name, old.id), shownDirectory(house, 'e'));
    await house.fill(file, 'changed');
    await removeDirectory(house, 'd');
    await house.rename('e', 'd');
    await house.idle();
    assert.deepEqual(house.cloudPaths(), ['/d/', `/d/${entry.name} changed`]);
    await house.writes.close();
  });

  it('does not remove a directory in which the cloud has something that nobody here knows', async () => {
    const house = await houseWith([], { d: 1 });
    const [known] = house.tree.in(house.shown('d').id);
    assert.ok(known?.kind === 'file');
    house.addFile('foreign', 'x', house.shown('d').id);
    await house.writes.remove(known, '/d/f0', callOf());
    await assert.rejects(removeDirectory(house, 'd'), { errno: 'ENOTEMPTY' });
    assert.deepEqual(house.shownPaths(), ['/d/']);
    await house.idle();
    assert.deepEqual(house.cloudPaths(), ['/d/', '/d/foreign x']);
    await house.writes.close();
  });
});

describe('Writes: changes and restarts', () => {
  it('shows what is owed after a restart although the cloud is away', async () => {
    const house = await houseWith(['a', 'b'], { c: 1 });
    house.cloud.gate.hold();
    await house.rename('a', 'd');
    await house.remove('b');
    await moveInto(house, house.shown('d'), await makeDirectory(house, 'new'));
    await house.rename('c', 'e');
    const shown = ['/e/', '/e/f0', '/new/', '/new/d'];
    assert.deepEqual(house.shownPaths(), shown);
    await house.restart('killed');
    assert.deepEqual(house.shownPaths(), shown);
    house.cloud.gate.release();
    await house.idle();
    assert.deepEqual(house.cloudPaths(), ['/e/', '/e/f0 0', '/new/', '/new/d text of a']);
    await house.writes.close();
  });

  it('shows what the cloud has done, after a restart too, until its listings must show it', async () => {
    const house = await houseWith(['a'], {}, { cloud: { listingLag: 30 * SECOND } });
    const before = house.inCloud();
    await house.env.clock.advance(31 * SECOND);
    const listed = house.inCloud();
    assert.equal(before.length, 0);
    await house.writes.close();
    await house.begin(listed);
    await house.rename('a', 'b');
    await house.idle();
    await house.env.clock.advance(20 * SECOND);
    await house.writes.close();
    await house.begin(listed);
    assert.deepEqual(house.shownPaths(), ['/b']);
    assert.equal(house.cloud.gate.calls('rename'), 1);
    await house.env.clock.advance(60 * SECOND);
    assert.deepEqual(await house.journal.changes('films'), []);
    await house.writes.close();
  });

  it('removes once, also when the daemon is started again before the cloud lists that it has', async () => {
    const house = await houseWith(['a', 'b'], {}, { cloud: { listingLag: 30 * SECOND } });
    await house.env.clock.advance(31 * SECOND);
    await house.writes.close();
    const listed = house.inCloud();
    await house.begin(listed);
    await house.remove('a');
    await house.idle();
    await house.writes.close();
    for (const { id } of house.cloud.bin.entries()) house.cloud.restore(id);
    await house.begin(listed);
    assert.deepEqual(house.shownPaths(), ['/b']);
    await house.env.clock.advance(60 * SECOND);
    assert.equal(house.cloud.gate.calls('remove'), 1);
    assert.deepEqual(house.cloudPaths(), ['/a text of a', '/b text of b']);
    assert.deepEqual(await house.journal.changes('films'), []);
    await house.writes.close();
  });
});
