import assert from 'node:assert/strict';
import type { DirectoryEntry, Entry, FileEntry } from '../../../src/driver/entry.js';
import type { Trash, TrashedEntry } from '../../../src/driver/writer.js';
import { callOf } from '../../fakes/calls.js';
import type { Check, Place } from './check.js';
import { rejectsWith, trashed } from './expect.js';

const DAY = 86_400_000;

export const trashChecks: readonly Check[] = [
  {
    name: 'trash lists what was removed',
    needs: ['write', 'trash'],
    async run(place) {
      const { file, directory } = await removed(place);
      for (const entry of [file, directory]) {
        const found = await inBin(place, entry);
        assert.equal(found.kind, entry.kind);
        assert.equal(found.size, entry.kind === 'file' ? entry.size : null);
        assert.ok(found.parentId === null || found.parentId === place.folder.id);
        assert.ok(Math.abs(found.removedAt - place.subject.now()) < DAY, `removed at ${found.removedAt}`);
      }
    },
  },
  {
    name: 'trash gives back what was removed',
    needs: ['write', 'trash'],
    async run(place) {
      const { file, directory, inside } = await removed(place);
      const entries = [await inBin(place, file), await inBin(place, directory)];
      await trashOf(place).restore(entries, callOf());
      const shown = await place.shown();
      assert.deepEqual(namesOf(shown), namesOf([file, directory]));
      const restored = shown.find(({ kind }) => kind === 'directory');
      assert.ok(restored?.kind === 'directory');
      assert.deepEqual(
        (await place.list(restored)).map(({ name }) => name),
        [inside],
      );
    },
  },
  {
    name: 'trash rejects with ENOENT when it is to give back what is not in it',
    needs: ['write', 'trash'],
    async run(place) {
      const { file } = await removed(place);
      const entry = await inBin(place, file);
      await trashOf(place).restore([entry], callOf());
      await rejectsWith('ENOENT', trashOf(place).restore([entry], callOf()));
    },
  },
  {
    name: 'trash destroys what it is told to, or everything',
    needs: ['write', 'trash'],
    async run(place) {
      const { file, directory } = await removed(place);
      const entry = await inBin(place, file);
      await trashOf(place).purge([entry], callOf());
      const ids = (await trashed(trashOf(place))).map(({ id }) => id);
      assert.ok(!ids.includes(entry.id), 'it is still there');
      assert.ok(ids.includes((await inBin(place, directory)).id), 'more was destroyed than asked for');
      await trashOf(place).purge([], callOf());
      assert.equal((await trashed(trashOf(place))).length, ids.length, 'nothing was to be destroyed');
      await trashOf(place).purge(null, callOf());
      assert.deepEqual(await trashed(trashOf(place)), []);
      assert.deepEqual(await place.shown(), []);
    },
  },
];

interface Removed {
  readonly file: FileEntry;
  readonly directory: DirectoryEntry;
  /** The name of the only file in the directory. */
  readonly inside: string;
}

/** Removes a file and a directory of names that nothing else in the bin has. */
async function removed(place: Place): Promise<Removed> {
  const inside = 'inside';
  const file = await place.file(1000, `file of ${place.folder.id}`);
  const directory = await place.directory(`directory of ${place.folder.id}`);
  await place.seed([{ kind: 'file', name: inside, size: 1 }], directory);
  await place.remove([file, directory]);
  return { file, directory, inside };
}

async function inBin(place: Place, entry: Entry): Promise<TrashedEntry> {
  const found = (await trashed(trashOf(place))).find(({ name }) => name === entry.name);
  assert.ok(found !== undefined, `${entry.name} is not in the bin`);
  return found;
}

function trashOf({ driver }: Place): Trash {
  assert.ok(driver.trash !== undefined);
  return driver.trash;
}

function namesOf(entries: readonly Entry[]): readonly string[] {
  return entries.map(({ kind, name }) => `${kind} ${name}`).sort();
}
