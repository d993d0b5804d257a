import { createHash, createHmac } from 'node:crypto';
import { OpenClient } from './open-client.js';
import { send, type PlainResponse } from './plain-http.js';
import type { CloudProcess } from './process.js';

/** The `data` of upload/init and upload/resume. */
export interface InitData {
  readonly pick_code: string;
  readonly status: number;
  readonly code?: number;
  readonly sign_key: string;
  readonly sign_check: string;
  readonly file_id: string;
  readonly target: string;
  readonly bucket: string;
  readonly object: string;
  readonly callback: { readonly callback: string; readonly callback_var: string };
}

export interface TokenData {
  readonly endpoint: string;
  readonly AccessKeyId: string;
  readonly AccessKeySecret: string;
  readonly SecurityToken: string;
  readonly Expiration: string;
}

/** One request to the storage. */
export interface OssRequest {
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer | string;
  readonly token?: TokenData;
  /** Sent instead of the time that it is. */
  readonly date?: string;
}

export interface FileToSend {
  readonly name: string;
  readonly bytes: Buffer;
  readonly folder?: string;
}

export function sha1Of(bytes: Buffer): string {
  return createHash('sha1').update(bytes).digest('hex').toUpperCase();
}

export function md5Of(bytes: Buffer): string {
  return createHash('md5').update(bytes).digest('hex').toUpperCase();
}

/** What a request of an upload's end carries so that 115 is told. */
export function callbackHeaders({ callback }: InitData): Readonly<Record<string, string>> {
  return {
    'x-oss-callback': Buffer.from(callback.callback).toString('base64'),
    'x-oss-callback-var': Buffer.from(callback.callback_var).toString('base64'),
  };
}

/** An upload by plain HTTP, step by step, as a self-test needs it. */
export class UploadClient {
  readonly api: OpenClient;
  readonly #cloud: CloudProcess;

  constructor(cloud: CloudProcess) {
    this.#cloud = cloud;
    this.api = new OpenClient(cloud);
  }

  initReply(
    { name, bytes, folder = '0' }: FileToSend,
    more: Readonly<Record<string, string>> = {},
  ): Promise<PlainResponse> {
    return this.api.post('/open/upload/init', {
      file_name: name,
      file_size: String(bytes.length),
      target: `U_1_${folder}`,
      fileid: sha1Of(bytes),
      preid: sha1Of(bytes.subarray(0, 131_072)),
      topupload: '0',
      ...more,
    });
  }

  /** Throws what the cloud answered instead of data. */
  async init(file: FileToSend, more: Readonly<Record<string, string>> = {}): Promise<InitData> {
    const reply = (await this.initReply(file, more)).json();
    if (reply['state'] !== true) throw new Error(JSON.stringify(reply));
    return reply['data'] as InitData;
  }

  /** Repeats init with the answer to a challenge. */
  answer(file: FileToSend, { sign_key, sign_check }: InitData): Promise<InitData> {
    const [first = 0, last = 0] = sign_check.split('-').map(Number);
    return this.init(file, { sign_key, sign_val: sha1Of(file.bytes.subarray(first, last + 1)) });
  }

  async token(): Promise<TokenData> {
    return (await this.api.get('/open/upload/get_token')).json()['data'] as TokenData;
  }

  /** A signed request, path style: the cloud is reached by its IP address. */
  async oss(method: string, object: string, request: OssRequest = {}): Promise<PlainResponse> {
    const { query = {}, body } = request;
    const token = request.token ?? (await this.token());
    const headers: Readonly<Record<string, string>> = {
      date: request.date ?? new Date().toUTCString(),
      'x-oss-security-token': token.SecurityToken,
      ...request.headers,
    };
    const path = `/fhnfile/${object}`;
    const authorization = authorizationOf({ method, path, query, headers }, token);
    const search = new URLSearchParams(query).toString();
    return send(`${this.#cloud.url}${path}${search === '' ? '' : `?${search}`}`, {
      method,
      headers: { ...headers, authorization },
      body: body ?? '',
    });
  }

  put(init: InitData, body: Buffer, request: OssRequest = {}): Promise<PlainResponse> {
    return this.oss('PUT', init.object, { ...request, body, headers: callbackHeaders(init) });
  }

  /** Init and PutObject of unknown content. */
  async upload(file: FileToSend): Promise<PlainResponse> {
    return this.put(await this.init(file), file.bytes);
  }

  /** Begins a sequential multipart upload and answers its id. */
  async initiate(object: string, query: Readonly<Record<string, string>> = { sequential: '', uploads: '' }) {
    const reply = await this.oss('POST', object, { query });
    const id = /<UploadId>([^<]+)</.exec(reply.body.toString())?.[1];
    if (id === undefined) throw new Error(reply.body.toString());
    return id;
  }

  part(object: string, uploadId: string, number: number, body: Buffer, request: OssRequest = {}) {
    const query = { partNumber: String(number), uploadId };
    return this.oss('PUT', object, { ...request, query, body });
  }

  /** Completes with the given ETags, numbered from 1, and the callback of init. */
  complete(init: InitData, uploadId: string, etags: readonly string[], request: OssRequest = {}) {
    const parts = etags.map(
      (etag, index) => `<Part><PartNumber>${index + 1}</PartNumber><ETag>"${etag}"</ETag></Part>`,
    );
    return this.oss('POST', init.object, {
      headers: callbackHeaders(init),
      ...request,
      query: { uploadId },
      body: `<CompleteMultipartUpload>${parts.join('')}</CompleteMultipartUpload>`,
    });
  }
}

/** A storage request as it is signed: `path` has the bucket in front, `headers` are in lower case. */
export interface RequestToSign {
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
}

/** The Authorization header of a storage request. */
export function authorizationOf({ method, path, query, headers }: RequestToSign, token: TokenData): string {
  const lines = Object.entries(headers)
    .filter(([name]) => name.startsWith('x-oss-'))
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, value]) => `${name}:${value}\n`);
  const signed = ['partNumber', 'sequential', 'uploadId', 'uploads'].flatMap((name) => {
    const value = query[name];
    if (value === undefined) return [];
    return value === '' ? [name] : [`${name}=${value}`];
  });
  const resource = `${path}${signed.length === 0 ? '' : `?${signed.join('&')}`}`;
  const head = [method, headers['content-md5'], headers['content-type'], headers['date']];
  const signature = createHmac('sha1', token.AccessKeySecret)
    .update(`${head.map((line) => line ?? '').join('\n')}\n${lines.join('')}${resource}`)
    .digest('base64');
  return `OSS ${token.AccessKeyId}:${signature}`;
}

/** The code of an error document of the storage, with its HTTP status. */
export function ossError(reply: PlainResponse): readonly [status: number, code: string] {
  return [reply.status, /<Code>([^<]+)</.exec(reply.body.toString())?.[1] ?? ''];
}
