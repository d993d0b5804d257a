import type { ContentStatus } from '../../content/content.js';
import type { OperationTally } from '../../fuse/operation-tally.js';
import type { DaemonStatus } from '../../lib/protocol.js';
import type { UploadCount } from '../transfers/upload-counts.js';

/** How the kernel's requests of one mount were answered, by operation. */
export interface MountTallies {
  readonly path: string;
  readonly tallies: ReadonlyMap<string, OperationTally>;
}

/** The daemon at the moment at which somebody asks for its metrics. */
export interface Snapshot {
  readonly status: DaemonStatus;
  readonly content: ContentStatus;
  readonly mounts: readonly MountTallies[];
  readonly uploads: readonly UploadCount[];
  readonly process: {
    readonly cpuSeconds: number;
    /** Bytes. */
    readonly heap: number;
    readonly descriptors: number;
  };
}

export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** One name of the metrics: what it means, and how it is read from what is counted anyway. */
export interface Series {
  /** Without `panfuse_`. */
  readonly name: string;
  readonly kind: 'gauge' | 'counter';
  readonly help: string;
  readonly labels: readonly string[];
  readonly read: (now: Snapshot) => readonly Sample[];
}

/** A gauge without labels. */
export function gauge(name: string, help: string, read: (now: Snapshot) => number): Series {
  return { name, kind: 'gauge', help, labels: [], read: (now) => [{ labels: {}, value: read(now) }] };
}

/** A counter without labels. */
export function counter(name: string, help: string, read: (now: Snapshot) => number): Series {
  return { name, kind: 'counter', help, labels: [], read: (now) => [{ labels: {}, value: read(now) }] };
}
