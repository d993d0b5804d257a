import assert from 'node:assert/strict';
import type { Entry } from '../../../src/driver/entry.js';
import type { Check, Place } from './check.js';

const SIZES = [0, 1, 2 ** 31, 2 ** 32, 5 * 1024 ** 3 + 1];

/** Names that clouds hold and file systems do not like; none is longer than 255 bytes. */
const AWKWARD_NAMES = [
  'AC/DC',
  '.',
  '..',
  ' leading and trailing ',
  '电影（2024）【全】',
  '🎬👩‍👩‍👧.mkv',
  'e\u0301 and \u00e9',
  '"quotes" & <tags>',
  '100%25.txt',
  'a\\b?c*d|e:f',
  'x'.repeat(255),
];

export const entryChecks: readonly Check[] = [
  {
    name: 'entries carry ids as strings without losing a digit',
    async run(place) {
      const ids = await place.seed([
        { kind: 'directory', name: 'series' },
        { kind: 'file', name: 'film', size: 1 },
      ]);
      const found = (await place.list()).map((entry) => entry.id);
      assert.deepEqual([...found].sort(), [...ids].sort());
      for (const id of found) assert.equal(typeof id, 'string');
    },
  },
  {
    name: 'entries keep their id when renamed or moved',
    async run(place) {
      const file = await place.file(10);
      const directory = await place.directory();
      await place.subject.rename(file.id, 'renamed.mkv');
      await place.subject.move(file.id, directory.id);
      assert.equal((await place.child(file.id, directory)).name, 'renamed.mkv');
    },
  },
  {
    name: 'entries name the directory that holds them',
    async run(place) {
      const directory = await place.directory();
      const [inner = ''] = await place.seed([{ kind: 'file', name: 'inner', size: 1 }], directory);
      assert.equal(directory.parentId, place.folder.id);
      assert.equal((await place.child(inner, directory)).parentId, directory.id);
    },
  },
  {
    name: 'entries keep awkward names as the cloud has them',
    async run(place) {
      const ids = await place.seed(AWKWARD_NAMES.map((name) => ({ kind: 'file', name, size: 1 }) as const));
      assert.deepEqual(await namesOf(place, ids), AWKWARD_NAMES);
    },
  },
  {
    name: 'entries of one name stay apart',
    async run(place) {
      const ids = await place.seed([
        { kind: 'file', name: 'twin', size: 1 },
        { kind: 'file', name: 'twin', size: 2 },
        { kind: 'directory', name: 'twin' },
      ]);
      assert.deepEqual(await namesOf(place, ids), ['twin', 'twin', 'twin']);
    },
  },
  {
    name: 'entries tell sizes beyond four gibibytes',
    async run(place) {
      const ids = await place.seed(SIZES.map((size) => ({ kind: 'file', name: `${size}`, size }) as const));
      const entries = byId(await place.list());
      const sizes = ids.map((id) => entries.get(id)).map((entry) => entry?.kind === 'file' && entry.size);
      assert.deepEqual(sizes, SIZES);
    },
  },
  {
    name: 'entries tell times in milliseconds',
    async run(place) {
      const now = place.subject.now();
      const dayAround = (time: number): boolean => Math.abs(time - now) < 86_400_000;
      for (const entry of [await place.file(1), await place.directory()]) {
        assert.ok(dayAround(entry.modifiedAt), `modified at ${entry.modifiedAt}, now ${now}`);
        assert.ok(dayAround(entry.createdAt), `created at ${entry.createdAt}, now ${now}`);
      }
    },
  },
  {
    name: 'entries carry attributes as text',
    async run(place) {
      for (const value of Object.values((await place.file(1)).attributes)) {
        assert.equal(typeof value, 'string');
      }
    },
  },
];

function byId(entries: readonly Entry[]): ReadonlyMap<string, Entry> {
  return new Map(entries.map((entry) => [entry.id, entry]));
}

async function namesOf(place: Place, ids: readonly string[]): Promise<readonly (string | undefined)[]> {
  const entries = byId(await place.list());
  return ids.map((id) => entries.get(id)?.name);
}
