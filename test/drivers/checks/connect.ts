import assert from 'node:assert/strict';
import { callOf } from '../../fakes/calls.js';
import type { Check } from './check.js';
import { rejectsWith } from './expect.js';

export const connectChecks: readonly Check[] = [
  {
    name: 'connect finds the root folder',
    async run({ subject, driver, folder }) {
      const root = await driver.connect(callOf());
      assert.equal(root.kind, 'directory');
      assert.equal(folder.parentId, root.id);
      assert.equal(driver.kind, subject.account.kind);
    },
  },
  {
    name: 'connect makes any folder the root',
    async run(place) {
      const [id] = await place.seed([{ kind: 'file', name: 'inside', size: 1 }]);
      const inner = place.subject.account.drive(place.folder.id);
      const root = await inner.connect(callOf());
      assert.equal(root.id, place.folder.id);
      const found: string[] = [];
      for await (const page of inner.list(root, callOf())) found.push(...page.map((entry) => entry.id));
      assert.deepEqual(found, [id]);
    },
  },
  {
    name: 'connect rejects with EACCES when the login is lost',
    needs: ['loseLogin'],
    async run(place) {
      await place.withoutLogin(async () => {
        const error = await rejectsWith('EACCES', place.driver.connect(callOf()));
        assert.equal(error.reason, 'login');
      });
    },
  },
  {
    name: 'connect rejects with ENOENT when the root does not exist',
    async run(place) {
      const directory = await place.directory();
      await place.subject.remove(directory.id);
      await rejectsWith('ENOENT', place.subject.account.drive(directory.id).connect(callOf()));
    },
  },
];
