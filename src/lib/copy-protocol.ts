import type { ListedFile } from './rapid-list.js';

/**
 * What became of a file that was to be made somewhere. known: made from its hashes, no byte of it was sent. copied, moved:
 * by the cloud itself. queued: its bytes are safe on this machine and on their way to the cloud; uploaded: the cloud has
 * them. unknown: the cloud does not know it, and nothing was made. there: an equal file has this name already. planned:
 * nothing was done, as was asked for.
 */
export type MadeOutcome =
  | 'known'
  | 'copied'
  | 'moved'
  | 'queued'
  | 'uploaded'
  | 'unknown'
  | 'there'
  | 'planned'
  | 'skipped'
  | 'failed';

export interface MadeRow {
  /** A path of this machine, of a drive (`films:/a.mkv`), or the name in a list. */
  readonly from: string;
  /** Of a drive. */
  readonly to: string;
  readonly kind: 'file' | 'directory';
  /** Null for directories. */
  readonly size: number | null;
  readonly outcome: MadeOutcome;
  /** Bytes of content that went, or will go, to the cloud. */
  readonly sent: number;
  /** Bytes that were read because a cloud wanted proof of them. */
  readonly proved: number;
  /** Whether its first bytes were read back and are right; null when nobody looked. */
  readonly readBack: boolean | null;
  /** Why it was not made; null otherwise. */
  readonly errno: string | null;
  readonly message: string | null;
}

export interface MadeOutput {
  readonly files: readonly MadeRow[];
  /** Over all of them, in bytes. */
  readonly sent: number;
  readonly proved: number;
  /** Bytes that were read to see whether what was made by hash can be read. */
  readonly readBack: number;
  /** Why it ended before the last file; null when it did not. */
  readonly stopped: { readonly errno: string; readonly reason: string; readonly message: string } | null;
}

export interface MadeProgress {
  readonly stage: 'hashing' | 'asking' | 'sending' | 'confirming';
  /** The file that is dealt with. */
  readonly path: string;
  /** Bytes of it, and how many are done in this stage. */
  readonly size: number;
  readonly done: number;
  /** Files and bytes in all, and those behind it. */
  readonly files: number;
  readonly filesDone: number;
  readonly bytes: number;
  readonly bytesDone: number;
}

export interface RapidPutInput {
  /** `DRIVE:/FOLDER`, or an absolute path of this machine inside a mount. */
  readonly to: string;
  /** Absolute paths of this machine: files, and folders with all that is in them. */
  readonly files: readonly string[];
  /** What the only one is called there. */
  readonly name?: string | undefined;
  /** What the cloud does not know is uploaded. */
  readonly orUpload: boolean;
  /** Bytes: larger ones are passed over. */
  readonly maxSize?: number | undefined;
  /** Nobody is asked, and nothing is made. */
  readonly dryRun: boolean;
}

export interface RapidExportInput {
  /** Of drives, of mounts, or of this machine. */
  readonly paths: readonly string[];
  /** The first 128 KiB of files of clouds are read to tell their hash too. */
  readonly heads: boolean;
}

export interface RapidExportOutput {
  readonly files: readonly ListedFile[];
  /** What cannot be listed, and why. */
  readonly left: readonly { readonly path: string; readonly message: string }[];
}

export interface RapidExportProgress {
  readonly files: number;
  readonly path: string;
}

export interface RapidImportInput {
  readonly to: string;
  readonly files: readonly ListedFile[];
  /** A folder, of a drive or of this machine, that has these files: for clouds that want proof. */
  readonly from?: string | undefined;
  readonly dryRun: boolean;
  /** How many files of the list were made by earlier requests: fewer are read back. */
  readonly before?: number | undefined;
}

export interface CopyInput {
  /** Of drives, of mounts; to copy, of this machine too. Folders with all that is in them. */
  readonly from: readonly string[];
  readonly to: string;
  /** It resolves when the cloud has the bytes. A move always does. */
  readonly wait?: boolean | undefined;
}

/** The routes. */
export interface CopyProtocol {
  'POST /v1/rapid/put': { input: RapidPutInput; output: MadeOutput; progress: MadeProgress };
  'POST /v1/rapid/export': {
    input: RapidExportInput;
    output: RapidExportOutput;
    progress: RapidExportProgress;
  };
  'POST /v1/rapid/import': { input: RapidImportInput; output: MadeOutput; progress: MadeProgress };
  'POST /v1/copy': { input: CopyInput; output: MadeOutput; progress: MadeProgress };
  'POST /v1/move': { input: CopyInput; output: MadeOutput; progress: MadeProgress };
}
