import { createHash } from 'node:crypto';
import { answerStored, sendAnswer } from './answers.js';
import { readCallback } from './callback.js';
import type { MultipartUpload } from './multipart-uploads.js';
import { uploadOf } from './multipart-requests.js';
import { OssError } from './oss-error.js';
import { checkOverwrite } from './overwrite.js';
import { contentLength, receiveBody } from './received-body.js';
import type { StorageRequest } from './storage.js';

const MOST_PARTS = 10_000;
const LARGEST = 5 * 1024 ** 3;

/** PutObject: the whole object in one request. */
export async function putObject(request: StorageRequest): Promise<void> {
  const { exchange, bucket, object: name, house, received } = request;
  const length = contentLength(exchange);
  if (length > LARGEST) throw new OssError('InvalidArgument', { ArgumentName: 'Content-Length' });
  checkOverwrite(request);
  readCallback(exchange);
  const path = await bucket.files.create();
  const hash = createHash('sha1');
  let kept = false;
  try {
    const body = await receiveBody(exchange, {
      path,
      position: 0,
      hash,
      bytesPerSecond: house.profile.current.ossBytesPerSecond,
      received: (bytes) => received.add(bytes),
    });
    if (body === null) return;
    const { etag, crc64, size } = body;
    const object = { name, path, size, etag, sha1: hash.digest('hex').toUpperCase() };
    bucket.put(object);
    kept = true;
    const headers = { etag: `"${etag}"`, 'x-oss-hash-crc64ecma': crc64 };
    await answerStored(request, object, { status: 200, headers });
  } finally {
    if (!kept) await bucket.files.remove(path);
  }
}

/** UploadPart: recorded only when all of it arrived. */
export async function putPart(request: StorageRequest): Promise<void> {
  const { exchange, bucket, house, received } = request;
  const number = Number(exchange.url.searchParams.get('partNumber'));
  if (!Number.isInteger(number) || number < 1 || number > MOST_PARTS) {
    throw new OssError('InvalidArgument', { ArgumentName: 'partNumber' });
  }
  const length = contentLength(exchange);
  if (length > LARGEST) throw new OssError('InvalidArgument', { ArgumentName: 'Content-Length' });
  const upload = uploadOf(request);
  checkSequence(upload, number);
  const position = upload.end;
  // Never given to another part, not even when this one breaks off: what is left there would shine through holes.
  upload.end += length;
  const hash = bucket.uploads.hash(upload.id) ?? createHash('sha1');
  const body = await receiveBody(exchange, {
    path: upload.path,
    position,
    hash,
    bytesPerSecond: house.profile.current.ossBytesPerSecond,
    received: (bytes) => received.add(bytes),
  });
  if (body === null) return;
  uploadOf(request);
  checkSequence(upload, number);
  bucket.uploads.add(upload, { ...body, number, position, modified: house.clock.now() }, hash);
  const headers = { etag: `"${body.etag}"`, 'x-oss-hash-crc64ecma': body.crc64 };
  await sendAnswer(request, { status: 200, headers });
}

function checkSequence(upload: MultipartUpload, number: number): void {
  if (!upload.sequential) return;
  const last = upload.parts.at(-1)?.number ?? 0;
  if (number <= last) throw new OssError('PartAlreadyExist');
  if (number !== last + 1) throw new OssError('PartNotSequential');
}
