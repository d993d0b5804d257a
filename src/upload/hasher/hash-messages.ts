import type { HashedFile } from './hash-file.js';

/** Places of the memory that both share: the last job that is answered no more, and the bytes read of the one under way. */
export const CANCELLED_JOB = 0;
export const READ_BYTES = 1;
/** Numbers in it. */
export const SHARED_NUMBERS = 2;

/** To the thread that hashes; jobs count up. */
export interface HashQuestion {
  readonly job: number;
  readonly path: string;
}

/** From it; an outcome of null means that it was cancelled. */
export type HashAnswer =
  | { readonly job: number; readonly outcome: HashedFile | null }
  | { readonly job: number; readonly error: Error };
