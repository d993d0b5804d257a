import type { Trash, TrashedEntry } from '../../driver/writer.js';
import type { Call } from '../../lib/call.js';
import { FsError } from '../../lib/errors.js';
import type { BinItem, RevertOutcome } from './api-changes.js';
import { relayedRefusal } from './errors.js';
import type { WriteParts } from './write-parts.js';

const PAGE = 200;

/** Ids of one call (115-open.md §15). */
const MOST_IDS = 1150;

/** The account's recycle bin (115-open.md §15). */
export class Pan115OpenTrash implements Trash {
  readonly #parts: WriteParts;

  constructor(parts: WriteParts) {
    this.#parts = parts;
  }

  async *list(call: Call): AsyncGenerator<readonly TrashedEntry[], void> {
    call.signal.throwIfAborted();
    const known = new Set<string>();
    for (let offset = 0; ;) {
      const page = await this.#parts.changes.binPage(offset, PAGE, call);
      const fresh = page.items.filter((item) => !known.has(item.id));
      for (const item of fresh) known.add(item.id);
      if (fresh.length > 0) yield fresh.map(trashedEntry);
      offset += page.items.length;
      // A page without anything new would be asked for again and again while an entry is missing.
      if (fresh.length === 0 || offset >= page.count) return;
    }
  }

  async restore(entries: readonly TrashedEntry[], call: Call): Promise<void> {
    call.signal.throwIfAborted();
    for (const some of chunks(entries)) await this.#restore(some, call);
  }

  async purge(entries: readonly TrashedEntry[] | null, call: Call): Promise<void> {
    call.signal.throwIfAborted();
    const { lane, changes } = this.#parts;
    if (entries === null) {
      await lane.run(call, () => changes.emptyBin(call));
      return;
    }
    for (const some of chunks(entries)) {
      const ids = some.map((entry) => entry.id);
      await lane.run(call, () => changes.purge(ids, call));
    }
  }

  async #restore(entries: readonly TrashedEntry[], call: Call): Promise<void> {
    const ids = entries.map((entry) => entry.id);
    const { outcomes, repeated } = await this.#revert(ids, call);
    for (const entry of entries) {
      const outcome = outcomes[entry.id];
      if (outcome?.state === true) continue;
      const error = refusalOf(entry, outcome);
      // Its first call, whose answer was lost, has restored it.
      if (repeated && error.reason === 'gone') continue;
      throw error;
    }
  }

  async #revert(
    ids: readonly string[],
    call: Call,
  ): Promise<{ readonly outcomes: Readonly<Record<string, RevertOutcome>>; readonly repeated: boolean }> {
    const { lane, changes } = this.#parts;
    const revert = (): Promise<Readonly<Record<string, RevertOutcome>>> =>
      lane.run(call, () => changes.revert(ids, call));
    try {
      return { outcomes: await revert(), repeated: false };
    } catch (error) {
      if (!(error instanceof FsError) || error.reason !== 'network') throw error;
      return { outcomes: await revert(), repeated: true };
    }
  }
}

function trashedEntry(item: BinItem): TrashedEntry {
  const kind = item.type === '1' ? 'file' : 'directory';
  return {
    id: item.id,
    name: item.file_name,
    kind,
    size: kind === 'file' ? (item.file_size ?? null) : null,
    removedAt: item.dtime * 1000,
    parentId: item.cid ?? null,
  };
}

function refusalOf(entry: TrashedEntry, outcome: RevertOutcome | undefined): FsError {
  if (outcome !== undefined) {
    return relayedRefusal(`rb/revert: ${entry.name}`, { code: outcome.errno, message: outcome.error });
  }
  const words = `115 Open: rb/revert: the answer does not tell what became of ${entry.name}`;
  return new FsError('EIO', words, { reason: 'reply' });
}

function* chunks(entries: readonly TrashedEntry[]): Generator<readonly TrashedEntry[], void> {
  for (let start = 0; start < entries.length; start += MOST_IDS) yield entries.slice(start, start + MOST_IDS);
}
