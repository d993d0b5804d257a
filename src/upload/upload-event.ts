import type { QueuedFile } from './queue/queued-file.js';
import type { RefusedChange } from './changes/refusals.js';

/** Something that happened to a file on its way to the cloud. */
export interface FileEvent {
  /** begun: the cloud is asked. waits: it is tried again later. failed: a person decides. */
  readonly kind: 'begun' | 'done' | 'waits' | 'failed';
  readonly id: string;
  /** Inside the drive. */
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** Why it waits or failed; null otherwise. */
  readonly reason: string | null;
}

/** A change that the cloud did not take. */
export interface RefusalEvent {
  readonly kind: 'refused';
  readonly change: RefusedChange;
}

export type UploadEvent = FileEvent | RefusalEvent;

/** Hears what happens to uploads. Must neither throw nor take long. */
export type UploadListener = (event: UploadEvent) => void;

export function fileEvent(kind: FileEvent['kind'], { row }: QueuedFile, reason: string | null): FileEvent {
  const { id, path, size } = row;
  return { kind, id, path, size, reason };
}
