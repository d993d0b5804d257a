import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { callOf } from '../../fakes/calls.js';
import { RecordedContent } from '../../fakes/uploads.js';
import type { Check } from './check.js';
import { promptRejection, readingVerbsOf, rejectsWith, verbsOf } from './expect.js';
import { isOnlyFile, targetIn, upload } from './uploading.js';

const PARALLEL = 20;
const CHANGES = 6;
const UPLOADS = 3;

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
      for (const verb of readingVerbsOf(place, file).filter(({ name }) => !name.startsWith('link'))) {
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
  {
    name: 'changes may be made concurrently',
    needs: ['write'],
    async run(place) {
      const { write, folder } = place;
      const target = await place.directory('target');
      const names = Array.from({ length: CHANGES }, (_, index) => `directory ${index}`);
      const twice = [...names, ...names];
      const made = await Promise.all(twice.map((name) => write.makeDirectory(folder, name, callOf())));
      assert.equal(new Set(made.map(({ id }) => id)).size, CHANGES, 'a directory was made twice');
      const each = made.slice(0, CHANGES);
      const renamed = await Promise.all(
        each.map((entry) => write.rename(entry, `new ${entry.name}`, callOf())),
      );
      await Promise.all(renamed.map((entry) => write.move([entry], target, callOf())));
      const shown = await place.shown(target);
      assert.deepEqual(shown.map(({ name }) => name).sort(), names.map((name) => `new ${name}`).sort());
      await Promise.all(shown.map((entry) => write.remove([entry], callOf())));
      assert.deepEqual(await place.list(target), []);
    },
  },
  {
    name: 'uploads may run concurrently',
    needs: ['write'],
    async run(place) {
      const files = Array.from({ length: UPLOADS }, () => place.bytes(100_000));
      const uploaded = await Promise.all(
        files.map((bytes, index) => upload(place, targetIn(place, `${index}`), new RecordedContent(bytes))),
      );
      for (const [index, bytes] of files.entries()) {
        const file = uploaded[index];
        assert.ok(file !== undefined);
        await isOnlyFile(place, file, bytes);
      }
    },
  },
];
