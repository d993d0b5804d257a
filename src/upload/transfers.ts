import { notFound } from '../lib/errors.js';
import type { DriveQueue, DriveQueueParts } from './drive-queue.js';
import { QueuedFile } from './queue/queued-file.js';
import type { SpooledFile } from './queue/spooled-file.js';
import type { Step } from './ledger.js';
import { type FileRow, isUnchanged } from './journal/rows.js';
import { samePlace } from './changes/named-place.js';
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
        waiting: [...owed.list].map((row) => {
          return { kind: row.kind, path: row.path, reason: sender.refusalOf(row)?.message ?? null };
        }),
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
    const file = this.#file(id);
    const row = await this.#parts.journal.file(id);
    // What it was like when it was closed was lost with its record: whoever retries it takes it as it is.
    if (row?.state === 'failed' && row.seal === null) file.row = await this.#accepted(id, file.spooled);
    await this.#queue.uploads.retry(file);
  }

  /** A draft counts as closed with the bytes that it has: it is shown and uploaded. */
  async keep(id: string): Promise<void> {
    const row = this.#queue.drafts.get(id);
    const spooled = this.#parts.spool.open(id);
    if (row === undefined || spooled === null) throw notFound(`draft ${id}`);
    const closed = await this.#accepted(id, spooled);
    this.#queue.drafts.delete(id);
    const file = new QueuedFile(spooled, closed);
    this.#queue.files.add(file);
    await showFile(this.#parts.tree, file);
    this.#queue.uploads.begin(file);
  }

  /** The bytes of a draft, or of a file that failed or was cancelled, go for good; what it replaced is shown again. */
  async drop(id: string): Promise<void> {
    const file = this.#draft(id) ?? this.#file(id);
    await this.#queue.uploads.forget(file, (step) => {
      this.#giveUp(step, file.row);
      this.#queue.files.remove(step, file, 'kept');
    });
    this.#queue.drafts.delete(id);
  }

  /** Drops the drafts in which nothing was changed: nobody misses those. */
  async dropUnchanged(): Promise<void> {
    const unchanged = [...this.#queue.drafts.values()].filter(isUnchanged);
    for (const { id } of unchanged) await this.drop(id);
  }

  /** It counts as closed with the bytes that it has; answers its row. */
  async #accepted(id: string, spooled: SpooledFile): Promise<FileRow> {
    await spooled.accept({ signal: new AbortController().signal, urgency: 'lookup' });
    const row = await this.#parts.journal.file(id);
    if (row === null) throw notFound(`transfer ${id}`);
    return row;
  }

  /** A draft among the files, for what its earlier bytes may have become in the cloud. */
  #draft(id: string): QueuedFile | null {
    const [row, spooled] = [this.#queue.drafts.get(id), this.#parts.spool.open(id)];
    if (row === undefined || spooled === null) return null;
    const file = new QueuedFile(spooled, row);
    this.#queue.files.add(file);
    return file;
  }

  /** What it replaced is shown again, or goes, when it had left that place itself. */
  #giveUp(step: Step, { replaces, parentId, name, path }: FileRow): void {
    const { owed } = this.#queue;
    for (const old of replaces) {
      // The cloud may still list it elsewhere while it is owed that it was moved here.
      const isOwed = owed.list.of(old.id) !== null;
      if (samePlace(owed.placeOf(old), { parentId, name }))
        step.show((tree) => (isOwed ? tree.add(old) : tree.reveal(old)));
      else owed.removeReplaced(step, old, { parentId, name, path });
    }
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
