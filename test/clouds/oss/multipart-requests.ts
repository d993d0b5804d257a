import { createHash } from 'node:crypto';
import { answerStored, sendAnswer } from './answers.js';
import { readCallback } from './callback.js';
import type { MultipartUpload, StoredPart } from './multipart-uploads.js';
import { OssError } from './oss-error.js';
import { checkOverwrite } from './overwrite.js';
import type { StorageRequest } from './storage.js';
import { element, parseCompletion, xmlDocument, type ListedPart } from './xml.js';

const LARGEST_PAGE = 1000;

/** The upload a request names. Throws NoSuchUpload. */
export function uploadOf({ exchange, bucket, object }: StorageRequest): MultipartUpload {
  const id = exchange.url.searchParams.get('uploadId') ?? '';
  if (exchange.struck('upload-gone')) bucket.uploads.forget(id);
  const upload = bucket.uploads.find(id, object);
  if (upload === null) throw new OssError('NoSuchUpload', { UploadId: id });
  return upload;
}

/** InitiateMultipartUpload; `sequential` fixes the order of the parts. */
export async function initiateUpload(request: StorageRequest): Promise<void> {
  const { exchange, bucket, object } = request;
  const upload = await bucket.initiate(object, exchange.url.searchParams.has('sequential'));
  const members = { Bucket: bucket.name, Key: object, UploadId: upload.id };
  await sendAnswer(request, {
    status: 200,
    body: xmlDocument('InitiateMultipartUploadResult', element(members)),
  });
}

/** ListParts, page by page. */
export async function listParts(request: StorageRequest): Promise<void> {
  const { exchange, bucket, object } = request;
  const query = exchange.url.searchParams;
  const upload = uploadOf(request);
  const most = Math.min(LARGEST_PAGE, numberOf(query, 'max-parts', LARGEST_PAGE));
  const marker = numberOf(query, 'part-number-marker', 0);
  const following = upload.parts.filter((part) => part.number > marker);
  const page = following.slice(0, most);
  const head = {
    Bucket: bucket.name,
    Key: object,
    UploadId: upload.id,
    NextPartNumberMarker: page.at(-1)?.number ?? 0,
    MaxParts: most,
    IsTruncated: following.length > page.length,
  };
  const body = element(head) + page.map((part) => `<Part>${partElement(part)}</Part>`).join('');
  await sendAnswer(request, { status: 200, body: xmlDocument('ListPartsResult', body) });
}

function partElement(part: StoredPart): string {
  return element({
    PartNumber: part.number,
    LastModified: new Date(part.modified).toISOString().replace(/\.\d{3}Z$/, '.000Z'),
    ETag: `"${part.etag}"`,
    HashCrc64ecma: part.crc64,
    Size: part.size,
  });
}

function numberOf(query: URLSearchParams, name: string, initial: number): number {
  const text = query.get(name) ?? '';
  if (text === '') return initial;
  if (!/^\d+$/.test(text)) throw new OssError('InvalidArgument', { ArgumentName: name });
  return Number(text);
}

/** CompleteMultipartUpload; afterwards the upload id is unknown, whatever the callback says. */
export async function completeUpload(request: StorageRequest, xml: string): Promise<void> {
  const { exchange, bucket, house } = request;
  readCallback(exchange);
  const upload = uploadOf(request);
  const listed = parseCompletion(xml);
  if (listed === null) throw new OssError('MalformedXML');
  const parts = chosenParts(upload, listed, house.profile.current.smallestPart);
  checkOverwrite(request);
  const joined = createHash('md5')
    .update(parts.map((part) => part.etag).join(''))
    .digest('hex');
  const object = await bucket.complete(upload, parts, `${joined.toUpperCase()}-${parts.length}`);
  const location = `${exchange.scheme}://${exchange.host}/${object.name}`;
  const members = { Location: location, Bucket: bucket.name, Key: object.name, ETag: `"${object.etag}"` };
  const body = xmlDocument('CompleteMultipartUploadResult', element(members));
  await answerStored(request, object, { status: 200, body, headers: { etag: `"${object.etag}"` } });
}

function chosenParts(
  upload: MultipartUpload,
  listed: readonly ListedPart[],
  smallest: number,
): readonly StoredPart[] {
  if (listed.some((part, index) => index > 0 && part.number <= (listed[index - 1]?.number ?? 0))) {
    throw new OssError('InvalidPartOrder');
  }
  const byNumber = new Map(upload.parts.map((part) => [part.number, part]));
  const parts = listed.map(({ number, etag }) => {
    const part = byNumber.get(number);
    if (part === undefined || part.etag !== etag.toUpperCase()) {
      throw new OssError('InvalidPart', { PartNumber: String(number), ETag: etag });
    }
    return part;
  });
  const small = parts.slice(0, -1).find((part) => part.size < smallest);
  if (small === undefined) return parts;
  throw new OssError('EntityTooSmall', {
    ProposedSize: String(small.size),
    MinSizeAllowed: String(smallest),
    PartNumber: String(small.number),
  });
}

/** AbortMultipartUpload. */
export async function abortUpload(request: StorageRequest): Promise<void> {
  await request.bucket.abort(uploadOf(request));
  await sendAnswer(request, { status: 204 });
}
