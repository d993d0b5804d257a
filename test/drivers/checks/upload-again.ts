import assert from 'node:assert/strict';
import { callOf } from '../../fakes/calls.js';
import { RecordedContent, UploadCourse } from '../../fakes/uploads.js';
import type { Check, Place } from './check.js';
import { rejection } from './expect.js';
import { isOnlyFile, knownBytes, targetIn, uploadPersistently } from './uploading.js';

export const uploadAgainChecks: readonly Check[] = [
  {
    name: 'upload goes on from its checkpoint',
    needs: ['write', 'severalParts'],
    async run(place) {
      const bytes = place.bytes(place.subject.severalParts ?? 0);
      const cut = await cutUpload(place, bytes);
      const course = cut.resumed();
      const { write } = place.another();
      assert.ok(write !== undefined);
      const content = new RecordedContent(bytes);
      const file = await write.upload(targetIn(place), content, course, callOf('background'));
      await isOnlyFile(place, file, bytes);
      const again = course.admitted - (bytes.length - (cut.sent.at(-1) ?? 0));
      assert.ok(again <= bytes.length / 3, `${again} bytes were sent a second time`);
    },
  },
  {
    name: 'upload makes one file although its last answer was lost',
    needs: ['write', 'loseAnswer'],
    async run(place) {
      const bytes = place.bytes(100_000);
      await place.losingAnswer('complete', async () => {
        const file = await uploadPersistently(place, targetIn(place), new RecordedContent(bytes));
        await isOnlyFile(place, file, bytes);
      });
    },
  },
  {
    name: 'upload makes one file although the answer that the cloud knows the bytes was lost',
    needs: ['write', 'rapid', 'loseAnswer'],
    async run(place) {
      const bytes = await knownBytes(place, 1000);
      await place.losingAnswer('rapid', async () => {
        const file = await uploadPersistently(place, targetIn(place), new RecordedContent(bytes));
        await isOnlyFile(place, file, bytes);
      });
    },
  },
];

/** An upload that ends when half of the bytes are in the cloud; answers its course. */
async function cutUpload(place: Place, bytes: Uint8Array): Promise<UploadCourse> {
  const abort = new AbortController();
  const reason = new Error('the upload is stopped');
  const course = new UploadCourse();
  course.onSent = (sent) => {
    course.sent.push(sent);
    if (sent >= bytes.length / 2) abort.abort(reason);
  };
  const call = callOf('background', abort.signal);
  const cut = place.write.upload(targetIn(place), new RecordedContent(bytes), course, call);
  assert.equal(await rejection(cut), reason);
  return course;
}
