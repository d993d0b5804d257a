import { isIP } from 'node:net';
import type { Exchange } from '../house/exchange.js';
import { OssError } from './oss-error.js';

/** What a storage request is about. */
export interface ObjectAddress {
  readonly bucket: string;
  readonly object: string;
}

/**
 * Bucket and object of a request. The bucket stands in the host name; in the path only where there can be no such
 * name, as for an IP address (API document, 17.6).
 */
export function addressOf(exchange: Exchange, bucket: string): ObjectAddress {
  const path = decodeURIComponent(exchange.path.slice(1));
  if (exchange.hostname.startsWith(`${bucket}.`)) return { bucket, object: path };
  const host = exchange.hostname.replaceAll(/^\[|\]$/g, '');
  if (isIP(host) === 0 && host !== 'localhost') throw new OssError('SecondLevelDomainForbidden');
  return { bucket, object: path.slice(bucket.length + 1) };
}
