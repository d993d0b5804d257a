import type { UploadEvent } from '../../upload/upload-event.js';

/** What became of the uploads of one drive since the start. */
export interface UploadCount {
  readonly drive: string;
  readonly done: number;
  /** Bytes of those that are done, whether they were sent or the cloud knew them. */
  readonly bytes: number;
  readonly failed: number;
  /** Tries that are to be repeated. */
  readonly waits: number;
}

/** Counts what becomes of uploads. */
export class UploadCounts {
  readonly #drives = new Map<string, UploadCount>();

  add(drive: string, event: UploadEvent): void {
    const before = this.#drives.get(drive) ?? { drive, done: 0, bytes: 0, failed: 0, waits: 0 };
    this.#drives.set(drive, counted(before, event));
  }

  get all(): readonly UploadCount[] {
    return [...this.#drives.values()];
  }
}

function counted(count: UploadCount, event: UploadEvent): UploadCount {
  if (event.kind === 'begun' || event.kind === 'refused') return count;
  const bytes = event.kind === 'done' ? count.bytes + event.size : count.bytes;
  return { ...count, bytes, [event.kind]: count[event.kind] + 1 };
}
