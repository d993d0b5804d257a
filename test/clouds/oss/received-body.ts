import { createHash, type Hash } from 'node:crypto';
import { waitTurn } from '../house/paced-body.js';
import type { Exchange } from '../house/exchange.js';
import { Crc64 } from './crc64.js';
import { StretchWriter } from './object-files.js';
import { OssError } from './oss-error.js';

/** Where the body of a request goes. */
export interface BodyTarget {
  readonly path: string;
  readonly position: number;
  /** Told of all bytes, in order. */
  readonly hash: Hash;
  readonly bytesPerSecond: number | null;
  received(bytes: number): void;
}

/** What came. */
export interface ReceivedBody {
  readonly size: number;
  /** Upper-case hex MD5. */
  readonly etag: string;
  readonly crc64: string;
}

/**
 * Takes the body of a request into a file, never faster than the pace. Null when the connection was ended here by a
 * fault; rejects when the client breaks off.
 */
export async function receiveBody(exchange: Exchange, target: BodyTarget): Promise<ReceivedBody | null> {
  const faults = strikingFaults(exchange);
  const rate = faults.bytesPerSecond ?? target.bytesPerSecond;
  const md5 = createHash('md5');
  const crc64 = new Crc64();
  const file = await StretchWriter.open(target.path, target.position);
  let size = 0;
  let start = performance.now();
  try {
    for await (const chunk of exchange.request as AsyncIterable<Buffer>) {
      if (faults.corrupt && size === 0) chunk[0] = (chunk[0] ?? 0) ^ 1;
      size += chunk.length;
      target.received(chunk.length);
      if (rate !== null) start = await waitTurn(start, (size / rate) * 1000);
      const written = file.write(chunk);
      md5.update(chunk);
      crc64.update(chunk);
      target.hash.update(chunk);
      await written;
      if (size >= faults.endAfter) return await endedBy(exchange, faults.end);
    }
  } finally {
    await file.close();
  }
  const digest = md5.digest();
  checkDigest(exchange, digest);
  return { size, etag: digest.toString('hex').toUpperCase(), crc64: crc64.digest() };
}

/** What spoils this body. */
interface BodyFaults {
  readonly bytesPerSecond: number | null;
  readonly corrupt: boolean;
  readonly end: 'reset' | 'stall';
  readonly endAfter: number;
}

function strikingFaults(exchange: Exchange): BodyFaults {
  const bytesPerSecond = exchange.struck('oss-slow') ? exchange.faultValue('oss-slow') : null;
  const corrupt = exchange.struck('oss-corrupt');
  if (exchange.struck('oss-reset')) {
    return { bytesPerSecond, corrupt, end: 'reset', endAfter: exchange.faultValue('oss-reset') };
  }
  const endAfter = exchange.struck('oss-stall') ? exchange.faultValue('oss-stall') : Infinity;
  return { bytesPerSecond, corrupt, end: 'stall', endAfter };
}

async function endedBy(exchange: Exchange, fault: BodyFaults['end']): Promise<null> {
  if (fault === 'reset') exchange.reset();
  else await exchange.hang();
  return null;
}

function checkDigest(exchange: Exchange, md5: Buffer): void {
  const told = exchange.request.headers['content-md5'] ?? '';
  if (told !== '' && told !== md5.toString('base64')) throw new OssError('InvalidDigest');
}

/** The size a request announces. Throws when it does not. */
export function contentLength(exchange: Exchange): number {
  const length = exchange.request.headers['content-length'];
  if (length === undefined) throw new OssError('MissingContentLength');
  return Number(length);
}
