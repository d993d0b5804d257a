import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import type { FileEntry } from '../../../src/driver/entry.js';
import type { UploadContent, UploadTarget } from '../../../src/driver/writer.js';
import { callOf } from '../../fakes/calls.js';
import { UploadCourse } from '../../fakes/uploads.js';
import type { Place } from './check.js';
import { isFsError } from './expect.js';

/** Bytes of a file that clouds recognize, and want proved that one has them. */
export const RECOGNIZED = 1024 ** 2;

const TRIES = 4;

/** A new file of this name in the folder of the place. */
export function targetIn(place: Place, name = 'upload.mkv'): UploadTarget {
  return { directory: place.folder, name };
}

/** Uploads as one who has nothing to remember and waits for nobody. */
export async function upload(
  place: Place,
  target: UploadTarget,
  content: UploadContent,
  course = new UploadCourse(),
): Promise<FileEntry> {
  return await place.write.upload(target, content, course, callOf('background'));
}

/** Uploads as the queue does: after a failure a new process goes on from what was saved last. */
export async function uploadPersistently(
  place: Place,
  target: UploadTarget,
  content: UploadContent,
): Promise<FileEntry> {
  let course = new UploadCourse();
  for (let tries = 1; ; tries += 1) {
    try {
      const { write } = place.another();
      assert.ok(write !== undefined);
      return await write.upload(target, content, course, callOf('background'));
    } catch (error) {
      isFsError(error);
      if (tries === TRIES) throw error;
      course = course.resumed();
    }
  }
}

/** Bytes that the cloud has already: those of a file that somebody else put there. */
export async function knownBytes(place: Place, size = RECOGNIZED): Promise<Uint8Array> {
  const directory = await place.directory('known');
  const [id = ''] = await place.seed([{ kind: 'file', name: 'known.mkv', size }], directory);
  const file = await place.child(id, directory);
  assert.equal(file.kind, 'file');
  return await place.subject.bytes(file, { start: 0, end: size });
}

/** The only file of this name in the folder: it must be the one that was answered, with exactly these bytes. */
export async function isOnlyFile(place: Place, answered: FileEntry, bytes: Uint8Array): Promise<void> {
  const named = (await place.shown()).filter(({ name }) => name === answered.name);
  assert.deepEqual(
    named.map(({ id }) => id),
    [answered.id],
  );
  await holds(place, answered, bytes);
}

/** The answer, the listing and the cloud's own bytes must agree. */
export async function holds(place: Place, answered: FileEntry, bytes: Uint8Array): Promise<void> {
  const shown = await place.child(answered.id);
  assert.equal(shown.kind, 'file');
  for (const { parentId, name, size, hash } of [answered, shown]) {
    assert.deepEqual(
      { parentId, name, size },
      { parentId: place.folder.id, name: answered.name, size: bytes.length },
    );
    const kind = place.driver.facts.hash;
    const value = kind === null ? '' : createHash(kind).update(bytes).digest('hex').toUpperCase();
    assert.deepEqual(hash, kind === null ? null : { kind, value });
  }
  const held = await place.subject.bytes(shown, { start: 0, end: bytes.length });
  assert.ok(Buffer.from(held).equals(bytes), 'the cloud holds other bytes');
}
