import type { KernelLimits } from '../../src/fuse/kernel-limits.js';
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
}

export type MountCommand =
  | { readonly kind: 'status' }
  | { readonly kind: 'unmount' }
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
  | ProcessStatus;
