/* What a daemon is asked about the recycle bins of the clouds. Times are milliseconds since the epoch, sizes bytes. */

/** Something in the recycle bin of an account. */
export interface TrashRow {
  /** Of the bin. */
  readonly id: string;
  readonly account: string;
  readonly name: string;
  readonly kind: 'file' | 'directory';
  /** Null for directories and where the cloud does not say. */
  readonly size: number | null;
  readonly removedAt: number;
  /** The drive that shows the folder it was in, and that folder in it; null where no open drive does. */
  readonly drive: string | null;
  readonly path: string | null;
}

/** Ids, names that are there once, or the paths that entries had: `films:/2026/a.mkv`, or inside a mount. */
export interface TrashInput {
  readonly entries: readonly string[];
  /** Only the recycle bin of this drive's account. */
  readonly drive?: string | undefined;
}

export interface TrashPurgeInput extends TrashInput {
  /** Everything; `entries` is empty then. */
  readonly all: boolean;
}

/** What was restored or destroyed. */
export interface TrashOutput {
  readonly entries: readonly TrashRow[];
  /** Accounts whose bins were emptied. */
  readonly accounts: readonly string[];
}

export interface TrashProtocol {
  'GET /v1/trash': {
    input: { readonly drive?: string | undefined };
    output: readonly TrashRow[];
    progress: never;
  };
  'POST /v1/trash/restore': { input: TrashInput; output: TrashOutput; progress: never };
  'POST /v1/trash/purge': { input: TrashPurgeInput; output: TrashOutput; progress: never };
}
