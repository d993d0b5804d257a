import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import type { DownloadLink } from '../../../src/driver/driver.js';
import type { FileEntry } from '../../../src/driver/entry.js';
import type { Call } from '../../../src/lib/call.js';
import { type ErrnoName, FsError } from '../../../src/lib/errors.js';
import type { ByteRange } from '../../../src/lib/range.js';
import type { TransportResponse } from '../../../src/net/transport.js';
import { callOf } from '../../fakes/calls.js';
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

/** The promise must reject with an FsError of this errno and with words for a person. */
export async function rejectsWith(errno: ErrnoName, promise: Promise<unknown>): Promise<FsError> {
  const error = await rejection(promise);
  assert.ok(error instanceof FsError, `rejects with ${String(error)}, which is no FsError`);
  assert.equal(error.errno, errno, error.message);
  assert.notEqual(error.message.trim(), '');
  return error;
}

/** What the promise rejects with. */
async function rejection(promise: Promise<unknown>): Promise<unknown> {
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
