import type { FreshnessOptions } from './freshness.js';
import type { PatienceLimits } from './patience.js';

/** How a tree behaves. All durations are milliseconds. */
export interface TreeOptions extends FreshnessOptions {
  /** How long a caller waits for a listing: for the next page, and in all. */
  readonly patience: PatienceLimits;
  /** Entries kept in memory; the other listings are read back from disk when they are needed. */
  readonly entriesInMemory: number;
  /** After a failure a known directory is left alone for `first`, doubling up to `max`; an unknown one for `unknown`. */
  readonly retry?: { readonly first: number; readonly max: number; readonly unknown: number };
  /** How long the account's space is believed. */
  readonly spaceTtl?: number;
}

/** The options with nothing left open. */
export type TreeSettings = Required<TreeOptions>;

/** What is used where the configuration says nothing. */
export const DEFAULT_TREE_OPTIONS: TreeSettings = {
  listingTtl: 24 * 3_600_000,
  changedTtl: 10 * 60_000,
  negativeTtl: 24 * 3_600_000,
  patience: { progress: 20_000, total: 120_000 },
  entriesInMemory: 200_000,
  retry: { first: 30_000, max: 600_000, unknown: 5000 },
  spaceTtl: 3_600_000,
};
