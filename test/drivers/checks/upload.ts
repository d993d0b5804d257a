import assert from 'node:assert/strict';
import { FsError } from '../../../src/lib/errors.js';
import { RecordedContent, UploadCourse } from '../../fakes/uploads.js';
import type { Check, Place } from './check.js';
import { idsOf } from './entries.js';
import { rejection, rejectsWith } from './expect.js';
import { holds, isOnlyFile, knownBytes, targetIn, upload } from './uploading.js';

const SMALL = 100_000;

export const uploadChecks: readonly Check[] = [
  {
    name: 'upload makes a file with these bytes',
    needs: ['write', 'severalParts'],
    async run(place) {
      const { severalParts = 0 } = place.subject;
      for (const size of [1, SMALL, severalParts]) {
        const bytes = place.bytes(size);
        const target = targetIn(place, `${size} 字节.mkv`);
        const file = await upload(place, target, new RecordedContent(bytes));
        assert.equal(file.name, target.name);
        await isOnlyFile(place, file, bytes);
      }
    },
  },
  {
    name: 'upload makes an empty file, or the driver says that it cannot',
    needs: ['write'],
    async run(place) {
      const content = new RecordedContent(new Uint8Array());
      if (!place.write.emptyFiles) {
        await rejectsWith('EINVAL', upload(place, targetIn(place), content));
        assert.deepEqual(await place.shown(), []);
        return;
      }
      const file = await upload(place, targetIn(place), content);
      await isOnlyFile(place, file, new Uint8Array());
    },
  },
  {
    name: 'upload leaves a file of the same name where it is',
    needs: ['write'],
    async run(place) {
      const there = await place.file(10, 'twin.mkv');
      const bytes = place.bytes(SMALL);
      const file = await upload(place, targetIn(place, 'twin.mkv'), new RecordedContent(bytes));
      assert.deepEqual(idsOf(await place.shown()), [there.id, file.id].sort());
      await holds(place, file, bytes);
    },
  },
  {
    name: 'upload sends nothing when the cloud knows the bytes',
    needs: ['write', 'rapid'],
    async run(place) {
      const bytes = await knownBytes(place);
      const content = new RecordedContent(bytes);
      const course = new UploadCourse();
      const file = await upload(place, targetIn(place), content, course);
      assert.equal(course.admitted, 0);
      assert.deepEqual(course.stages, ['rapid']);
      assert.ok(content.bytesRead < bytes.length / 2, `${content.bytesRead} bytes were read`);
      await isOnlyFile(place, file, bytes);
    },
  },
  {
    name: 'upload tells its stages and how much the cloud has',
    needs: ['write', 'severalParts'],
    async run(place) {
      const bytes = place.bytes(place.subject.severalParts ?? 0);
      const course = new UploadCourse();
      await upload(place, targetIn(place), new RecordedContent(bytes), course);
      assert.deepEqual(course.stages, ['rapid', 'parts', 'verify']);
      assert.deepEqual(
        course.sent,
        [...course.sent].sort((a, b) => a - b),
      );
      assert.equal(course.sent.at(-1), bytes.length);
      assert.ok(new Set(course.sent).size > 2, 'told only at the end');
    },
  },
  {
    name: 'upload sends no byte that was not admitted',
    needs: ['write', 'severalParts'],
    async run(place) {
      const bytes = place.bytes(place.subject.severalParts ?? 0);
      const course = new StrictCourse();
      await upload(place, targetIn(place), new RecordedContent(bytes), course);
      assert.ok(course.admitted >= bytes.length, `${course.admitted} bytes were admitted`);
    },
  },
  {
    name: 'upload rejects with ENOENT when the directory does not exist',
    needs: ['write'],
    async run(place) {
      const directory = await place.directory();
      await place.subject.remove(directory.id);
      const content = new RecordedContent(place.bytes(SMALL));
      await rejectsWith('ENOENT', upload(place, { directory, name: 'lost.mkv' }, content));
    },
  },
  {
    name: 'upload rejects with ENOSPC or EDQUOT when the account is full',
    needs: ['write', 'fill'],
    async run(place) {
      const content = new RecordedContent(place.bytes(SMALL));
      await place.during(place.subject.fill, async () => {
        await rejectsWith(['ENOSPC', 'EDQUOT'], upload(place, targetIn(place), content));
      });
      assert.deepEqual(await place.shown(), []);
    },
  },
  {
    name: 'upload rejects with EFBIG when the file is too large',
    needs: ['write'],
    async run(place) {
      const { largestFile } = place.write;
      if (largestFile === null) return;
      const { hashes } = new RecordedContent(place.bytes(10));
      const read = (): Promise<never> => Promise.reject(new FsError('EIO', 'no such bytes'));
      const content = { size: largestFile + 1, hashes, read };
      await rejectsWith('EFBIG', upload(place, targetIn(place), content));
    },
  },
  {
    name: 'upload rejects with ENAMETOOLONG for a name that is too long',
    needs: ['write'],
    async run(place) {
      const target = targetIn(place, 'x'.repeat(place.driver.facts.nameBytes + 1));
      await rejectsWith('ENAMETOOLONG', upload(place, target, new RecordedContent(place.bytes(SMALL))));
      assert.deepEqual(await place.shown(), []);
    },
  },
  {
    name: 'upload rejects with what its content and its course reject with',
    needs: ['write', 'severalParts'],
    async run(place) {
      for (const part of ['read', 'save', 'admit'] as const) {
        const reason = new FsError('EIO', `${part} failed`);
        assert.equal(await rejection(failingUpload(place, part, reason)), reason, part);
      }
      assert.deepEqual(await place.shown(), []);
    },
  },
];

/** Finds more bytes in the cloud than were let through. */
class StrictCourse extends UploadCourse {
  override onSent(bytes: number): void {
    super.onSent(bytes);
    assert.ok(bytes <= this.admitted, `${bytes} bytes are sent, ${this.admitted} were admitted`);
  }
}

async function failingUpload(place: Place, part: 'read' | 'save' | 'admit', reason: FsError): Promise<void> {
  const fail = (): Promise<never> => Promise.reject(reason);
  const content = new RecordedContent(place.bytes(place.subject.severalParts ?? 0));
  const course = new UploadCourse();
  if (part === 'read') content.read = fail;
  else course[part] = fail;
  await upload(place, targetIn(place), content, course);
}
