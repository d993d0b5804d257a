import { isIP } from 'node:net';
import { FsError } from '../../lib/errors.js';

/** Where an object is. */
export interface ObjectPlace {
  readonly bucket: string;
  readonly object: string;
}

/**
 * The address of an object: the bucket stands in the host name, or in the path where there can be no such name (an IP
 * address, localhost) and where `pathStyle` says so. An endpoint without a scheme gets https. Throws FsError EIO,
 * reason `reply`, when the endpoint is no address.
 */
export function objectUrl(
  endpoint: string,
  { bucket, object }: ObjectPlace,
  query: Readonly<Record<string, string>>,
  pathStyle = false,
): string {
  const url = baseOf(endpoint);
  const inPath = pathStyle || !canHaveSubdomain(url.hostname);
  if (!inPath) url.hostname = `${bucket}.${url.hostname}`;
  url.pathname = `/${inPath ? `${bucket}/` : ''}${object.split('/').map(encodeURIComponent).join('/')}`;
  const pairs = Object.entries(query).map(([name, value]) =>
    value === '' ? name : `${name}=${encodeURIComponent(value)}`,
  );
  url.search = pairs.join('&');
  return url.href;
}

function baseOf(endpoint: string): URL {
  const text = /^https?:\/\//i.test(endpoint) ? endpoint : `https://${endpoint}`;
  if (endpoint !== '' && URL.canParse(text)) return new URL(new URL(text).origin);
  throw new FsError('EIO', `the storage has no usable address: "${endpoint}"`, { reason: 'reply' });
}

function canHaveSubdomain(host: string): boolean {
  return host !== 'localhost' && isIP(host.replace(/^\[|\]$/g, '')) === 0;
}
