import type { Env } from '../lib/env.js';
import { FsError } from '../lib/errors.js';
import { type ByteRange, rangeLength } from '../lib/range.js';
import type { Transport, TransportResponse } from './transport.js';

export interface RangedRequest {
  readonly url: string;
  /** What the link is bound to (User-Agent, a cookie). */
  readonly headers: Readonly<Record<string, string>>;
  readonly range: ByteRange;
  /** Bytes of the whole file as the caller knows it. */
  readonly size: number;
  readonly signal: AbortSignal;
  /** Milliseconds without an answer, then without a byte, after which it fails. */
  readonly stall: number;
}

export type RangedAnswer =
  | {
      readonly kind: 'open';
      /**
       * Exactly the bytes of the range. Rejects with FsError: EIO, reason `network`, when it ends or breaks early
       * (what came before is right: resume at the next byte); ETIMEDOUT, reason `network`, when it stalls;
       * EIO, reason `reply`, when more bytes come than were asked for. On abort with the signal's reason.
       */
      readonly body: AsyncIterable<Uint8Array>;
      /** Resolves when the connection is closed or idle; never rejects, may be called again. */
      close(): Promise<void>;
    }
  /** The host will not serve it now, or not on one more connection (403, 404, 410, 429, 5xx …). */
  | { readonly kind: 'refused'; readonly status: number; readonly message: string }
  /** The file has another size than the caller knows. */
  | { readonly kind: 'changed'; readonly message: string };

const CONTENT_RANGE = /^bytes (\d+)-(\d+)\/(\d+)$/;
const MESSAGE_LENGTH = 256;

/**
 * One ranged GET of a download link, checked. A range that is not what was asked for (200 in place of 206, another
 * Content-Range, several parts, an encoding) rejects with FsError EIO, reason `reply`, none of its bytes shown.
 * Without an answer it rejects as Transport.request does. In every case but `open` the connection is free by then.
 */
export async function openRange(
  env: Env,
  transport: Transport,
  request: RangedRequest,
): Promise<RangedAnswer> {
  const started = env.clock.monotonic();
  const { range, url, signal, stall } = request;
  const headers = { ...request.headers, range: `bytes=${range.start}-${range.end - 1}` };
  const response = await transport.request({ method: 'GET', url, headers, signal, stall, timeout: stall });
  env.log.debug('range', {
    host: new URL(url).host,
    start: range.start,
    end: range.end,
    status: response.status,
    ms: Math.round(env.clock.monotonic() - started),
  });
  try {
    const answer = await judge(response, request);
    if (answer.kind !== 'open') await response.discard();
    return answer;
  } catch (error) {
    await response.discard();
    throw error;
  }
}

async function judge(response: TransportResponse, request: RangedRequest): Promise<RangedAnswer> {
  const { status } = response;
  if (status === 416) return { kind: 'changed', message: 'the file is shorter than it was' };
  if (status >= 400) return { kind: 'refused', status, message: await refusalText(response) };
  if (status !== 206) throw wrong(response, `status ${status} in place of 206`);
  const encoding = response.headers.get('content-encoding') ?? 'identity';
  if (encoding !== 'identity') throw wrong(response, `the encoding ${encoding}`);
  const found = response.headers.get('content-range') ?? '';
  const [, start, end, total] = CONTENT_RANGE.exec(found) ?? [];
  if (start === undefined || total === undefined) throw wrong(response, `the content range "${found}"`);
  if (Number(total) !== request.size) {
    return { kind: 'changed', message: `the file has ${total} bytes in place of ${request.size}` };
  }
  if (Number(start) !== request.range.start || Number(end) !== request.range.end - 1) {
    throw wrong(response, `the content range "${found}"`);
  }
  checkLength(response, rangeLength(request.range));
  return {
    kind: 'open',
    body: exactly(response, rangeLength(request.range)),
    close: () => response.discard(),
  };
}

function checkLength(response: TransportResponse, expected: number): void {
  const length = response.headers.get('content-length');
  if (length !== null && Number(length) !== expected) {
    throw wrong(response, `${length} bytes in place of ${expected}`);
  }
}

async function* exactly(
  response: TransportResponse,
  length: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  let received = 0;
  for await (const chunk of response.body) {
    received += chunk.length;
    if (received > length) throw wrong(response, `more than ${length} bytes`);
    yield chunk;
  }
  if (received < length) {
    const host = new URL(response.url).host;
    throw new FsError('EIO', `${host} sent ${received} bytes in place of ${length}`, { reason: 'network' });
  }
}

async function refusalText(response: TransportResponse): Promise<string> {
  try {
    const text = await response.text(MESSAGE_LENGTH);
    return text
      .replace(/<[^>]*>/g, ' ')
      .replace(/\s+/g, ' ')
      .trim();
  } catch (error) {
    // The status has said enough; only an abort counts for more.
    if (error instanceof FsError) return '';
    throw error;
  }
}

function wrong(response: TransportResponse, what: string): FsError {
  const host = new URL(response.url).host;
  return new FsError('EIO', `${host} answered a range with ${what}`, { reason: 'reply' });
}
