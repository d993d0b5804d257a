import assert from 'node:assert/strict';
import { callOf } from '../../fakes/calls.js';
import type { Check } from './check.js';

export const statChecks: readonly Check[] = [
  {
    name: 'stat agrees with list',
    async run(place) {
      for (const entry of [await place.file(5 * 1024 ** 3), await place.directory()]) {
        const found = await place.driver.stat(entry, callOf());
        assert.ok(found !== null);
        // A cloud may tell more of one entry than of each in a listing.
        assert.deepEqual({ ...found, attributes: {} }, { ...entry, attributes: {} });
      }
    },
  },
  {
    name: 'stat tells the entry as it is now',
    async run(place) {
      const directory = await place.directory();
      for (const entry of [await place.file(10), await place.directory('moves')]) {
        await place.subject.rename(entry.id, `new ${entry.name}`);
        await place.subject.move(entry.id, directory.id);
        const found = await place.driver.stat(entry, callOf());
        assert.equal(found?.id, entry.id);
        assert.equal(found.name, `new ${entry.name}`);
        assert.equal(found.parentId, directory.id);
      }
    },
  },
  {
    name: 'stat answers null for what no longer exists',
    async run(place) {
      for (const entry of [await place.file(10), await place.directory()]) {
        await place.subject.remove(entry.id);
        assert.equal(await place.driver.stat(entry, callOf()), null);
      }
    },
  },
];
