import assert from 'node:assert/strict';
import { callOf } from '../../fakes/calls.js';
import type { Check } from './check.js';
import { identity, idsOf } from './entries.js';
import { rejectsWith } from './expect.js';

export const nameChecks: readonly Check[] = [
  {
    name: 'makeDirectory makes a directory',
    needs: ['write'],
    async run(place) {
      const made = await place.write.makeDirectory(place.folder, '剧集 series', callOf());
      const [shown, ...others] = await place.shown();
      assert.deepEqual(others, []);
      assert.equal(shown?.kind, 'directory');
      assert.deepEqual(identity(made), identity(shown));
      assert.equal(made.name, '剧集 series');
      assert.deepEqual(await place.list(made), []);
    },
  },
  {
    name: 'makeDirectory gives the directory that is there already',
    needs: ['write'],
    async run(place) {
      const before = await place.directory('series');
      const again = await place.write.makeDirectory(place.folder, 'series', callOf());
      assert.deepEqual(identity(again), identity(before));
      const made = await place.write.makeDirectory(place.folder, 'new', callOf());
      assert.equal((await place.write.makeDirectory(place.folder, 'new', callOf())).id, made.id);
      assert.deepEqual(idsOf(await place.shown()), [before.id, made.id].sort());
    },
  },
  {
    name: 'makeDirectory rejects with ENOENT when the parent does not exist',
    needs: ['write'],
    async run(place) {
      const directory = await place.directory();
      await place.subject.remove(directory.id);
      await rejectsWith('ENOENT', place.write.makeDirectory(directory, 'inside', callOf()));
    },
  },
  {
    name: 'rename keeps the id',
    needs: ['write'],
    async run(place) {
      const directory = await place.directory();
      const [inside] = await place.seed([{ kind: 'file', name: 'inside', size: 1 }], directory);
      for (const entry of [await place.file(10), directory]) {
        const renamed = await place.write.rename(entry, `新 ${entry.name}`, callOf());
        assert.deepEqual(identity(renamed), { ...identity(entry), name: `新 ${entry.name}` });
        assert.deepEqual(identity(await place.child(entry.id)), identity(renamed));
      }
      assert.deepEqual(idsOf(await place.list(directory)), [inside]);
    },
  },
  {
    name: 'rename rejects with ENOENT when the entry does not exist',
    needs: ['write'],
    async run(place) {
      const file = await place.file(10);
      await place.subject.remove(file.id);
      await rejectsWith('ENOENT', place.write.rename(file, 'renamed.mkv', callOf()));
    },
  },
  {
    name: 'makeDirectory and rename reject with EINVAL for each character that the facts forbid',
    needs: ['write'],
    async run(place) {
      const file = await place.file(10);
      for (const character of place.driver.facts.forbiddenCharacters) {
        const name = `a${character}b`;
        await rejectsWith('EINVAL', place.write.makeDirectory(place.folder, name, callOf()));
        await rejectsWith('EINVAL', place.write.rename(file, name, callOf()));
      }
      const names = (await place.shown()).map(({ name }) => name);
      assert.deepEqual(names, [file.name]);
    },
  },
  {
    name: 'makeDirectory and rename reject with ENAMETOOLONG for a name that is too long',
    needs: ['write'],
    async run(place) {
      const file = await place.file(10);
      const long = 'x'.repeat(place.driver.facts.nameBytes + 1);
      await rejectsWith('ENAMETOOLONG', place.write.makeDirectory(place.folder, long, callOf()));
      await rejectsWith('ENAMETOOLONG', place.write.rename(file, long, callOf()));
      assert.equal((await place.write.rename(file, long.slice(1), callOf())).name, long.slice(1));
      assert.deepEqual(idsOf(await place.shown()), [file.id]);
    },
  },
];
