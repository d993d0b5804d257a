import { readdir } from 'node:fs/promises';
import type { ContentStatus } from '../../content/content.js';
import type { DaemonStatus } from '../../lib/protocol.js';
import type { UploadCount } from '../transfers/upload-counts.js';
import type { MountTallies, Snapshot } from './series.js';

export interface SnapshotParts {
  readonly status: () => DaemonStatus;
  readonly content: () => ContentStatus;
  readonly mounts: () => readonly MountTallies[];
  readonly uploads: () => readonly UploadCount[];
}

/** Everything that the metrics show, at one moment. */
export async function takeSnapshot({ status, content, mounts, uploads }: SnapshotParts): Promise<Snapshot> {
  const descriptors = await readdir('/proc/self/fd');
  const { user, system } = process.cpuUsage();
  return {
    status: status(),
    content: content(),
    mounts: mounts(),
    uploads: uploads(),
    process: {
      cpuSeconds: (user + system) / 1_000_000,
      heap: process.memoryUsage().heapUsed,
      descriptors: descriptors.length,
    },
  };
}
