import { OssError } from './oss-error.js';
import type { StorageRequest } from './storage.js';

/** Throws when the client forbids what would be overwritten. */
export function checkOverwrite({ exchange, bucket, object }: StorageRequest): void {
  const forbidden = exchange.request.headers['x-oss-forbid-overwrite'] === 'true';
  if (forbidden && bucket.has(object)) throw new OssError('FileAlreadyExists');
}
