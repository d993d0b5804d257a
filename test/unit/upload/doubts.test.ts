import assert from 'node:assert/strict';
import { callOf } from '../../fakes/calls.js';
import { houseWith, makeDirectory, moveInto, removeDirectory, shownDirectory } from './changes-house.js';
import type { UploadHouse } from './upload-house.js';

const SECOND = 1000;

/** The next call of this name is done by the cloud, but nobody hears of it. */
function loseAnswer(house: UploadHouse, call: string): void {
  house.cloud.gate.outages.begin({ call, kind: 'lost' });
}

/** Scenes that the model has found: the cloud may have done what nobody knows of. */
describe('Writes: doubts about the cloud', () => {
  it('makes a directory anew after a restart although what had its name is moved into it', async () => {
    const house = await houseWith([], { d: 1 });
    await house.rename('d', 'b');
    await makeDirectory(house, 'd');
    await house.restart();
    await moveInto(house, house.shown('b'), shownDirectory(house, 'd'));
    await house.idle();
    assert.deepEqual(house.cloudPaths(), ['/d/', '/d/b/', '/d/b/f0 0']);
    await house.writes.close();
  });

  it('finds a file that was renamed back after a lost answer, also after a kill', async () => {
    const house = await houseWith(['a']);
    loseAnswer(house, 'rename');
    await house.rename('a', 'b');
    await house.env.clock.advance(2 * SECOND);
    assert.deepEqual(house.cloudPaths(), ['/b text of a']);
    await house.rename('b', 'a');
    await house.restart('killed');
    await house.idle();
    assert.deepEqual(house.cloudPaths(), ['/a text of a']);
    await house.writes.close();
  });

  it('finds a file that was moved on and back to where it was asked for, after a lost answer and a kill', async () => {
    const house = await houseWith(['a'], { d: 0, e: 0 });
    loseAnswer(house, 'move');
    await moveInto(house, house.shown('a'), shownDirectory(house, 'd'));
    await house.env.clock.advance(2 * SECOND);
    const [moved] = house.tree.in(house.shown('d').id);
    assert.ok(moved !== undefined);
    await moveInto(house, moved, shownDirectory(house, 'e'));
    await house.restart('killed');
    await house.writes.move(moved, house.place('b'), null, callOf());
    await moveInto(house, house.shown('b'), shownDirectory(house, 'e'));
    await house.idle();
    assert.deepEqual(house.cloudPaths(), ['/d/', '/e/', '/e/b text of a']);
    await house.writes.close();
  });

  it('exchanges two directories although every answer is lost and the process is killed', async () => {
    for (let skip = 0; skip < 3; skip += 1) {
      const house = await houseWith([], { c: 1, d: 2 });
      house.cloud.gate.outages.begin({ call: 'rename', kind: 'lost', skip });
      await house.rename('c', 'between');
      await house.rename('d', 'c');
      await house.rename('between', 'd');
      await house.env.clock.advance(3 * SECOND);
      await house.restart('killed');
      await house.idle();
      assert.deepEqual(house.cloudPaths(), ['/c/', '/c/f0 0', '/c/f1 1', '/d/', '/d/f0 0']);
      await house.writes.close();
    }
  });

  it('copies a file whose new name the cloud may have already', async () => {
    const house = await houseWith(['a']);
    loseAnswer(house, 'rename');
    await house.rename('a', 'b');
    await house.env.clock.advance(2 * SECOND);
    const copied = house.writes.copy(house.shownFile('b'), house.place('c'), callOf());
    assert.equal(await house.run(copied), true);
    await house.idle();
    assert.deepEqual(house.cloudPaths(), ['/b text of a', '/c text of a']);
    await house.writes.close();
  });

  it('shows a copy that got another name and its own back, also after a kill', async () => {
    const house = await houseWith(['a'], { d: 0 });
    const place = { ...house.place('c', shownDirectory(house, 'd')), path: '/d/c' };
    assert.equal(await house.writes.copy(house.shownFile('a'), place, callOf()), true);
    const [copy] = house.tree.in(house.shown('d').id);
    assert.ok(copy !== undefined);
    await house.writes.move(copy, { ...place, name: 'a', path: '/d/a' }, null, callOf());
    await house.restart('killed');
    assert.deepEqual(house.shownPaths(), ['/a', '/d/', '/d/a']);
    await house.idle();
    assert.equal(house.cloud.gate.calls('rename'), 0);
    await house.writes.close();
  });

  it('removes a directory as soon as nothing can be made in it any more', async () => {
    const house = await houseWith([], { d: 0 });
    house.cloud.gate.outages.begin({ call: 'announce', kind: 'lost', times: 2 });
    const directory = shownDirectory(house, 'd');
    const { id } = await house.write('a', 'text', directory);
    await house.env.clock.advance(6 * SECOND);
    const file = house.tree.entry(id);
    assert.ok(file?.kind === 'file');
    await house.writes.remove(file, '/d/a', callOf());
    await removeDirectory(house, 'd');
    await house.idle();
    assert.deepEqual(house.cloudPaths(), []);
    await house.writes.close();
  });

  it('settles a move although the cloud may be making an equal file there that nobody wants', async () => {
    const house = await houseWith([], { d: 0 });
    const moved = house.addFile('c', 'same', house.shown('d').id);
    await house.tree.add(moved);
    await house.tree.settle(moved.id);
    house.cloud.gate.outages.begin({ call: 'announce', kind: 'cut', times: 3 });
    await house.write('b', 'same');
    await house.env.clock.advance(6 * SECOND);
    await house.remove('b');
    await house.writes.move(moved, house.place('a'), null, callOf());
    await house.idle();
    assert.deepEqual(house.cloudPaths(), ['/a same', '/d/']);
    assert.deepEqual(house.tree.unsettled, []);
    await house.writes.close();
  });

  it('keeps a directory in the cloud as long as the file in it has not been replaced elsewhere', async () => {
    const house = await houseWith([], { d: 1 });
    const [entry] = house.tree.in(house.shown('d').id);
    assert.ok(entry?.kind === 'file');
    const file = await house.writes.edit(entry, '/d/f0', house.base(entry), callOf());
    file.retain();
    await file.write(0, Buffer.from('changed'), callOf());
    const edited = house.tree.entry(file.id);
    assert.ok(edited !== null);
    await house.writes.move(edited, house.place('f0'), null, callOf());
    await removeDirectory(house, 'd');
    await house.env.clock.advance(60 * SECOND);
    assert.deepEqual(house.cloudPaths(), ['/d/', '/d/f0 0']);
    await file.flush(callOf());
    file.release();
    await house.idle();
    assert.deepEqual(house.cloudPaths(), ['/f0 changed']);
    await house.writes.close();
  });
});
