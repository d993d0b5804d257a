import type { ServerResponse } from 'node:http';
import type { ErrnoName, FsError } from '../lib/errors.js';

/** Seconds after which a player may try again while the cloud refuses. */
const RETRY_AFTER = 30;

const STATUS: Readonly<Partial<Record<ErrnoName, number>>> = {
  ENOENT: 404,
  ENOTDIR: 404,
  EISDIR: 404,
  ENAMETOOLONG: 404,
  ESTALE: 404,
  EAGAIN: 503,
  EINTR: 503,
  ETIMEDOUT: 504,
};

/** Answers with a status and a line of text. */
export function refuse(
  response: ServerResponse,
  status: number,
  words: string,
  headers: Readonly<Record<string, string | number>> = {},
): void {
  const text = `${words}\n`;
  response.writeHead(status, {
    'content-type': 'text/plain; charset=utf-8',
    'content-length': Buffer.byteLength(text),
    'cache-control': 'no-store',
    ...headers,
  });
  response.end(text);
}

/**
 * Answers that a file cannot be had. What has begun already is broken off: a player must not take a part for the whole.
 */
export function refuseError(response: ServerResponse, error: FsError): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const status = error.reason === 'throttle' ? 503 : (STATUS[error.errno] ?? 502);
  refuse(response, status, error.message, status === 503 ? { 'retry-after': RETRY_AFTER } : {});
}
