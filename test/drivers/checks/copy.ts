import assert from 'node:assert/strict';
import type { Entry } from '../../../src/driver/entry.js';
import type { RapidContent } from '../../../src/driver/writer.js';
import { callOf } from '../../fakes/calls.js';
import { RecordedContent } from '../../fakes/uploads.js';
import type { Check, Place } from './check.js';
import { idsOf, inBatches } from './entries.js';
import { isOnlyFile, knownBytes, targetIn } from './uploading.js';

export const copyChecks: readonly Check[] = [
  {
    name: 'rapid makes a file from its hashes',
    needs: ['rapid'],
    async run(place) {
      const bytes = await knownBytes(place);
      const content = new RecordedContent(bytes);
      const file = await place.driver.rapid?.create(targetIn(place), content, callOf());
      assert.ok(file !== undefined && file !== null, 'the cloud knows these bytes');
      assert.ok(content.bytesRead < bytes.length / 2, `${content.bytesRead} bytes were read`);
      await isOnlyFile(place, file, bytes);
    },
  },
  {
    name: 'rapid needs no more than the hash that files carry',
    needs: ['rapid'],
    async run(place) {
      const bytes = await knownBytes(place);
      const content = new RecordedContent(bytes);
      const carried = place.driver.facts.hash ?? 'sha1';
      const hashes = { sha1: null, headSha1: null, md5: null, [carried]: content.hashes[carried] };
      const read: RapidContent['read'] = (range, signal) => content.read(range, signal);
      const asked = { size: content.size, hashes, read };
      const file = await place.driver.rapid?.create(targetIn(place), asked, callOf());
      assert.ok(file !== undefined && file !== null, 'the cloud knows these bytes');
      await isOnlyFile(place, file, bytes);
    },
  },
  {
    name: 'rapid answers null for unknown bytes',
    needs: ['rapid'],
    async run(place) {
      const content = new RecordedContent(place.bytes(1024 ** 2));
      assert.equal(await place.driver.rapid?.create(targetIn(place), content, callOf()), null);
      assert.deepEqual(await place.shown(), []);
    },
  },
  {
    name: 'copy leaves the source and makes equal files',
    needs: ['copy'],
    async run(place) {
      const target = await place.directory('target');
      const source = await place.directory('source');
      const [inside = ''] = await place.seed([{ kind: 'file', name: 'inside', size: 20 }], source);
      const [there = ''] = await place.seed([{ kind: 'file', name: 'film.mkv', size: 5 }], target);
      const file = await place.file(1000, 'film.mkv');
      const { copy: verb } = place.driver;
      assert.ok(verb !== undefined);
      await inBatches([file, source], verb.limit, (batch) => verb.copy(batch, target, callOf()));

      assert.deepEqual(idsOf(await place.shown()), [file.id, source.id, target.id].sort());
      assert.deepEqual(idsOf(await place.list(source)), [inside]);
      const copies = (await place.list(target)).filter(({ id }) => id !== there);
      assert.deepEqual(copies.map(({ name }) => name).sort(), ['film.mkv', 'source']);
      const folder = copies.find(({ kind }) => kind === 'directory');
      assert.ok(folder?.kind === 'directory' && folder.id !== source.id);
      const [copied, ...others] = await place.list(folder);
      assert.deepEqual(others, []);
      await isCopy(
        place,
        file,
        copies.find(({ kind }) => kind === 'file'),
      );
      await isCopy(place, await place.child(inside, source), copied);
    },
  },
];

/** Two files with the same bytes. */
async function isCopy(place: Place, original: Entry, copy: Entry | undefined): Promise<void> {
  assert.ok(original.kind === 'file' && copy?.kind === 'file' && copy.id !== original.id);
  assert.deepEqual([copy.name, copy.size, copy.hash], [original.name, original.size, original.hash]);
  const range = { start: 0, end: original.size };
  assert.deepEqual(await place.subject.bytes(copy, range), await place.subject.bytes(original, range));
}
