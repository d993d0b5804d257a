import { FsError } from '../../lib/errors.js';
import type { Call } from '../../lib/call.js';
import type { ObjectPlace } from './address.js';
import type { OssConnection } from './connection.js';
import { callbackHeaders, type OssCallback, type OssReply } from './request.js';
import type { ByteSource } from './source.js';
import { escaped, readXml, textOf, type XmlElement } from './xml.js';

/** A part that the storage has. */
export interface OssPart {
  readonly number: number;
  /** Bytes. */
  readonly size: number;
  /** Upper-case hexadecimal: the MD5 of its bytes. */
  readonly etag: string;
}

/** OSS tells the owner of the bucket before it answers. */
const WITH_CALLBACK = 120_000;
const PAGE = 1000;

/**
 * Uploads to Aliyun OSS (115-open.md §17.6), one request a method. Each rejects as OssConnection.send does, and with
 * FsError EIO reason `reply` for an answer of another shape.
 */
export class OssClient {
  readonly #connection: OssConnection;

  constructor(connection: OssConnection) {
    this.#connection = connection;
  }

  /**
   * The whole object in one request; resolves with what the owner of the bucket answered. `md5` (upper-case
   * hexadecimal) lets the storage refuse bytes that changed on the way.
   */
  async putObject(
    place: ObjectPlace,
    source: ByteSource,
    { md5, callback }: { readonly md5: string; readonly callback: OssCallback },
    call: Call,
  ): Promise<string> {
    const headers = {
      'Content-MD5': Buffer.from(md5, 'hex').toString('base64'),
      ...callbackHeaders(callback),
    };
    const request = { name: 'put object', method: 'PUT', place, headers, source } as const;
    return (await this.#connection.send({ ...request, timeout: WITH_CALLBACK }, call)).text;
  }

  /** Begins an upload whose parts come in order; resolves with its id. */
  async initiate(place: ObjectPlace, call: Call): Promise<string> {
    const name = 'initiate';
    const query = { sequential: '', uploads: '' };
    const { text } = await this.#connection.send({ name, method: 'POST', place, query }, call);
    const id = textOf(documentOf(name, text, 'InitiateMultipartUploadResult'), 'UploadId') ?? '';
    if (id === '') throw wrongShape(name, 'no UploadId');
    return id;
  }

  /** Sends one part; resolves with the ETag of the storage and the MD5 of what was sent, which should be equal. */
  async part(
    place: ObjectPlace,
    uploadId: string,
    number: number,
    source: ByteSource,
    call: Call,
  ): Promise<Pick<OssReply, 'etag' | 'md5'>> {
    const query = { partNumber: String(number), uploadId };
    return await this.#connection.send({ name: `part ${number}`, method: 'PUT', place, query, source }, call);
  }

  /** The parts that are there, in order of their numbers. */
  async parts(place: ObjectPlace, uploadId: string, call: Call): Promise<readonly OssPart[]> {
    const parts: OssPart[] = [];
    for (let marker = 0; ;) {
      const page = await this.#partsAfter(place, uploadId, marker, call);
      parts.push(...page.parts);
      if (page.next === null) return parts.sort((one, other) => one.number - other.number);
      if (page.next <= marker) throw wrongShape('list parts', 'a page that leads to itself');
      marker = page.next;
    }
  }

  /** Makes the object of parts 1 to n; resolves with what the owner of the bucket answered. */
  async complete(
    place: ObjectPlace,
    uploadId: string,
    etags: readonly string[],
    callback: OssCallback,
    call: Call,
  ): Promise<string> {
    const parts = etags.map(
      (etag, index) => `<Part><PartNumber>${index + 1}</PartNumber><ETag>"${escaped(etag)}"</ETag></Part>`,
    );
    const text = `<CompleteMultipartUpload>${parts.join('')}</CompleteMultipartUpload>`;
    const headers = callbackHeaders(callback);
    const request = { name: 'complete', method: 'POST', place, query: { uploadId }, headers, text } as const;
    return (await this.#connection.send({ ...request, timeout: WITH_CALLBACK }, call)).text;
  }

  /** Forgets an unfinished upload and its parts. */
  async abort(place: ObjectPlace, uploadId: string, call: Call): Promise<void> {
    await this.#connection.send({ name: 'abort', method: 'DELETE', place, query: { uploadId } }, call);
  }

  async #partsAfter(
    place: ObjectPlace,
    uploadId: string,
    marker: number,
    call: Call,
  ): Promise<{ readonly parts: readonly OssPart[]; readonly next: number | null }> {
    const name = 'list parts';
    const paging = {
      'max-parts': String(PAGE),
      ...(marker === 0 ? {} : { 'part-number-marker': String(marker) }),
    };
    const query = { uploadId, ...paging };
    const { text } = await this.#connection.send({ name, method: 'GET', place, query }, call);
    const root = documentOf(name, text, 'ListPartsResult');
    const parts = root.children.filter((child) => child.name === 'Part').map(partOf);
    if (textOf(root, 'IsTruncated') !== 'true') return { parts, next: null };
    return { parts, next: Number(textOf(root, 'NextPartNumberMarker') ?? parts.at(-1)?.number ?? 0) };
  }
}

function partOf(element: XmlElement): OssPart {
  const number = Number(textOf(element, 'PartNumber') ?? NaN);
  const size = Number(textOf(element, 'Size') ?? NaN);
  const etag = (textOf(element, 'ETag') ?? '').replaceAll('"', '').toUpperCase();
  if (Number.isSafeInteger(number) && Number.isSafeInteger(size) && etag !== '')
    return { number, size, etag };
  throw wrongShape('list parts', 'a part without number, size or ETag');
}

function documentOf(request: string, text: string, root: string): XmlElement {
  const document = readXml(text);
  if (document?.name === root) return document;
  throw wrongShape(request, document === null ? 'what is no XML' : `a ${document.name}`);
}

function wrongShape(request: string, what: string): FsError {
  return new FsError('EIO', `storage: ${request}: the answer has an unknown shape: ${what}`, {
    reason: 'reply',
  });
}
