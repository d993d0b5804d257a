import type { KernelLimits } from '../../src/fuse/kernel-limits.js';
import type { MemoryCloudOptions } from '../../src/drivers/memory/options.js';
import type { LogLine } from '../fakes/fake-env.js';

/** How a test wants its mount. */
export interface MountRequest {
  readonly path: string;
  readonly readOnly: boolean;
  readonly umask: number;
  readonly layout: 'drive' | 'drives';
  /** fakes, writable: library.ts. memory, writing: everything real but the cloud. */
  readonly library: 'fakes' | 'writable' | 'memory' | 'writing';
  /** A folder for what the library keeps on disk. */
  readonly state: string;
  readonly writing: WritingOptions;
}

/** How a writing library differs from the plain one. */
export interface WritingOptions {
  /** Bytes that may wait for the cloud. */
  readonly budget?: number;
  /** From the last close until the upload begins, in milliseconds. */
  readonly delay?: number;
  /** How long changes are gathered, in milliseconds: until so long after the last one, and since the first. */
  readonly quiet?: number;
  readonly gather?: number;
  readonly cloud?: Pick<MemoryCloudOptions, 'total' | 'largestFile' | 'emptyFiles' | 'listingLag'>;
}

/**
 * What happens in the cloud behind the back of the mount; hold: it answers no call until release. refresh: the mount
 * looks at a directory of it again.
 */
export type CloudWork =
  | { readonly do: 'look' | 'hold' | 'release' }
  | { readonly do: 'refresh'; readonly path: string }
  | { readonly do: 'add'; readonly path: string; readonly size: number }
  /** Empty files with numbers for names. */
  | { readonly do: 'fill'; readonly path: string; readonly count: number }
  | { readonly do: 'remove'; readonly path: string }
  | { readonly do: 'resize'; readonly total: number };

export interface CloudEntry {
  readonly path: string;
  readonly id: string;
  readonly kind: 'file' | 'directory';
  /** Null of a directory. */
  readonly size: number | null;
  /** Null where the cloud does not say. */
  readonly sha1: string | null;
}

/** Since the cloud began. */
export interface CloudFigures {
  /** By the name of the call. */
  readonly calls: Readonly<Record<string, number>>;
  /** Bytes that were downloaded. */
  readonly fetched: number;
  /** Bytes that were uploaded. */
  readonly sent: number;
}

export interface CloudStatus extends CloudFigures {
  /** Everything below the root. */
  readonly entries: readonly CloudEntry[];
  /** Names in the recycle bin. */
  readonly bin: readonly string[];
}

export type MountCommand =
  | { readonly kind: 'status' }
  | { readonly kind: 'unmount' }
  /** Ends everything but the cloud and begins again from what is on disk; answered with a status. */
  | { readonly kind: 'restart' }
  | { readonly kind: 'cloud'; readonly work: CloudWork }
  /** Another file takes this path, as if the cloud had changed; answered with a status. */
  | { readonly kind: 'replace'; readonly path: string; readonly size: number }
  /** The cloud has what was written to this path; answered with a status. */
  | { readonly kind: 'upload'; readonly path: string };

export interface ProcessStatus {
  readonly kind: 'status';
  /** Requests of the kernel by operation. */
  readonly requests: Readonly<Record<string, number>>;
  readonly openFiles: number;
  readonly pending: number;
  readonly kernel: KernelLimits;
  /** What the drive was asked to change, in order. */
  readonly changes: readonly string[];
  readonly log: readonly LogLine[];
}

export type MountAnswer =
  | { readonly kind: 'mounted'; readonly path: string }
  | { readonly kind: 'failed'; readonly message: string; readonly errno: string }
  | { readonly kind: 'unmounted'; readonly milliseconds: number }
  | { readonly kind: 'ended' }
  | { readonly kind: 'cloud'; readonly cloud: CloudStatus }
  | ProcessStatus;
