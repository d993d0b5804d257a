import { createHmac } from 'node:crypto';
import type { OssCredentials } from './credentials.js';

/** What of a request is signed. */
export interface SignedParts {
  readonly method: string;
  readonly bucket: string;
  /** As it is, not encoded for an address. */
  readonly object: string;
  readonly query: Readonly<Record<string, string>>;
  /** All that will be sent, `Date` among them. Names in any case. */
  readonly headers: Readonly<Record<string, string>>;
}

/** The parameters of a query that count for the signature; others, such as `max-parts`, do not. */
const SIGNED = ['partNumber', 'sequential', 'uploadId', 'uploads'];

/** The Authorization header of Aliyun OSS, signature V1 (115-open.md §17.6). */
export function authorization(
  parts: SignedParts,
  { accessKeyId, accessKeySecret }: Pick<OssCredentials, 'accessKeyId' | 'accessKeySecret'>,
): string {
  const signature = createHmac('sha1', accessKeySecret).update(stringToSign(parts)).digest('base64');
  return `OSS ${accessKeyId}:${signature}`;
}

function stringToSign({ method, bucket, object, query, headers }: SignedParts): string {
  const lower = new Map(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value.trim()]));
  const plain = ['content-md5', 'content-type', 'date'].map((name) => lower.get(name) ?? '');
  const own = [...lower]
    .filter(([name]) => name.startsWith('x-oss-'))
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, value]) => `${name}:${value}\n`);
  return `${[method, ...plain].join('\n')}\n${own.join('')}/${bucket}/${object}${signedQuery(query)}`;
}

function signedQuery(query: Readonly<Record<string, string>>): string {
  const pairs = SIGNED.flatMap((name) => {
    const value = query[name];
    if (value === undefined) return [];
    return [value === '' ? name : `${name}=${value}`];
  });
  return pairs.length === 0 ? '' : `?${pairs.join('&')}`;
}
