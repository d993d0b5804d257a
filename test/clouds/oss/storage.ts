import { TrafficMeter, CallMeter } from '../house/call-meter.js';
import { readBody } from '../house/form.js';
import type { Exchange } from '../house/exchange.js';
import { pause } from '../house/pause.js';
import type { CloudService, House } from '../house/service.js';
import { addressOf } from './address.js';
import type { Bucket } from './bucket.js';
import type { CallbackHandler } from './callback.js';
import { abortUpload, completeUpload, initiateUpload, listParts } from './multipart-requests.js';
import { OssError, sendOssError } from './oss-error.js';
import { putObject, putPart } from './put-requests.js';
import type { StorageTokens } from './storage-tokens.js';

export interface StorageParts {
  readonly house: House;
  readonly bucket: Bucket;
  readonly tokens: StorageTokens;
  /** Who is told when an upload with callback headers has ended. */
  readonly onCallback: CallbackHandler;
}

/** One storage request as its handler sees it. */
export interface StorageRequest extends StorageParts {
  readonly exchange: Exchange;
  readonly object: string;
  readonly received: TrafficMeter;
}

/** The object storage of a cloud: signed requests, PutObject, multipart uploads, callbacks (API document, 17.6). */
export class Storage implements CloudService {
  readonly name = 'storage';
  readonly hosts: readonly string[];
  readonly calls = new CallMeter();
  readonly received = new TrafficMeter();
  readonly #parts: StorageParts;

  /** `endpoints` are the host names below which the bucket is a name of its own. */
  constructor(parts: StorageParts, endpoints: readonly string[]) {
    this.#parts = parts;
    this.hosts = endpoints.flatMap((endpoint) => [endpoint, `${parts.bucket.name}.${endpoint}`]);
  }

  claims(path: string): boolean {
    return path.startsWith(`/${this.#parts.bucket.name}/`);
  }

  async answer(exchange: Exchange): Promise<void> {
    this.calls.add(requestName(exchange));
    try {
      await this.#serve(exchange);
    } catch (error) {
      if (!(error instanceof OssError)) throw error;
      sendOssError(exchange, error);
    }
  }

  async #serve(exchange: Exchange): Promise<void> {
    if (exchange.struck('oss-hang')) {
      await exchange.hang();
      return;
    }
    await exchange.holdIfStruck('before');
    await pause(exchange, this.#parts.house.profile.current.ossDelay);
    if (exchange.response.destroyed) return;
    if (exchange.struck('oss-5xx')) throw this.#failure(exchange);
    const { bucket, object } = addressOf(exchange, this.#parts.bucket.name);
    const query = exchange.url.searchParams;
    const { headers } = exchange.request;
    this.#parts.tokens.check({ method: exchange.method, bucket, object, query, headers }, exchange);
    await route({ ...this.#parts, exchange, object, received: this.received });
  }

  #failure(exchange: Exchange): OssError {
    const status = exchange.faultValue('oss-5xx');
    return new OssError(status === 503 ? 'ServiceUnavailable' : 'InternalError', {}, status);
  }
}

function requestName({ method, url }: Exchange): string {
  const query = url.searchParams;
  if (method === 'POST') return query.has('uploads') ? 'initiate' : 'complete';
  if (method === 'PUT') return query.has('partNumber') ? 'part' : 'object';
  if (method === 'GET' && query.has('uploadId')) return 'list-parts';
  return method === 'DELETE' ? 'abort' : method.toLowerCase();
}

async function route(request: StorageRequest): Promise<void> {
  const { exchange, object } = request;
  const query = exchange.url.searchParams;
  const multipart = query.has('uploadId');
  if (object === '') throw new OssError('AccessDenied');
  if (exchange.method === 'PUT' && !multipart) return putObject(request);
  if (exchange.method === 'PUT') return putPart(request);
  if (exchange.method === 'POST' && query.has('uploads')) return initiateUpload(request);
  if (exchange.method === 'POST' && multipart) {
    return completeUpload(request, (await readBody(exchange.request)).toString('utf8'));
  }
  if (exchange.method === 'GET' && multipart) return listParts(request);
  if (exchange.method === 'DELETE' && multipart) return abortUpload(request);
  // Temporary credentials are for uploads only.
  throw new OssError(exchange.method === 'POST' ? 'NotImplemented' : 'AccessDenied');
}
