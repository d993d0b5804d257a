import assert from 'node:assert/strict';
import type { Entry } from '../../../src/driver/entry.js';
import { callOf } from '../../fakes/calls.js';
import type { Check } from './check.js';
import { numbered } from './entries.js';
import { rejectsWith } from './expect.js';

export const listChecks: readonly Check[] = [
  {
    name: 'list yields each child once over several pages',
    async run(place) {
      const ids = await place.seed(numbered(place.subject.severalPages));
      const pages: (readonly Entry[])[] = [];
      for await (const page of place.driver.list(place.folder, callOf())) pages.push(page);
      assert.ok(pages.length > 1, 'the subject promised several pages');
      assert.deepEqual(sorted(pages.flat().map((entry) => entry.id)), sorted(ids));
    },
  },
  {
    name: 'list leaves out what is not completely uploaded',
    async run(place) {
      const [whole] = await place.seed([
        { kind: 'file', name: 'whole.mkv', size: 100 },
        { kind: 'unfinished', name: 'half.mkv', size: 100 },
      ]);
      assert.deepEqual(
        (await place.list()).map((entry) => entry.id),
        [whole],
      );
    },
  },
  {
    name: 'list yields nothing for an empty directory',
    async run(place) {
      for await (const page of place.driver.list(place.folder, callOf())) {
        assert.fail(`a page of ${page.length} entries`);
      }
    },
  },
  {
    name: 'list rejects with ENOENT when the directory does not exist',
    async run(place) {
      const directory = await place.directory();
      await place.subject.remove(directory.id);
      await rejectsWith('ENOENT', place.list(directory));
    },
  },
  {
    name: 'list rejects with EIO when an answer is odd',
    needs: ['misdirectListings'],
    async run(place) {
      await place.seed([{ kind: 'file', name: 'a', size: 1 }]);
      await place.during(place.subject.misdirectListings, async () => {
        const error = await rejectsWith('EIO', place.list());
        assert.equal(error.reason, 'reply');
      });
    },
  },
  {
    name: 'list rejects before it has yielded a whole directory',
    needs: ['misdirectListings'],
    async run(place) {
      await place.seed(numbered(place.subject.severalPages));
      const seen: Entry[] = [];
      const pages = place.driver.list(place.folder, callOf())[Symbol.asyncIterator]();
      const first = await pages.next();
      assert.ok(first.done !== true);
      seen.push(...first.value);
      await place.during(place.subject.misdirectListings, async () => {
        await rejectsWith('EIO', rest(pages, seen));
      });
      assert.ok(seen.length < place.subject.severalPages);
    },
  },
  {
    name: 'list shows something new within the listing lag',
    async run(place) {
      await place.list();
      const ids = await place.seed(numbered(2));
      assert.deepEqual(sorted((await place.list()).map((entry) => entry.id)), sorted(ids));
    },
  },
  {
    name: 'list forgets what was removed',
    async run(place) {
      const [gone = '', kept] = await place.seed(numbered(2));
      await place.list();
      await place.subject.remove(gone);
      assert.deepEqual(
        (await place.list()).map((entry) => entry.id),
        [kept],
      );
    },
  },
];

function sorted(ids: readonly string[]): readonly string[] {
  return [...ids].sort();
}

async function rest(pages: AsyncIterator<readonly Entry[]>, seen: Entry[]): Promise<void> {
  for (let page = await pages.next(); page.done !== true; page = await pages.next()) seen.push(...page.value);
}
