import type { Entry } from '../../../../src/driver/entry.js';
import type { Clock } from '../../../../src/lib/env.js';
import { notFound } from '../../../../src/lib/errors.js';
import { isLocalId } from '../../../../src/lib/local-id.js';
import type { NameTree } from '../../../../src/upload/name-tree.js';

/** What is written down of the cloud: as programs see it; null for what they see no more. */
interface Known {
  readonly at: number;
  readonly id: string;
  readonly entry: Entry | null;
}

/** What programs see, and nothing of how that comes about. Ids that were local once are understood for ever. */
export class FakeNameTree implements NameTree {
  readonly #clock: Clock;
  readonly #shown = new Map<string, Entry>();
  readonly #known: Known[] = [];
  readonly #successors = new Map<string, string>();
  readonly #unsettled = new Set<string>();

  /** What the cloud listed before anything was changed here. */
  constructor(clock: Clock, entries: readonly Entry[] = []) {
    this.#clock = clock;
    for (const entry of entries) {
      this.#shown.set(entry.id, entry);
      this.#learn(entry.id, entry, -Infinity);
    }
  }

  /** What a restart finds of the cloud's listings, when `lost` milliseconds of them had not come to the disk. */
  onDisk(lost: number): readonly Entry[] {
    const found = new Map<string, Entry>();
    for (const { at, id, entry } of this.#known) {
      if (at > this.#clock.monotonic() - lost) continue;
      if (entry === null) found.delete(id);
      else found.set(id, { ...entry, parentId: this.#now(entry.parentId) });
    }
    return [...found.values()].filter((entry) => !isLocalId(entry.id) && !isLocalId(entry.parentId));
  }

  /** Entries in a directory. */
  in(parentId: string): readonly Entry[] {
    const id = this.#now(parentId);
    return [...this.#shown.values()].filter((entry) => this.#now(entry.parentId) === id);
  }

  /** Ids of what is shown or hidden although the cloud was never said to know it. */
  get unsettled(): readonly string[] {
    return [...this.#unsettled];
  }

  add(entry: Entry): Promise<void> {
    const id = this.#now(entry.id);
    this.#shown.set(id, { ...entry, id });
    this.#unsettled.add(id);
    return Promise.resolve();
  }

  update(entry: Entry): Promise<void> {
    const id = this.#now(entry.id);
    const shown = this.#shown.get(id);
    if (shown !== undefined) {
      this.#shown.set(id, { ...entry, id, parentId: shown.parentId, name: shown.name });
    }
    return Promise.resolve();
  }

  move(id: string, parentId: string, name: string): Promise<void> {
    const now = this.#now(id);
    const shown = this.#shown.get(now);
    if (shown === undefined) return Promise.reject(notFound(name));
    const moved = { ...shown, parentId: this.#now(parentId), name };
    this.#shown.set(now, moved);
    this.#unsettled.add(now);
    this.#learn(now, moved);
    return Promise.resolve();
  }

  hide(id: string): Promise<void> {
    const now = this.#now(id);
    this.#shown.delete(now);
    this.#unsettled.add(now);
    this.#learn(now, null);
    return Promise.resolve();
  }

  reveal(entry: Entry): Promise<void> {
    const id = this.#now(entry.id);
    this.#shown.set(id, { ...entry, id });
    this.#unsettled.delete(id);
    // After a kill the real one asks the cloud about directories in which something has changed.
    this.#learn(id, { ...entry, id }, -Infinity);
    return Promise.resolve();
  }

  settle(id: string, entry?: Entry): Promise<void> {
    const now = this.#now(id);
    this.#unsettled.delete(now);
    const shown = this.#shown.get(now);
    if (shown === undefined || entry === undefined || entry.id === now) this.#learn(now, shown ?? null);
    else this.#succeed(now, { ...entry, parentId: shown.parentId, name: shown.name });
    return Promise.resolve();
  }

  entry(id: string): Entry | null {
    const shown = this.#shown.get(this.#now(id));
    return shown === undefined ? null : { ...shown, parentId: this.#now(shown.parentId) };
  }

  #succeed(localId: string, entry: Entry): void {
    this.#shown.delete(localId);
    this.#successors.set(localId, entry.id);
    this.#unsettled.delete(entry.id);
    this.#shown.set(entry.id, entry);
    this.#learn(entry.id, entry);
  }

  #learn(id: string, entry: Entry | null, at = this.#clock.monotonic()): void {
    this.#known.push({ at, id, entry });
  }

  #now(id: string): string {
    let now = id;
    for (let next = this.#successors.get(now); next !== undefined; next = this.#successors.get(now))
      now = next;
    return now;
  }
}
