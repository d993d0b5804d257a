import assert from 'node:assert/strict';
import type { DirectoryEntry } from '../../../src/driver/entry.js';
import { callOf } from '../../fakes/calls.js';
import type { Check, Place } from './check.js';
import { byId, identity, idsOf, inBatches, numbered } from './entries.js';
import { isFsError, rejectsWith } from './expect.js';

export const moveChecks: readonly Check[] = [
  {
    name: 'move keeps ids and names',
    needs: ['write'],
    async run(place) {
      const [target, source] = [await place.directory('target'), await place.directory('source')];
      const [inside] = await place.seed([{ kind: 'file', name: 'inside', size: 1 }], source);
      const moved = [await place.file(10), source];
      await inBatches(moved, place.write.batch, (batch) => place.write.move(batch, target, callOf()));
      assert.deepEqual(
        byId(await place.shown(target)).map(identity),
        byId(moved).map((entry) => ({ ...identity(entry), parentId: target.id })),
      );
      assert.deepEqual(idsOf(await place.list()), [target.id]);
      assert.deepEqual(idsOf(await place.list(source)), [inside]);
    },
  },
  {
    name: 'move replaces nothing',
    needs: ['write'],
    async run(place) {
      const target = await place.directory('target');
      const file = await place.file(10, 'twin.mkv');
      const [there = ''] = await place.seed([{ kind: 'file', name: 'twin.mkv', size: 20 }], target);
      await place.write.move([file], target, callOf());
      const shown = await place.shown(target);
      assert.deepEqual(idsOf(shown), [file.id, there].sort());
      for (const { name } of shown) assert.equal(name, 'twin.mkv');
    },
  },
  {
    name: 'move rejects with ENOENT when the target does not exist',
    needs: ['write'],
    async run(place) {
      const file = await place.file(10);
      const target = await place.directory();
      await place.subject.remove(target.id);
      await rejectsWith('ENOENT', place.write.move([file], target, callOf()));
      assert.deepEqual(idsOf(await place.shown()), [file.id]);
    },
  },
  {
    name: 'move rejects with EINVAL when a directory would come to stand below itself',
    needs: ['write'],
    async run(place) {
      const outer = await place.directory('outer');
      const inner = await place.write.makeDirectory(outer, 'inner', callOf());
      await rejectsWith('EINVAL', place.write.move([outer], inner, callOf()));
      await rejectsWith('EINVAL', place.write.move([outer], outer, callOf()));
      assert.deepEqual(idsOf(await place.shown()), [outer.id]);
      assert.deepEqual(idsOf(await place.list(outer)), [inner.id]);
    },
  },
  {
    name: 'move and remove take as many entries as they say',
    needs: ['write'],
    async run(place) {
      const { batch } = place.write;
      assert.ok(Number.isSafeInteger(batch) && batch >= 1);
      const target = await place.directory('target');
      const source = await place.directory('source');
      const ids = await place.seed(numbered(batch), source);
      await place.write.move(await place.list(source), target, callOf());
      assert.deepEqual(idsOf(await place.list(source)), []);
      const moved = await place.shown(target);
      assert.deepEqual(idsOf(moved), [...ids].sort());
      await place.write.remove(moved, callOf());
      assert.deepEqual(await place.list(target), []);
    },
  },
  {
    name: 'remove takes entries out of their directory',
    needs: ['write'],
    async run(place) {
      const kept = await place.file(10, 'kept.mkv');
      const gone = [await place.file(10, 'gone.mkv'), await filled(place, 'gone')];
      await place.remove(gone);
      assert.deepEqual(idsOf(await place.list()), [kept.id]);
      for (const entry of gone) assert.equal(await place.driver.stat(entry, callOf()), null);
    },
  },
  {
    name: 'remove puts what it takes into the recycle bin',
    needs: ['write', 'trashed'],
    async run(place) {
      const gone = [await place.file(10, 'binned.mkv'), await filled(place, 'binned')];
      await place.remove(gone);
      const trashed = (await place.subject.trashed?.()) ?? [];
      for (const { name } of gone) assert.ok(trashed.includes(name), `${name} is destroyed`);
    },
  },
  {
    name: 'remove resolves for what is gone already',
    needs: ['write'],
    async run(place) {
      const [gone, kept] = [await place.file(10, 'gone.mkv'), await place.file(10, 'kept.mkv')];
      await place.subject.remove(gone.id);
      await place.write.remove([gone], callOf());
      await place.remove([gone, kept]);
      assert.deepEqual(await place.list(), []);
    },
  },
  {
    name: 'changes may be repeated after a lost answer',
    needs: ['write', 'loseAnswer'],
    async run(place) {
      const { write, folder } = place;
      await repeated(place, 'makeDirectory', () => write.makeDirectory(folder, 'target', callOf()));
      const [target, ...twins] = await place.shown();
      assert.ok(target?.kind === 'directory' && twins.length === 0, 'the directory was made twice');
      const file = await place.file(10);
      await repeated(place, 'rename', () => write.rename(file, 'renamed.mkv', callOf()));
      assert.equal((await place.child(file.id)).name, 'renamed.mkv');
      await repeated(place, 'move', () => write.move([file], target, callOf()));
      assert.deepEqual(idsOf(await place.shown(target)), [file.id]);
      await repeated(place, 'remove', () => write.remove([file], callOf()));
      assert.deepEqual(await place.list(target), []);
    },
  },
];

/** Does something twice; the answer of the first time is lost, which a driver may notice or not. */
async function repeated(
  place: Place,
  work: 'makeDirectory' | 'rename' | 'move' | 'remove',
  change: () => Promise<unknown>,
): Promise<void> {
  await place.losingAnswer(work, async () => {
    await change().catch(isFsError);
    await change();
  });
}

/** A directory with something in it. */
async function filled(place: Place, name: string): Promise<DirectoryEntry> {
  const directory = await place.directory(name);
  await place.seed([{ kind: 'file', name: 'inside', size: 1 }], directory);
  return directory;
}
