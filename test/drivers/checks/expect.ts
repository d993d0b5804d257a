import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import type { DownloadLink } from '../../../src/driver/driver.js';
import type { FileEntry } from '../../../src/driver/entry.js';
import type { OfflineDownloads, OfflineTask } from '../../../src/driver/offline.js';
import type { Trash, TrashedEntry } from '../../../src/driver/writer.js';
import type { Call } from '../../../src/lib/call.js';
import { type ErrnoName, FsError } from '../../../src/lib/errors.js';
import type { ByteRange } from '../../../src/lib/range.js';
import type { TransportResponse } from '../../../src/net/transport.js';
import { callOf } from '../../fakes/calls.js';
import { RecordedContent, UploadCourse } from '../../fakes/uploads.js';
import type { Place } from './check.js';

/** Nothing that should settle at once takes so long (milliseconds of real time, spent only on failure). */
const PROMPT = 1000;

/** A verb of the driver under test, ready to be called. */
export interface Verb {
  readonly name: string;
  readonly run: (call: Call) => Promise<unknown>;
}

/** Every verb that the driver has, on a file of the place. */
export function verbsOf(place: Place, file: FileEntry): readonly Verb[] {
  return [...readingVerbsOf(place, file), ...writingVerbsOf(place, file)];
}

/** The verbs that change nothing. */
export function readingVerbsOf(place: Place, file: FileEntry): readonly Verb[] {
  const { driver, folder } = place;
  const { links } = driver;
  return [
    { name: 'connect', run: (call) => driver.connect(call) },
    { name: 'list', run: (call) => place.list(folder, call) },
    { name: 'stat', run: (call) => driver.stat(file, call) },
    { name: 'link', run: (call) => driver.link(file, call) },
    { name: 'space', run: (call) => driver.space(call) },
    ...(links === undefined ? [] : [{ name: 'links', run: (call: Call) => links.links([file], call) }]),
  ];
}

/** The verbs that change the drive, and those of the recycle bin. */
function writingVerbsOf(place: Place, file: FileEntry): readonly Verb[] {
  const { driver, folder } = place;
  const { write, rapid, copy, trash, offline } = driver;
  const content = new RecordedContent(place.bytes(1000));
  const target = { directory: folder, name: 'verb.mkv' };
  const verbs: Verb[] = [];
  if (write !== undefined) {
    verbs.push(
      { name: 'makeDirectory', run: (call) => write.makeDirectory(folder, 'verb', call) },
      { name: 'rename', run: (call) => write.rename(file, 'verb', call) },
      { name: 'move', run: (call) => write.move([file], folder, call) },
      { name: 'remove', run: (call) => write.remove([file], call) },
      { name: 'upload', run: (call) => write.upload(target, content, new UploadCourse(), call) },
    );
  }
  if (rapid !== undefined) verbs.push({ name: 'rapid', run: (call) => rapid.create(target, content, call) });
  if (copy !== undefined) verbs.push({ name: 'copy', run: (call) => copy.copy([file], folder, call) });
  if (offline !== undefined) verbs.push(...offlineVerbsOf(offline, place, file));
  if (trash !== undefined) {
    const missing = { ...file, removedAt: 0 };
    verbs.push(
      { name: 'trash list', run: (call) => trashed(trash, call) },
      { name: 'restore', run: (call) => trash.restore([missing], call) },
      { name: 'purge', run: (call) => trash.purge([missing], call) },
    );
  }
  return verbs;
}

function offlineVerbsOf(offline: OfflineDownloads, { folder }: Place, file: FileEntry): readonly Verb[] {
  const { list, torrents } = offline;
  const verbs: Verb[] = [
    { name: 'offline add', run: (call) => offline.add(['https://example.org/verb'], folder, call) },
    { name: 'offline look', run: (call) => allPages(offline.look([NO_TASK.id], call)) },
    { name: 'offline retry', run: (call) => offline.retry(NO_TASK, call) },
    { name: 'offline quota', run: (call) => offline.quota(call) },
  ];
  if (list !== undefined) {
    verbs.push(
      { name: 'offline list', run: (call) => allPages(list.all(call)) },
      { name: 'offline remove', run: (call) => list.remove([NO_TASK], { files: false }, call) },
      { name: 'offline clear', run: (call) => list.clear('failed', call) },
    );
  }
  if (torrents !== undefined)
    verbs.push({ name: 'offline torrent', run: (call) => torrents.read(file, call) });
  return verbs;
}

const NO_TASK: OfflineTask = {
  id: 'f'.repeat(40),
  link: 'https://example.org/none',
  name: null,
  size: null,
  state: 'failed',
  progress: 0,
  addedAt: null,
  movedAt: null,
  folderId: '0',
  entryId: null,
  reason: null,
};

/** Everything of all pages. */
export async function allPages<T>(pages: AsyncIterable<readonly T[]>): Promise<readonly T[]> {
  const all: T[] = [];
  for await (const page of pages) all.push(...page);
  return all;
}

/** Everything in the recycle bin. */
export async function trashed(trash: Trash, call = callOf()): Promise<readonly TrashedEntry[]> {
  return await allPages(trash.list(call));
}

/** The promise must reject with an FsError of this errno, or of one of these, and with words for a person. */
export async function rejectsWith(
  errno: ErrnoName | readonly ErrnoName[],
  promise: Promise<unknown>,
): Promise<FsError> {
  const error = await rejection(promise);
  isFsError(error);
  assert.ok([errno].flat().includes(error.errno), `${error.errno}: ${error.message}`);
  assert.notEqual(error.message.trim(), '');
  return error;
}

/** Fails for every other thing that was thrown. */
export function isFsError(error: unknown): asserts error is FsError {
  assert.ok(error instanceof FsError, `rejects with ${String(error)}, which is no FsError`);
}

/** What the promise rejects with. */
export async function rejection(promise: Promise<unknown>): Promise<unknown> {
  const settled = await promise.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
  if ('error' in settled) return settled.error;
  throw new assert.AssertionError({ message: `resolved with ${inspect(settled.value, { depth: 1 })}` });
}

/** What the promise rejects with, which it must do at once. */
export async function promptRejection(promise: Promise<unknown>): Promise<unknown> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new assert.AssertionError({ message: 'does not settle' })), PROMPT);
  });
  return await Promise.race([rejection(promise), late]).finally(() => clearTimeout(timer));
}

/** Asks for a range of the link with the headers it is bound to. */
export async function requestRange(
  place: Place,
  link: DownloadLink,
  range: ByteRange,
): Promise<TransportResponse> {
  return await place.subject.transport.request({
    method: 'GET',
    url: link.url,
    headers: { ...link.headers, Range: `bytes=${range.start}-${range.end - 1}` },
    signal: callOf().signal,
  });
}

/** The link must answer the range with exactly the bytes that the cloud holds. */
export async function leadsToBytes(
  place: Place,
  link: DownloadLink,
  file: FileEntry,
  range: ByteRange,
): Promise<void> {
  const response = await requestRange(place, link, range);
  assert.equal(response.status, 206);
  assert.deepEqual(await bodyOf(response), Buffer.from(await place.subject.bytes(file, range)));
}

/** The whole body. */
export async function bodyOf(response: TransportResponse): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of response.body) chunks.push(chunk);
  return Buffer.concat(chunks);
}
