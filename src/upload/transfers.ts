import { notFound } from '../lib/errors.js';
import type { DriveQueue, DriveQueueParts } from './drive-queue.js';
import { QueuedFile } from './queue/queued-file.js';
import { showFile } from './replay.js';
import type { TransferStatus, TransfersStatus } from './transfers-status.js';

/** What people see of a drive's uploads, and what they may do about them. Rejects with FsError ENOENT for an unknown id. */
export class Transfers {
  readonly #parts: DriveQueueParts;
  readonly #queue: DriveQueue;

  constructor(parts: DriveQueueParts, queue: DriveQueue) {
    this.#parts = parts;
    this.#queue = queue;
  }

  status(): TransfersStatus {
    const { files, owed, sender, refusals, drafts } = this.#queue;
    const { drive, slots, spool } = this.#parts;
    return {
      drive,
      paused: slots.paused,
      files: [...files].filter(({ removed }) => !removed).map(statusOf),
      drafts: [...drafts.values()].map(({ id, path, size, modifiedAt }) => ({ id, path, size, modifiedAt })),
      changes: {
        waiting: [...owed.list].map(({ kind, path }) => ({ kind, path })),
        reason: sender.trouble?.message ?? null,
        refused: refusals.list(),
      },
      spool: { used: spool.used },
    };
  }

  /** Nothing of it is sent until `resume`. */
  pause(id: string): void {
    this.#queue.uploads.setPaused(this.#file(id), true);
  }

  resume(id: string): void {
    this.#queue.uploads.setPaused(this.#file(id), false);
  }

  /** Its bytes stay here, and programs see it, but it is not uploaded until `retry`. */
  async cancel(id: string): Promise<void> {
    await this.#queue.uploads.cancel(this.#file(id));
  }

  /** Tries at once, whatever went wrong before. */
  async retry(id: string): Promise<void> {
    await this.#queue.uploads.retry(this.#file(id));
  }

  /** A draft counts as closed with the bytes that it has: it is shown and uploaded. */
  async keep(id: string): Promise<void> {
    const row = this.#queue.drafts.get(id);
    const spooled = this.#parts.spool.open(id);
    if (row === undefined || spooled === null) throw notFound(`draft ${id}`);
    await spooled.accept({ signal: new AbortController().signal, urgency: 'lookup' });
    const closed = await this.#parts.journal.file(id);
    if (closed === null) throw notFound(`draft ${id}`);
    this.#queue.drafts.delete(id);
    const file = new QueuedFile(spooled, closed);
    this.#queue.files.add(file);
    await showFile(this.#parts.tree, file);
    this.#queue.uploads.begin(file);
  }

  /** The bytes of a draft, or of a file that failed or was cancelled, go for good; what it replaced is shown again. */
  async drop(id: string): Promise<void> {
    const { drafts, files, ledger } = this.#queue;
    if (drafts.has(id)) {
      await this.#parts.spool.drop(id, () => this.#parts.journal.removeFile(id));
      drafts.delete(id);
      return;
    }
    const file = this.#file(id);
    await this.#parts.spool.drop(id, () =>
      ledger.step((step) => {
        for (const old of file.row.replaces) step.show((tree) => tree.reveal(old));
        files.remove(step, file, 'kept');
      }),
    );
    this.#queue.uploads.stop(file);
  }

  #file(id: string): QueuedFile {
    const file = this.#queue.files.get(id);
    if (file === null || file.removed) throw notFound(`transfer ${id}`);
    return file;
  }
}

function statusOf(file: QueuedFile): TransferStatus {
  const { row, activity, sent, failures, trouble, nextTry } = file;
  const { id, path, size, closedAt } = row;
  const isWaiting = file.isOwed && (file.course === null || file.course.run === null);
  const state = file.paused ? 'paused' : isWaiting ? 'waiting' : row.state;
  return {
    ...{ id, path, size, sent, state, activity, closedAt },
    attempts: failures,
    reason: row.reason ?? trouble?.message ?? null,
    nextTry: nextTry ?? row.nextTry,
  };
}
