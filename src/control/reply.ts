import type { ServerResponse } from 'node:http';
import type { ErrnoName, FsError } from '../lib/errors.js';
import type { ErrorReply } from '../lib/protocol.js';

/** An error of a request, with what HTTP needs to know about it. */
export interface Refusal {
  readonly status: number;
  readonly body: ErrorReply;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Bytes of events that a client may leave unread. */
const UNREAD_BYTES = 4 * 1024 * 1024;

const STATUS: Readonly<Partial<Record<ErrnoName, number>>> = {
  EINVAL: 400,
  ENAMETOOLONG: 400,
  EACCES: 403,
  EPERM: 403,
  EROFS: 403,
  ENOENT: 404,
  EBUSY: 409,
  EEXIST: 409,
  EISDIR: 409,
  ENOTDIR: 409,
  ENOTEMPTY: 409,
  ESTALE: 409,
  EFBIG: 413,
  EOPNOTSUPP: 501,
  EAGAIN: 503,
  EINTR: 503,
  ETIMEDOUT: 504,
  EDQUOT: 507,
  ENOSPC: 507,
};

/** How an error of a command goes over the wire. */
export function refusalOf(error: FsError, field?: string): Refusal {
  const { errno, reason, message } = error;
  return {
    status: reason === 'throttle' ? 503 : (STATUS[errno] ?? 500),
    body: { error: { errno, reason, message, ...(field === undefined ? {} : { field }) } },
  };
}

/** What one request is answered with: exactly one of `result` and `refuse` ends it. */
export interface Reply {
  progress(event: unknown): void;
  result(output: unknown): void;
  refuse(refusal: Refusal): void;
}

/** One JSON document. Progress has no place in it. */
export function jsonReply(response: ServerResponse): Reply {
  return {
    progress: () => undefined,
    result: (output) => sendJson(response, 200, output),
    refuse: (refusal) => sendJson(response, refusal.status, refusal.body, refusal.headers),
  };
}

/** A JSON document a line: any number of `{"progress":…}`, then `{"result":…}` or `{"error":…}`. */
export function lineReply(response: ServerResponse): Reply {
  const line = (value: unknown): string => `${JSON.stringify(value)}\n`;
  const begin = (status: number, headers: Readonly<Record<string, string>> = {}): void => {
    // Once a progress line is out the status has been sent; the last line tells the outcome then.
    if (!response.headersSent)
      response.writeHead(status, { ...headers, 'content-type': 'application/x-ndjson' });
  };
  return {
    progress(event) {
      // A reader that is slow misses some progress rather than filling our memory.
      if (response.writableNeedDrain || response.destroyed) return;
      begin(200);
      response.write(line({ progress: event }));
    },
    result(output) {
      begin(200);
      response.end(line({ result: output ?? null }));
    },
    refuse(refusal) {
      begin(refusal.status, refusal.headers);
      response.end(line(refusal.body));
    },
  };
}

/** A JSON document a line for each event. Who leaves too much of it unread is cut off: `onSlow` hears of that. */
export function eventReply(response: ServerResponse, onSlow: () => void): Reply {
  const send = (value: unknown): void => {
    if (!response.headersSent) response.writeHead(200, { 'content-type': 'application/x-ndjson' });
    response.write(`${JSON.stringify(value)}\n`);
  };
  return {
    progress(event) {
      if (response.destroyed) return;
      send(event);
      if (response.writableLength <= UNREAD_BYTES) return;
      response.destroy();
      onSlow();
    },
    result: () => response.end(),
    refuse(refusal) {
      if (!response.headersSent) {
        sendJson(response, refusal.status, refusal.body, refusal.headers);
        return;
      }
      if (response.destroyed) return;
      send(refusal.body);
      response.end();
    },
  };
}

/** Text of a media type. */
export function textReply(response: ServerResponse, type: string): Reply {
  return {
    progress: () => undefined,
    result: (output) => send(response, 200, type, String(output), {}),
    refuse: (refusal) => sendJson(response, refusal.status, refusal.body, refusal.headers),
  };
}

function sendJson(
  response: ServerResponse,
  status: number,
  value: unknown,
  headers: Readonly<Record<string, string>> = {},
): void {
  send(response, status, 'application/json', `${JSON.stringify(value ?? null)}\n`, headers);
}

function send(
  response: ServerResponse,
  status: number,
  type: string,
  text: string,
  headers: Readonly<Record<string, string>>,
): void {
  response.writeHead(status, {
    ...headers,
    'content-type': type,
    'content-length': Buffer.byteLength(text),
  });
  response.end(text);
}
