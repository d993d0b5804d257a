import type { Drive } from '../../house/drive.js';
import { copySubtree } from '../../house/subtree.js';

/** A change that the cloud has promised and does later. Times in ms of the cloud's clock. */
export type Work =
  | { readonly kind: 'remove'; readonly due: number; readonly ids: readonly string[] }
  | { readonly kind: 'copy'; readonly due: number; readonly id: string; readonly target: string };

/** What goes on after an answer: slow deletes and copies that appear one after another. */
export class BackgroundWork {
  #pending: Work[] = [];

  save(): readonly Work[] {
    return this.#pending;
  }

  load(pending: readonly Work[]): void {
    this.#pending = [...pending];
  }

  add(work: Work): void {
    this.#pending.push(work);
  }

  /** Does what is due. */
  settle(drive: Drive, now: number): void {
    const due = this.#pending.filter((work) => work.due <= now);
    if (due.length === 0) return;
    this.#pending = this.#pending.filter((work) => work.due > now);
    for (const work of due) perform(drive, work);
  }
}

/** Items that went away in the meantime are left out. */
function perform(drive: Drive, work: Work): void {
  const at = Math.floor(work.due / 1000);
  if (work.kind === 'remove') {
    for (const id of work.ids) if (drive.item(id)?.trash === null) drive.remove(id, at);
    return;
  }
  const item = drive.item(work.id);
  if (item !== null && !drive.isDeleted(item) && drive.isDirectory(work.target)) {
    copySubtree(drive, item, work.target, { created: at });
  }
}
