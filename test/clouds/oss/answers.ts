import type { OutgoingHttpHeaders } from 'node:http';
import type { StoredObject } from './bucket.js';
import { fillCallback, readCallback } from './callback.js';
import { newRequestId, OssError } from './oss-error.js';
import type { StorageRequest } from './storage.js';

/** An answer that is about to be sent. */
export interface StorageAnswer {
  readonly status: number;
  readonly body?: string;
  readonly headers?: OutgoingHttpHeaders;
}

/** Sends an answer, unless a fault holds or loses it. */
export async function sendAnswer({ exchange }: StorageRequest, answer: StorageAnswer): Promise<void> {
  await exchange.holdIfStruck('after');
  if (exchange.struck('oss-lost-answer')) {
    exchange.reset();
    return;
  }
  exchange.send(answer.status, answer.body ?? '', {
    'x-oss-request-id': newRequestId(),
    ...(answer.body?.startsWith('<?xml') === true ? { 'content-type': 'application/xml' } : {}),
    ...answer.headers,
  });
}

/** Answers the request that made an object: the owner's answer when there is a callback, else `plain`. */
export async function answerStored(
  request: StorageRequest,
  object: StoredObject,
  plain: StorageAnswer,
): Promise<void> {
  const { exchange, bucket, onCallback } = request;
  const strings = readCallback(exchange);
  if (strings === null) return sendAnswer(request, plain);
  if (exchange.struck('callback-failed-203')) throw new OssError('CallbackFailed');
  const reply: unknown = await onCallback(fillCallback(strings, bucket.name, object), exchange);
  if (exchange.struck('complete-lost-answer')) {
    exchange.reset();
    return;
  }
  const headers = { ...plain.headers, 'content-type': 'application/json' };
  await sendAnswer(request, { status: 200, body: JSON.stringify(reply), headers });
}
