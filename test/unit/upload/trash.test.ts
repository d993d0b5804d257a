import assert from 'node:assert/strict';
import { bytesContent } from '../../../src/drivers/memory/content.js';
import { MemoryDriver } from '../../../src/drivers/memory/driver.js';
import { ROOT_ID } from '../../../src/drivers/memory/tree.js';
import { MemoryWriter } from '../../../src/drivers/memory/writer.js';
import { FsError } from '../../../src/lib/errors.js';
import { callOf } from '../../fakes/calls.js';
import { makeDirectory, moveInto, shownDirectory } from './changes-house.js';
import { TrashHouse } from './trash-house.js';

const SECOND = 1000;

/** Lets nothing be removed. */
class Keeper extends MemoryWriter {
  override remove(): Promise<void> {
    return Promise.reject(new FsError('EACCES', 'nothing goes', { reason: 'refused' }));
  }
}

describe('Writes: the trash of file managers', () => {
  it('sends 300 files that are put into it to the recycle bin in one call, and still shows them', async () => {
    const trash = await TrashHouse.open([], { full: 300 });
    const { house } = trash;
    for (const entry of [...house.tree.in(house.shown('full').id)]) await trash.put(entry);
    await house.idle();
    assert.equal(house.cloud.gate.calls(), 1);
    assert.deepEqual(house.cloudPaths(), ['/full/']);
    assert.equal(trash.bin.length, 300);
    for (const how of ['ended', 'killed'] as const) {
      assert.equal(trash.names.length, 300);
      await house.restart(how);
    }
    assert.deepEqual(house.tree.in(house.shown('full').id), []);
    await house.writes.close();
  });

  it('keeps its folders, and what is written into them, on this machine', async () => {
    const trash = await TrashHouse.open(['a']);
    const { house } = trash;
    const info = house.shown('info', house.shown('.Trash-0').id);
    assert.ok(info.kind === 'directory');
    await house.write('a.notes', 'Path=/a', info);
    await makeDirectory(house, 'd');
    await house.idle();
    assert.deepEqual(house.cloudPaths(), ['/a text of a', '/d/']);
    await house.restart('killed');
    const shown = [
      '/.Trash-0/',
      '/.Trash-0/files/',
      '/.Trash-0/info/',
      '/.Trash-0/info/a.notes',
      '/a',
      '/d/',
    ];
    assert.deepEqual(house.shownPaths(), shown);
    await house.writes.close();
  });

  it('takes out without a call what the cloud was not yet asked to remove', async () => {
    const trash = await TrashHouse.open(['a'], { d: 1 });
    const { house } = trash;
    const [file, directory] = [house.shown('a'), house.shown('d')];
    await trash.put(file);
    await trash.put(directory);
    assert.equal(await trash.takeOut('a'), file.id);
    assert.equal(await trash.takeOut('d', 'e'), directory.id);
    await house.idle();
    assert.deepEqual(house.cloudPaths(), ['/a text of a', '/e/', '/e/f0 0']);
    assert.deepEqual(trash.names, []);
    assert.deepEqual(trash.bin, []);
    assert.equal(house.cloud.gate.calls('trash') + house.cloud.gate.calls('stat'), 0);
    await house.restart();
    assert.deepEqual(house.shownPaths().slice(3), ['/a', '/e/', '/e/f0']);
    await house.writes.close();
  });

  it('takes out of the recycle bin what it was, to any place and under any name', async () => {
    const trash = await TrashHouse.open(['a', 'b'], { d: 1, e: 0 });
    const { house } = trash;
    const ids = ['a', 'b', 'd'].map((name) => house.shown(name).id);
    for (const name of ['a', 'b', 'd']) await trash.putForGood(name);
    assert.deepEqual(trash.bin, ['a', 'b', 'd']);
    await house.restart();
    const back = [
      await trash.takeOut('a'),
      await trash.takeOut('b', 'c', shownDirectory(house, 'e')),
      await trash.takeOut('d'),
    ];
    assert.deepEqual(back, ids);
    assert.deepEqual(trash.names, []);
    await house.idle();
    assert.deepEqual(house.cloudPaths(), ['/a text of a', '/d/', '/d/f0 0', '/e/', '/e/c text of b']);
    assert.deepEqual(trash.bin, []);
    await house.restart('killed');
    assert.deepEqual(house.shownPaths().slice(3), ['/a', '/d/', '/d/f0', '/e/', '/e/c']);
    assert.deepEqual(house.tree.unsettled.length, 3, 'only the folders of the trash are shown for ever');
    await house.writes.close();
  });

  it('takes out what the cloud has removed although nobody heard of it, also after a kill', async () => {
    const trash = await TrashHouse.open(['a']);
    const { house } = trash;
    await trash.put(house.shown('a'));
    house.cloud.gate.outages.begin({ call: 'remove', kind: 'lost' });
    await house.env.clock.advance(1.2 * SECOND);
    assert.deepEqual(trash.bin, ['a']);
    await house.restart('killed');
    await trash.takeOut('a');
    await house.idle();
    assert.deepEqual(house.cloudPaths(), ['/a text of a']);
    await house.writes.close();
  });

  it('takes out what is there again, as after a kill between the cloud and the journal', async () => {
    const trash = await TrashHouse.open(['a']);
    const { house } = trash;
    await trash.putForGood('a');
    const [binned] = house.cloud.bin.entries();
    house.cloud.restore(binned?.id ?? '');
    await house.restart('killed');
    await trash.takeOut('a', 'b');
    await house.idle();
    assert.deepEqual(house.cloudPaths(), ['/b text of a']);
    assert.deepEqual(house.shownPaths().slice(3), ['/b']);
    await house.writes.close();
  });

  it('gives back what was put in and not what looks like it', async () => {
    const trash = await TrashHouse.open(['a'], { other: 0 });
    const { house } = trash;
    const like = house.addFile('a', 'another', house.shown('other').id);
    house.cloud.remove(like.id);
    await house.env.clock.advance(60 * SECOND);
    await trash.putForGood('a');
    house.cloud.remove(house.addFile('a', 'text of b').id);
    await trash.takeOut('a');
    await house.idle();
    assert.deepEqual(house.cloudPaths(), ['/a text of a', '/other/']);
    await house.writes.close();
  });

  it('is ENOENT when the recycle bin was emptied, and shows it until it is removed', async () => {
    const trash = await TrashHouse.open(['a']);
    const { house } = trash;
    await trash.putForGood('a');
    for (const { id } of house.cloud.bin.entries()) house.cloud.bin.delete(id);
    await assert.rejects(trash.takeOut('a'), { errno: 'ENOENT' });
    assert.deepEqual(trash.names, ['a']);
    const entry = trash.in('a');
    assert.ok(entry.kind === 'file');
    await house.writes.remove(entry, '/.Trash-0/files/a', callOf());
    assert.deepEqual(trash.names, []);
    await house.writes.close();
  });

  it('leaves in the recycle bin what is removed from it, and forgets its own empty folders', async () => {
    const trash = await TrashHouse.open(['a'], { d: 1 });
    const { house } = trash;
    for (const name of ['a', 'd']) await trash.putForGood(name);
    const calls = house.cloud.gate.calls();
    const [file, directory, top] = [trash.in('a'), trash.in('d'), house.shown('.Trash-0')];
    assert.ok(file.kind === 'file' && directory.kind === 'directory' && top.kind === 'directory');
    const { writes } = house;
    await assert.rejects(writes.removeDirectory(trash.files, '/.Trash-0/files', callOf()), {
      errno: 'ENOTEMPTY',
    });
    await writes.remove(file, '/.Trash-0/files/a', callOf());
    await writes.removeDirectory(directory, '/.Trash-0/files/d', callOf());
    await writes.removeDirectory(trash.files, '/.Trash-0/files', callOf());
    await house.restart();
    assert.deepEqual(house.shownPaths(), ['/.Trash-0/', '/.Trash-0/info/']);
    assert.deepEqual(
      [...trash.house.cloud.bin.entries()].map(({ name }) => name),
      ['a', 'd'],
    );
    assert.equal(house.cloud.gate.calls(), calls);
    await house.writes.close();
  });

  it('renames in itself, also over what is there, and lets nothing but what was put in out of it', async () => {
    const trash = await TrashHouse.open(['a', 'b'], { d: 1 });
    const { house } = trash;
    for (const name of ['a', 'b', 'd']) await trash.putForGood(name);
    const place = { directory: trash.files, name: 'b', path: '/.Trash-0/files/b' };
    await house.writes.move(trash.in('a'), place, trash.in('b'), callOf());
    assert.deepEqual(trash.names, ['b', 'd']);
    await house.restart();
    await trash.takeOut('b', 'out');
    await house.idle();
    assert.deepEqual(house.cloudPaths(), ['/out text of a']);
    await assert.rejects(house.rename('.Trash-0', 'x'), { errno: 'EPERM' });
    const directory = trash.in('d');
    assert.ok(directory.kind === 'directory');
    await assert.rejects(house.write('x', 'x', directory), { errno: 'EPERM' });
    await assert.rejects(moveInto(house, house.shown('out'), directory), { errno: 'EPERM' });
    await house.writes.close();
  });

  it('shows at its place again what the cloud does not remove', async () => {
    const driver = (cloud: TrashHouse['house']['cloud']): MemoryDriver =>
      new MemoryDriver(cloud, ROOT_ID, { write: new Keeper(cloud) });
    const trash = await TrashHouse.open(['a'], {}, { driver });
    const { house } = trash;
    await trash.putForGood('a');
    assert.deepEqual(trash.names, []);
    assert.equal(house.shown('a').id, house.inCloud()[0]?.id);
    await house.restart();
    assert.deepEqual(trash.names, []);
    await house.writes.close();
  });

  it('takes the place of what is there when it comes out', async () => {
    const trash = await TrashHouse.open(['a', 'b']);
    const { house } = trash;
    await trash.putForGood('a');
    await trash.takeOut('a', 'b');
    await house.idle();
    assert.deepEqual(house.cloudPaths(), ['/b text of a']);
    await trash.putForGood('b');
    await house.write('b', 'new');
    await trash.takeOut('b');
    await house.idle();
    assert.deepEqual(house.cloudPaths(), ['/b text of a']);
    await house.writes.close();
  });

  it('is a folder of the cloud where that gives nothing back', async () => {
    const driver = (cloud: TrashHouse['house']['cloud']): MemoryDriver =>
      Object.assign(new MemoryDriver(cloud, ROOT_ID), { trash: undefined });
    const trash = await TrashHouse.open(['a'], {}, { driver });
    const { house } = trash;
    await trash.put(house.shown('a'));
    await house.idle();
    const paths = ['/.Trash-0/', '/.Trash-0/files/', '/.Trash-0/files/a text of a', '/.Trash-0/info/'];
    assert.deepEqual(house.cloudPaths(), paths);
    await house.writes.close();
  });
});

describe('Writes: the trash and what the cloud does not have yet', () => {
  it('keeps a file with its bytes, and uploads it when it is taken out', async () => {
    const trash = await TrashHouse.open([]);
    const { house } = trash;
    await house.write('a', 'new');
    await trash.put(house.shown('a'));
    await house.env.clock.advance(60 * SECOND);
    assert.equal(house.cloud.gate.calls(), 0);
    await house.restart('killed');
    assert.deepEqual(trash.names, ['a']);
    await trash.takeOut('a');
    await house.idle();
    assert.deepEqual(house.cloudPaths(), ['/a new']);
    await house.writes.close();
  });

  it('keeps the new bytes of a file, and removes the old ones', async () => {
    const trash = await TrashHouse.open(['a']);
    const { house } = trash;
    const file = await house.writes.edit(house.shownFile('a'), '/a', 'empty', callOf());
    await house.fill(file, 'new');
    await trash.put(house.shown('a'));
    await house.idle();
    assert.deepEqual([house.cloudPaths(), trash.bin], [[], ['a']]);
    await trash.takeOut('a');
    await house.idle();
    assert.deepEqual(house.cloudPaths(), ['/a new']);
    await house.writes.close();
  });

  for (const kind of ['lost', 'failing'] as const) {
    it(`removes what the cloud made of a file in the last moment, its answer ${kind}`, async () => {
      const trash = await TrashHouse.open([], {}, { cloud: { latency: 2 * SECOND } });
      const { house } = trash;
      await house.write('a', 'new');
      house.cloud.gate.outages.begin({ call: 'complete', kind });
      for (let step = 0; step < 300 && house.cloud.gate.calls('complete') === 0; step += 1) {
        await house.env.clock.advance(100);
      }
      assert.equal(house.cloud.gate.calls('complete'), 1);
      await trash.put(house.shown('a'));
      await house.idle();
      await house.env.clock.advance(600 * SECOND);
      await house.idle();
      assert.deepEqual(house.cloudPaths(), []);
      await house.restart('killed');
      await trash.takeOut('a');
      await house.idle();
      assert.deepEqual(house.cloudPaths(), ['/a new']);
      await house.writes.close();
    });
  }

  it('removes a directory with what is still on its way into it, at any depth', async () => {
    const trash = await TrashHouse.open(['moved'], { d: 0 });
    const { house } = trash;
    const inner = await house.writes.makeDirectory(house.place('e', shownDirectory(house, 'd')), callOf());
    await house.write('new', 'text', inner);
    await house.writes.move(house.shown('moved'), house.place('moved', inner), null, callOf());
    await trash.put(house.shown('d'));
    await house.restart('killed');
    assert.deepEqual(trash.names, ['d']);
    await house.idle();
    assert.deepEqual([house.cloudPaths(), trash.bin], [[], ['d']]);
    await trash.takeOut('d');
    await house.idle();
    const paths = ['/d/', '/d/e/', '/d/e/moved text of moved', '/d/e/new text'];
    assert.deepEqual(house.cloudPaths(), paths);
    await house.writes.close();
  });

  it('removes no directory before what was moved out of it is out, at any depth', async () => {
    const trash = await TrashHouse.open([], { d: 0 });
    const { house } = trash;
    const inner = house.cloud.addDirectory(house.shown('d').id, 'e');
    const file = house.cloud.addFile(inner.id, 'precious', bytesContent(Buffer.from('text')));
    await house.restart();
    house.cloud.gate.outages.begin({ call: 'move', kind: 'failing', times: 3 });
    await house.rename('d', 'd2');
    await house.writes.move(file, house.place('precious'), null, callOf());
    await trash.put(house.shown('d2'));
    await house.idle();
    assert.deepEqual(house.cloudPaths(), ['/precious text']);
    await house.writes.close();
  });

  it('lets the cloud make a new directory before it goes', async () => {
    const trash = await TrashHouse.open([]);
    const { house } = trash;
    const directory = await makeDirectory(house, 'd');
    await house.write('a', 'text', directory);
    await trash.put(house.shown('d'));
    await house.idle();
    assert.deepEqual([house.cloudPaths(), trash.bin], [[], ['d']]);
    await trash.takeOut('d');
    await house.idle();
    assert.deepEqual(house.cloudPaths(), ['/d/', '/d/a text']);
    house.cloud.gate.outages.begin({ call: 'makeDirectory', kind: 'failing', times: 3 });
    await makeDirectory(house, 'late');
    await assert.rejects(trash.put(house.shown('late')), { errno: 'EBUSY' });
    await house.writes.close();
  });
});
