import assert from 'node:assert/strict';
import { callOf } from '../../fakes/calls.js';
import { houseWith, makeDirectory, moveInto, removeDirectory, shownDirectory } from './changes-house.js';
import type { UploadHouse } from './upload-house.js';

const SECOND = 1000;

/** The next call of this name is done by the cloud, but nobody hears of it. */
function loseAnswer(house: UploadHouse, call: string): void {
  house.cloud.gate.outages.begin({ call, kind: 'lost' });
}

/** Whatever hides something waits, and all that follows it, until the answer is called. */
function holdHiding({ tree }: UploadHouse): () => void {
  const hide = tree.hide.bind(tree);
  let release: () => void = () => undefined;
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  tree.hide = async (id) => {
    await released;
    await hide(id);
  };
  return release;
}

/** The cloud copies a file of the root folder, but does not list for so long that the copy is given up. */
async function failingCopy(house: UploadHouse, name: string, to: string): Promise<void> {
  house.cloud.gate.outages.begin({ call: 'list', kind: 'failing', skip: 1, times: 4 });
  const copied = house.writes.copy(house.shownFile(name), house.place(to), callOf());
  await assert.rejects(house.run(copied), { errno: 'EIO' });
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

  it('shows a file where it was renamed back to, whatever the cloud lists, until the cloud is known to have it there', async () => {
    const house = await houseWith(['a']);
    const { id } = house.shown('a');
    house.cloud.gate.outages.begin({ call: 'rename', kind: 'lost', times: 2 });
    await house.rename('a', 'b');
    await house.env.clock.advance(2 * SECOND);
    await house.rename('b', 'a');
    await house.restart();
    assert.deepEqual(house.cloudPaths(), ['/b text of a']);
    assert.deepEqual(house.shownPaths(), ['/a']);
    assert.deepEqual(house.tree.unsettled, [id]);
    await house.idle();
    assert.deepEqual(house.cloudPaths(), ['/a text of a']);
    assert.deepEqual(house.tree.unsettled, []);
    await house.writes.close();
  });

  it('finds a file that was moved about after a lost answer and a kill', async () => {
    const house = await houseWith(['a'], { d: 0 });
    const inside = { ...house.place('a', shownDirectory(house, 'd')), path: '/d/a' };
    loseAnswer(house, 'rename');
    await house.rename('a', 'b');
    await house.env.clock.advance(2 * SECOND);
    await house.writes.move(house.shown('b'), inside, null, callOf());
    await house.restart('killed');
    const [moved] = house.tree.in(house.shown('d').id);
    assert.ok(moved !== undefined);
    await house.writes.move(moved, house.place('c'), null, callOf());
    await house.writes.move(house.shown('c'), inside, null, callOf());
    await house.idle();
    assert.deepEqual(house.cloudPaths(), ['/d/', '/d/a text of a']);
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

  it('finds a directory under the name that it had for a while, after a lost answer and a kill', async () => {
    const house = await houseWith([], { p: 0, q: 0 });
    const [p, q] = [shownDirectory(house, 'p'), shownDirectory(house, 'q')];
    const [first, second] = [p, q].map(({ id }) => house.cloud.addDirectory(id, 'n'));
    assert.ok(first !== undefined && second !== undefined);
    for (const entry of [first, second]) {
      await house.tree.add(entry);
      await house.tree.settle(entry.id);
    }
    loseAnswer(house, 'rename');
    await house.writes.move(first, house.place('between'), null, callOf());
    await moveInto(house, second, p);
    await house.writes.move(house.shown('between'), house.place('n', q), null, callOf());
    await house.env.clock.advance(3 * SECOND);
    await house.restart('killed');
    const entry = house.tree.entry(second.id);
    assert.ok(entry?.kind === 'directory');
    await house.run(house.writes.removeDirectory(entry, '/p/n', callOf()));
    await house.idle();
    assert.deepEqual(house.cloudPaths(), ['/p/', '/q/', '/q/n/']);
    await house.writes.close();
  });

  it('copies a file under whichever of its names the cloud has it', async () => {
    for (const seconds of [0, 2]) {
      const house = await houseWith(['a']);
      loseAnswer(house, 'rename');
      await house.rename('a', 'b');
      await house.env.clock.advance(seconds * SECOND);
      if (seconds > 0) {
        await house.rename('b', 'c');
        await house.restart('killed');
      }
      const name = seconds > 0 ? 'c' : 'b';
      const copied = house.writes.copy(house.shownFile(name), house.place('copy'), callOf());
      assert.equal(await house.run(copied), true);
      await house.idle();
      assert.deepEqual(house.cloudPaths(), [`/${name} text of a`, '/copy text of a']);
      await house.writes.close();
    }
  });

  it('takes no file for its own copy that comes into the same directory meanwhile', async () => {
    const house = await houseWith(['a'], { d: 0 }, { cloud: { latency: 40 } });
    await house.writes.move(house.shown('a'), house.place('a', shownDirectory(house, 'd')), null, callOf());
    const [moved] = house.tree.in(house.shown('d').id);
    assert.ok(moved?.kind === 'file');
    await house.env.clock.advance(970);
    const place = { ...house.place('copy', shownDirectory(house, 'd')), path: '/d/copy' };
    assert.equal(await house.run(house.writes.copy(moved, place, callOf())), true);
    await house.idle();
    assert.deepEqual(house.cloudPaths(), ['/d/', '/d/a text of a', '/d/copy text of a']);
    assert.deepEqual(house.shownPaths(), ['/d/', '/d/a', '/d/copy']);
    await house.writes.close();
  });

  it('finds a copy although its answer is lost and the cloud does not list for a while', async () => {
    const house = await houseWith(['a']);
    loseAnswer(house, 'copy');
    house.cloud.gate.outages.begin({ call: 'list', kind: 'failing', skip: 1, times: 2 });
    const copied = house.writes.copy(house.shownFile('a'), house.place('b'), callOf());
    assert.equal(await house.run(copied), true);
    await house.idle();
    assert.deepEqual(house.cloudPaths(), ['/a text of a', '/b text of a']);
    await house.writes.close();
  });

  it('tells that no copy was made when the cloud never heard of it', async () => {
    const house = await houseWith(['a']);
    house.cloud.gate.outages.begin({ call: 'copy', kind: 'cut' });
    const copied = house.writes.copy(house.shownFile('a'), house.place('b'), callOf());
    await assert.rejects(house.run(copied), { errno: 'EIO', reason: 'network' });
    assert.deepEqual(house.cloudPaths(), ['/a text of a']);
    await house.writes.close();
  });

  it('gives the copy that it did not find in time to who asks for it again', async () => {
    const house = await houseWith(['a']);
    await failingCopy(house, 'a', 'b');
    assert.deepEqual(house.cloudPaths(), ['/a text of a', '/a text of a']);
    const again = house.writes.copy(house.shownFile('a'), house.place('c'), callOf());
    assert.equal(await house.run(again), true);
    await house.idle();
    assert.deepEqual(house.cloudPaths(), ['/a text of a', '/c text of a']);
    assert.equal(house.cloud.gate.calls('copy'), 1);
    await house.writes.close();
  });

  it('removes a copy that it did not find in time when nobody asks for it again', async () => {
    const house = await houseWith(['a']);
    await failingCopy(house, 'a', 'b');
    await house.idle();
    assert.deepEqual(house.cloudPaths(), ['/a text of a']);
    assert.deepEqual(house.shownPaths(), ['/a']);
    await house.writes.close();
  });

  it('removes a copy that the cloud made for a program that was interrupted', async () => {
    const house = await houseWith(['a'], {}, { cloud: { latency: 40 } });
    const interrupted = new AbortController();
    const call = { ...callOf(), signal: interrupted.signal };
    const copied = house.writes.copy(house.shownFile('a'), house.place('b'), call);
    const ended = assert.rejects(copied, { message: 'interrupted' });
    await house.env.clock.advance(80);
    interrupted.abort(new Error('interrupted'));
    await ended;
    assert.deepEqual(house.cloudPaths(), ['/a text of a', '/a text of a']);
    await house.idle();
    assert.deepEqual(house.cloudPaths(), ['/a text of a']);
    await house.writes.close();
  });

  it('keeps a copy that it did not find in time once programs see it', async () => {
    const house = await houseWith(['a']);
    await failingCopy(house, 'a', 'b');
    const copy = house.inCloud().find(({ id }) => house.tree.entry(id) === null);
    assert.ok(copy !== undefined);
    await house.tree.add(copy);
    await house.tree.settle(copy.id);
    await house.idle();
    assert.deepEqual(house.cloudPaths(), ['/a text of a', '/a text of a']);
    await house.writes.close();
  });

  it('gives each of two programs a copy of its own of the same file', async () => {
    const house = await houseWith(['a'], {}, { cloud: { latency: 40 } });
    const copies = ['b', 'c'].map((name) =>
      house.writes.copy(house.shownFile('a'), house.place(name), callOf()),
    );
    await house.run(Promise.all(copies));
    await house.idle();
    assert.deepEqual(house.cloudPaths(), ['/a text of a', '/b text of a', '/c text of a']);
    assert.deepEqual(house.shownPaths(), ['/a', '/b', '/c']);
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

  it('removes a directory in which the cloud made a file that was removed here meanwhile', async () => {
    const house = await houseWith([], { d: 0 });
    loseAnswer(house, 'complete');
    const { id } = await house.write('a', 'text', shownDirectory(house, 'd'));
    await house.env.clock.advance(6 * SECOND);
    assert.deepEqual(house.cloudPaths(), ['/d/', '/d/a text']);
    const file = house.tree.entry(id);
    assert.ok(file?.kind === 'file');
    await house.writes.remove(file, '/d/a', callOf());
    await removeDirectory(house, 'd');
    await house.idle();
    assert.deepEqual(house.cloudPaths(), []);
    await house.writes.close();
  });

  it('removes a directory in which the cloud made a file that was moved away here meanwhile', async () => {
    const house = await houseWith([], { d: 0 });
    loseAnswer(house, 'complete');
    const { id } = await house.write('a', 'text', shownDirectory(house, 'd'));
    await house.env.clock.advance(6 * SECOND);
    assert.deepEqual(house.cloudPaths(), ['/d/', '/d/a text']);
    const file = house.tree.entry(id);
    assert.ok(file !== null);
    await house.writes.move(file, house.place('a'), null, callOf());
    await removeDirectory(house, 'd');
    await house.idle();
    assert.deepEqual(house.cloudPaths(), ['/a text']);
    await house.writes.close();
  });

  it('makes no directory that is removed just before the cloud is asked for it', async () => {
    const house = await houseWith(['a']);
    const directory = await makeDirectory(house, 'd');
    const release = holdHiding(house);
    const removing = [house.remove('a'), house.writes.removeDirectory(directory, '/d', callOf())];
    await house.env.clock.advance(2 * SECOND);
    release();
    await Promise.all(removing);
    await house.idle();
    assert.deepEqual(house.cloudPaths(), []);
    assert.equal(house.cloud.gate.calls('makeDirectory'), 0);
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

  it('uploads a file under the name of a directory that stays until it has come', async () => {
    const house = await houseWith([], { d: 1 });
    const [entry] = house.tree.in(house.shown('d').id);
    assert.ok(entry?.kind === 'file');
    const file = await house.writes.edit(entry, '/d/f0', house.base(entry), callOf());
    await house.fill(file, 'changed');
    await house.rename('d', 'other');
    const edited = house.tree.entry(file.id);
    assert.ok(edited !== null);
    await house.writes.move(edited, house.place('d'), null, callOf());
    await removeDirectory(house, 'other');
    await house.idle();
    assert.deepEqual(house.cloudPaths(), ['/d changed']);
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
