import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { callOf } from '../../fakes/calls.js';
import type { Check } from './check.js';
import { promptRejection, rejectsWith, verbsOf } from './expect.js';

const PARALLEL = 20;

export const everyVerbChecks: readonly Check[] = [
  {
    name: 'every verb rejects with FsError only',
    needs: ['loseLogin'],
    async run(place) {
      const file = await place.file(10);
      await place.withoutLogin(async () => {
        for (const verb of verbsOf(place, file)) {
          const error = await rejectsWith('EACCES', verb.run(callOf()));
          assert.equal(error.reason, 'login', verb.name);
        }
      });
    },
  },
  {
    name: 'every verb rejects with the reason of a signal that has aborted',
    async run(place) {
      const file = await place.file(10);
      for (const verb of verbsOf(place, file)) {
        const reason = new Error(`${verb.name} is not wanted`);
        const error = await promptRejection(verb.run(callOf('lookup', AbortSignal.abort(reason))));
        assert.equal(error, reason);
      }
    },
  },
  {
    name: 'every verb ends at once when the signal aborts',
    needs: ['hold'],
    async run(place) {
      const file = await place.file(10);
      await place.during(place.subject.hold, async () => {
        for (const verb of verbsOf(place, file)) {
          const abort = new AbortController();
          const reason = new Error(`${verb.name} is wanted no more`);
          const outcome = promptRejection(verb.run(callOf('lookup', abort.signal)));
          // Long enough for a request to have left, so that its answer is what is waited for.
          await delay(20);
          abort.abort(reason);
          assert.equal(await outcome, reason);
        }
      });
    },
  },
  {
    name: 'every verb may be called concurrently',
    async run(place) {
      const file = await place.file(10);
      await place.directory();
      for (const verb of verbsOf(place, file).filter(({ name }) => !name.startsWith('link'))) {
        const alone = await verb.run(callOf());
        const together = await Promise.all(Array.from({ length: PARALLEL }, () => verb.run(callOf())));
        assert.deepEqual(
          together,
          Array.from({ length: PARALLEL }, () => alone),
        );
      }
      const links = Array.from({ length: PARALLEL }, () => place.driver.link(file, callOf('reader')));
      for (const link of await Promise.all(links)) assert.notEqual(link.url, '');
    },
  },
];
