import { type IncomingMessage, request as httpRequest } from 'node:http';
import { text as readText } from 'node:stream/consumers';
import { constants } from 'node:os';
import { type ErrnoName, type FailureReason, FsError } from '../lib/errors.js';
import type { ErrorReply, InputOf, OutputOf, ProgressOf, Route } from '../lib/protocol.js';

export interface CallOptions<R extends Route> {
  readonly signal?: AbortSignal;
  /** Asks for progress and is told each event. */
  readonly onProgress?: (event: ProgressOf<R>) => void;
}

type FeedRoute = 'GET /v1/events';

export interface FollowOptions {
  readonly signal: AbortSignal;
  readonly onEvent: (event: ProgressOf<FeedRoute>) => void;
}

/** A daemon seen from outside. */
export interface ControlClient {
  /** Where the daemon is expected. */
  readonly path: string;
  /**
   * Asks the daemon and resolves with its result. Rejects with the daemon's own FsError; with reason `daemon`
   * when none is running (ENOENT) or it ended before it answered (EIO); with EACCES when the socket is
   * another user's; with the signal's reason on abort, which aborts the command in the daemon too.
   */
  call<R extends Route>(route: R, input: InputOf<R>, options?: CallOptions<R>): Promise<OutputOf<R>>;
  /** Hears what happens until the signal aborts. Rejects as `call` does, also when the daemon ends. */
  follow(input: InputOf<FeedRoute>, options: FollowOptions): Promise<never>;
}

/** A client of the daemon behind a control socket. Every call connects anew: nothing to close. */
export function connectControl(path: string): ControlClient {
  return {
    path,
    async call(route, input, options = {}) {
      try {
        const response = await send(path, route, input, options);
        const answer = isLines(response)
          ? await readLines(response, options.onProgress as ((event: unknown) => void) | undefined)
          : await readDocument(response);
        return answer as OutputOf<typeof route>;
      } catch (error) {
        options.signal?.throwIfAborted();
        throw error;
      }
    },
    async follow(input, { signal, onEvent }) {
      try {
        const response = await send(path, 'GET /v1/events', input, { signal });
        if (!isLines(response)) await readDocument(response);
        for await (const line of linesOf(response)) {
          const value = parse(line);
          if (isRecord(value) && 'error' in value) throw errorOf(value);
          onEvent(value as ProgressOf<FeedRoute>);
        }
        throw new FsError('EIO', 'the daemon has ended', { reason: 'daemon' });
      } catch (error) {
        signal.throwIfAborted();
        throw error;
      }
    },
  };
}

async function send<R extends Route>(
  path: string,
  route: R,
  input: InputOf<R>,
  options: CallOptions<R>,
): Promise<IncomingMessage> {
  const [method, target] = route.split(' ');
  const body = method === 'POST' ? JSON.stringify(input) : null;
  const query = method === 'GET' ? new URLSearchParams(input as Record<string, string>).toString() : '';
  return await new Promise<IncomingMessage>((resolve, reject) => {
    const request = httpRequest(
      {
        socketPath: path,
        method,
        path: query === '' ? target : `${target}?${query}`,
        agent: false,
        headers: {
          accept: options.onProgress === undefined ? 'application/json' : 'application/x-ndjson',
          ...(body === null ? {} : { 'content-type': 'application/json' }),
        },
        ...(options.signal === undefined ? {} : { signal: options.signal }),
      },
      resolve,
    );
    request.once('error', (error) => reject(describeFailure(path, error)));
    request.end(body);
  });
}

function isLines(response: IncomingMessage): boolean {
  return (response.headers['content-type'] ?? '').startsWith('application/x-ndjson');
}

async function readDocument(response: IncomingMessage): Promise<unknown> {
  const value = parse(await readText(response).catch(lostAnswer));
  if (response.statusCode !== 200) throw errorOf(value);
  return value;
}

async function readLines(
  response: IncomingMessage,
  onProgress: ((event: unknown) => void) | undefined,
): Promise<unknown> {
  for await (const line of linesOf(response)) {
    const value = parse(line);
    if (!isRecord(value) || !('progress' in value)) return resultOf(value);
    onProgress?.(value['progress']);
  }
  return lostAnswer();
}

async function* linesOf(response: IncomingMessage): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
      rest = lines.pop() ?? '';
      yield* lines;
    }
  } catch (error) {
    lostAnswer(error);
  }
}

function resultOf(value: unknown): unknown {
  if (isRecord(value) && 'result' in value) return value['result'];
  throw errorOf(value);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw new FsError('EIO', 'the answer of the daemon is not JSON', { cause: error, reason: 'reply' });
  }
}

function errorOf(value: unknown): FsError {
  const { error } = (isRecord(value) ? value : {}) as Partial<ErrorReply>;
  if (error === undefined) {
    return new FsError('EIO', 'the daemon answered an error without saying which', { reason: 'reply' });
  }
  const errno = error.errno in constants.errno ? (error.errno as ErrnoName) : 'EIO';
  return new FsError(errno, error.message, { reason: error.reason as FailureReason });
}

function lostAnswer(cause?: unknown): never {
  throw new FsError('EIO', 'the daemon ended before it answered', { cause, reason: 'daemon' });
}

function describeFailure(path: string, error: NodeJS.ErrnoException): FsError {
  if (error.code === 'ENOENT' || error.code === 'ECONNREFUSED') {
    return new FsError('ENOENT', `no daemon is running (nobody answers at ${path})`, {
      cause: error,
      reason: 'daemon',
    });
  }
  if (error.code === 'EACCES') {
    return new FsError('EACCES', `the daemon at ${path} belongs to another user`, {
      cause: error,
      reason: 'refused',
    });
  }
  return new FsError('EIO', `the daemon at ${path} broke the connection: ${error.message}`, {
    cause: error,
    reason: 'daemon',
  });
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
