import { createHash } from 'node:crypto';
import { OssClient } from '../../../../src/drivers/oss/client.js';
import { OssConnection } from '../../../../src/drivers/oss/connection.js';
import type { OssCredentials } from '../../../../src/drivers/oss/credentials.js';
import type { FsError } from '../../../../src/lib/errors.js';
import { ServerTime } from '../../../../src/net/server-time.js';
import type { Transport, TransportRequest, TransportResponse } from '../../../../src/net/transport.js';
import { type FakeEnv, fakeEnv } from '../../../fakes/fake-env.js';

/** A request as the storage got it, its body read to the end. */
export interface Received {
  readonly request: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

export interface Reply {
  readonly status?: number;
  readonly text?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A storage without sockets: answers in turn, and keeps what it was asked. */
export class ScriptedStorage implements Transport {
  readonly received: Received[] = [];
  readonly #replies: (Reply | FsError | ((received: Received) => Reply))[];

  constructor(...replies: readonly (Reply | FsError | ((received: Received) => Reply))[]) {
    this.#replies = [...replies];
  }

  async request(request: TransportRequest): Promise<TransportResponse> {
    request.signal.throwIfAborted();
    const { pathname, search } = new URL(request.url);
    const received = {
      request: `${request.method} ${pathname}${search}`,
      headers: request.headers ?? {},
      body: await bodyOf(request.body),
    };
    this.received.push(received);
    const next = this.#replies.shift() ?? {};
    if (next instanceof Error) throw next;
    return responseOf(request.url, typeof next === 'function' ? next(received) : next);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

async function bodyOf(body: TransportRequest['body']): Promise<Buffer> {
  if (body === undefined) return Buffer.alloc(0);
  if (typeof body === 'string' || body instanceof URLSearchParams) return Buffer.from(body.toString());
  if (body instanceof Uint8Array) return Buffer.from(body);
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function responseOf(url: string, { status = 200, text = '', headers = {} }: Reply): TransportResponse {
  return {
    status,
    headers: new Headers(headers),
    url,
    body: (async function* () {
      await Promise.resolve();
      yield Buffer.from(text);
    })(),
    text: () => Promise.resolve(text),
    discard: () => Promise.resolve(),
  };
}

/** The error document of OSS. */
export function ossError(
  status: number,
  code: string,
  headers: Readonly<Record<string, string>> = {},
): Reply {
  return { status, headers, text: `<Error><Code>${code}</Code><Message>${code} it is.</Message></Error>` };
}

/** Takes a part and answers its ETag. */
export function takePart({ body }: Received): Reply {
  return { headers: { etag: `"${createHash('md5').update(body).digest('hex').toUpperCase()}"` } };
}

/** A client on a scripted storage, whose credentials are numbered as they are renewed. */
export function clientOf(storage: ScriptedStorage): {
  readonly client: OssClient;
  readonly env: FakeEnv;
  readonly time: ServerTime;
} {
  const env = fakeEnv();
  const time = new ServerTime(env.clock);
  let serial = 1;
  let held: OssCredentials | null = null;
  const credentials = {
    current: () => {
      held ??= {
        endpoint: 'http://127.0.0.1:1',
        accessKeyId: `STS.${serial}`,
        accessKeySecret: 'secret',
        securityToken: `token ${serial}`,
      };
      return Promise.resolve(held);
    },
    refused: (refused: OssCredentials) => {
      if (refused !== held) return;
      held = null;
      serial += 1;
    },
  };
  return {
    client: new OssClient(new OssConnection({ env, transport: storage, credentials, time })),
    env,
    time,
  };
}
