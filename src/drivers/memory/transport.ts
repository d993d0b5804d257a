import { FsError } from '../../lib/errors.js';
import type { ByteRange } from '../../lib/range.js';
import type { ReplyHeaders, Transport, TransportRequest, TransportResponse } from '../../net/transport.js';
import type { MemoryCloud } from './cloud.js';
import { type MemoryContent, bytesContent, readContent } from './content.js';

const CHUNK = 64 * 1024;
const TEXT_LIMIT = 32 * 1024 * 1024;

/**
 * Answers requests for the links of a memory cloud as its download servers would: 206 for a range, 200 without
 * one, 416 beyond the end, 403 for an expired link, another User-Agent or one connection too many, 404 for a
 * file that is gone. No sockets; a connection lives until its body was read to the end or discarded.
 */
export class MemoryTransport implements Transport {
  readonly #cloud: MemoryCloud;
  readonly #closed = new AbortController();

  constructor(cloud: MemoryCloud) {
    this.#cloud = cloud;
  }

  async request(request: TransportRequest): Promise<TransportResponse> {
    const signal = AbortSignal.any([request.signal, this.#closed.signal]);
    await this.#cloud.gate.pass({ signal, urgency: 'reader' }, 'download');
    const headers = new Headers(request.headers);
    const connection = this.#cloud.links.connect(request.url, headers.get('user-agent'));
    if (connection.kind === 'refused')
      return plainResponse(request.url, connection.status, connection.message);
    const end = (): void => connection.close();
    if (this.#cloud.entry(connection.fileId) === null) {
      end();
      return plainResponse(request.url, 404, 'the file is gone');
    }
    const content = this.#cloud.content(connection.fileId);
    const range = requestedRange(headers.get('range'), content.size);
    if (range === null) {
      end();
      return plainResponse(request.url, 416, 'no such range', { 'content-range': `bytes */${content.size}` });
    }
    const ranged = headers.has('range');
    return new MemoryResponse(request.url, ranged ? 206 : 200, rangeHeaders(range, content.size, ranged), {
      content,
      range: request.method === 'HEAD' ? { start: range.start, end: range.start } : range,
      signal,
      end,
    });
  }

  /** Ends every body that is being read. */
  close(): Promise<void> {
    this.#closed.abort(new FsError('EIO', 'the transport was closed', { reason: 'network' }));
    return Promise.resolve();
  }
}

interface Source {
  readonly content: MemoryContent;
  readonly range: ByteRange;
  readonly signal: AbortSignal;
  /** Closes the connection; may be called again. */
  readonly end: () => void;
}

class MemoryResponse implements TransportResponse {
  readonly url: string;
  readonly status: number;
  readonly headers: ReplyHeaders;
  readonly body: AsyncIterable<Uint8Array>;
  readonly #end: () => void;
  readonly #discarded = new AbortController();

  constructor(url: string, status: number, headers: Headers, source: Source) {
    this.url = url;
    this.status = status;
    this.headers = headers;
    this.body = chunks({ ...source, signal: AbortSignal.any([source.signal, this.#discarded.signal]) });
    this.#end = source.end;
    source.signal.addEventListener('abort', source.end, { once: true });
  }

  async text(limit = TEXT_LIMIT): Promise<string> {
    const parts: Uint8Array[] = [];
    let left = limit;
    for await (const chunk of this.body) {
      parts.push(chunk.subarray(0, left));
      left -= chunk.length;
      if (left <= 0) break;
    }
    return Buffer.concat(parts).toString('utf8');
  }

  discard(): Promise<void> {
    this.#discarded.abort(new FsError('EIO', 'the body was discarded', { reason: 'network' }));
    this.#end();
    return Promise.resolve();
  }
}

async function* chunks({ content, range, signal, end }: Source): AsyncGenerator<Uint8Array> {
  try {
    for (let start = range.start; start < range.end; start += CHUNK) {
      // A turn of the event loop for each chunk, as with a socket: who waits may abort in between.
      await new Promise((resolve) => setImmediate(resolve));
      signal.throwIfAborted();
      yield readContent(content, { start, end: Math.min(start + CHUNK, range.end) });
    }
  } finally {
    end();
  }
}

function plainResponse(
  url: string,
  status: number,
  message: string,
  headers: Readonly<Record<string, string>> = {},
): TransportResponse {
  const bytes = new TextEncoder().encode(message);
  return new MemoryResponse(url, status, new Headers({ 'content-length': `${bytes.length}`, ...headers }), {
    content: bytesContent(bytes),
    range: { start: 0, end: bytes.length },
    signal: new AbortController().signal,
    end: () => undefined,
  });
}

function rangeHeaders(range: ByteRange, size: number, ranged: boolean): Headers {
  const headers = new Headers({ 'content-length': `${range.end - range.start}`, 'accept-ranges': 'bytes' });
  if (ranged) headers.set('content-range', `bytes ${range.start}-${range.end - 1}/${size}`);
  return headers;
}

/** The bytes that a Range header asks for, all of them without one; null when there are none (RFC 9110 §14.1.2). */
function requestedRange(header: string | null, size: number): ByteRange | null {
  if (header === null) return { start: 0, end: size };
  const match = /^bytes=(\d*)-(\d*)$/.exec(header);
  const [, first = '', last = ''] = match ?? [];
  if (match === null || (first === '' && last === '')) return null;
  const start = first === '' ? Math.max(0, size - Number(last)) : Number(first);
  const end = first === '' || last === '' ? size : Math.min(size, Number(last) + 1);
  return start < end ? { start, end } : null;
}
