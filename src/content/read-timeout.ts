import { FsError } from '../lib/errors.js';
import { formatDuration } from '../lib/quantity.js';
import type { Stage } from './download.js';

/** How far the bytes have come that a read waits for. */
export interface Progress {
  readonly stage: Stage;
  /** Why none come; null when nothing has gone wrong. */
  readonly trouble: FsError | null;
}

/** What a read gets that waited so many milliseconds in vain: says what for, and what went wrong. */
export function readTimeout(name: string, waited: number, progress: Progress | null): FsError {
  const trouble = progress?.trouble ?? null;
  const why = trouble === null ? '' : `; ${trouble.message}`;
  return new FsError(
    'ETIMEDOUT',
    `${name}: waited ${formatDuration(waited)} for ${progress?.stage ?? 'the cloud'}${why}`,
    trouble === null ? {} : { cause: trouble, reason: trouble.reason },
  );
}
