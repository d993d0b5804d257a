import type { IncomingMessage, ServerResponse } from 'node:http';
import { once } from 'node:events';
import { abortable } from '../lib/abortable.js';
import type { Call } from '../lib/call.js';
import { FsError } from '../lib/errors.js';
import type { ByteRange } from '../lib/range.js';
import type { FileBytes, LinkedFile } from './linked-file.js';
import { mediaType } from './media-types.js';
import { parseRange } from './range-header.js';
import { refuse } from './refusal.js';

/** Bytes that are read at once: what a player that reads slowly keeps in memory. */
const PIECE = 256 * 1024;

/**
 * Answers with the bytes of a file, or with what HEAD tells of them, as fast as they are taken. Rejects with FsError when
 * they cannot be read, or with the abort's reason.
 */
export async function sendFile(
  request: IncomingMessage,
  response: ServerResponse,
  file: LinkedFile,
  call: Call,
): Promise<void> {
  const range = rangeOf(request, file);
  if (range === 'unsatisfiable') {
    refuse(response, 416, 'the file is shorter than that', { 'content-range': `bytes */${file.size}` });
    return;
  }
  if (request.method === 'HEAD' || file.size === 0) {
    begin(response, file, range);
    response.end();
    return;
  }
  const bytes = file.open();
  try {
    await send(response, { file, range, bytes }, call);
  } finally {
    bytes.close();
  }
}

/** What is sent of a file. */
interface Sending {
  readonly file: LinkedFile;
  readonly range: ByteRange | 'whole';
  readonly bytes: FileBytes;
}

/** A range of a file that has changed since is none. */
function rangeOf({ headers }: IncomingMessage, file: LinkedFile): ByteRange | 'whole' | 'unsatisfiable' {
  const condition = headers['if-range'];
  if (condition !== undefined && condition !== modifiedOf(file)) return 'whole';
  return parseRange(headers.range, file.size);
}

function headersOf(file: LinkedFile): Readonly<Record<string, string>> {
  return {
    'content-type': mediaType(file.name),
    'accept-ranges': 'bytes',
    'last-modified': modifiedOf(file),
    'cache-control': 'private, no-cache',
  };
}

function modifiedOf({ modifiedAt }: LinkedFile): string {
  return new Date(modifiedAt).toUTCString();
}

function begin(response: ServerResponse, file: LinkedFile, range: ByteRange | 'whole'): void {
  const { start, end } = range === 'whole' ? { start: 0, end: file.size } : range;
  response.writeHead(range === 'whole' ? 200 : 206, {
    ...headersOf(file),
    'content-length': end - start,
    ...(range === 'whole' ? {} : { 'content-range': `bytes ${start}-${end - 1}/${file.size}` }),
  });
}

async function send(response: ServerResponse, { file, range, bytes }: Sending, call: Call): Promise<void> {
  const { start, end } = range === 'whole' ? { start: 0, end: file.size } : range;
  for (let at = start; at < end;) {
    const piece = await bytes.read(at, Math.min(PIECE, end - at), call);
    call.signal.throwIfAborted();
    if (piece.length === 0) throw new FsError('EIO', 'the file has become shorter', { reason: 'gone' });
    // Not before there are bytes: a file that cannot be read is refused in words.
    if (!response.headersSent) begin(response, file, range);
    at += piece.length;
    if (!response.write(piece)) await abortable(call.signal, once(response, 'drain'));
  }
  response.end();
}
