import type { HashedFile } from './hash-file.js';

/** To the thread that hashes; jobs count up. */
export interface HashQuestion {
  readonly job: number;
  readonly path: string;
}

/** From it; an outcome of null means that it was cancelled. */
export type HashAnswer =
  | { readonly job: number; readonly outcome: HashedFile | null }
  | { readonly job: number; readonly error: Error };
