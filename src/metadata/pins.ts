import type { Entry } from '../driver/entry.js';
import { isLocalId } from '../lib/local-id.js';

/** What is shown under one id, whatever the cloud lists. */
export interface Pin {
  readonly id: string;
  /** As it is shown; null when it is not shown. */
  readonly shown: Entry | null;
  /** On the monotonic clock: a listing that was begun later decides. Null until the cloud has done what was asked. */
  readonly until: number | null;
}

interface Absence {
  readonly directory: string;
  readonly name: string;
}

/** What was changed here and the cloud may list otherwise, by id. */
export class Pins {
  readonly #pins = new Map<string, Pin>();
  readonly #children = new Map<string, Set<string>>();
  /** By directory, then legal name: who is missing there. */
  readonly #absent = new Map<string, Map<string, string>>();
  readonly #absences = new Map<string, Absence[]>();
  /** In the order in which they end. */
  readonly #settled = new Set<string>();
  #version = 0;

  /** Grows whenever `settled` answers something else. */
  get version(): number {
    return this.#version;
  }

  get(id: string): Pin | undefined {
    return this.#pins.get(id);
  }

  set(pin: Pin): void {
    this.#forgetPlace(pin.id);
    this.#pins.set(pin.id, pin);
    const parentId = pin.shown?.parentId;
    if (parentId !== undefined) {
      this.#children.set(parentId, (this.#children.get(parentId) ?? new Set()).add(pin.id));
    }
    if (pin.until === null) return;
    this.#settled.add(pin.id);
    this.#version += 1;
  }

  /** What the cloud lists of it counts again. */
  delete(id: string): void {
    this.#forgetPlace(id);
    this.#pins.delete(id);
    for (const { directory, name } of this.#absences.get(id) ?? []) {
      const names = this.#absent.get(directory);
      if (names?.get(name) === id) names.delete(name);
      if (names?.size === 0) this.#absent.delete(directory);
    }
    this.#absences.delete(id);
  }

  /** A pinned entry is no longer shown in a directory under this name. */
  leave(id: string, directory: string, name: string): void {
    if (!this.#pins.has(id)) return;
    const names = this.#absent.get(directory) ?? new Map<string, string>();
    if (names.get(name) === id) return;
    this.#absent.set(directory, names.set(name, id));
    const absences = this.#absences.get(id) ?? [];
    absences.push({ directory, name });
    this.#absences.set(id, absences);
  }

  /** Whether something of that name was hidden or moved away: nobody need be asked for it. */
  lacks(directory: string, name: string): boolean {
    return this.#absent.get(directory)?.has(name) ?? false;
  }

  /** Whether a directory shows, or lacks, something because of a pin. */
  concerns(directory: string): boolean {
    return this.#children.has(directory) || this.#absent.has(directory);
  }

  /** The pinned entries that are shown in a directory. */
  shownIn(directory: string): Entry[] {
    const shown: Entry[] = [];
    for (const id of this.#children.get(directory) ?? []) {
      const entry = this.#pins.get(id)?.shown;
      if (entry) shown.push(entry);
    }
    return shown;
  }

  /** Directories in which something is shown that the cloud has not confirmed. */
  *unconfirmed(): Generator<string> {
    for (const [directory, ids] of this.#children) {
      if ([...ids].some((id) => this.#pins.get(id)?.until === null)) yield directory;
    }
  }

  /** What a directory shows of entries that were kept: local ones only while they are pinned. */
  over(directory: string, entries: readonly Entry[]): Entry[] {
    const rest = entries.filter(({ id }) => !this.#pins.has(id) && !isLocalId(id));
    return [...rest, ...this.shownIn(directory)];
  }

  /** Whether a pin counts against a listing that was begun then. */
  counts(id: string, begunAt: number): boolean {
    const pin = this.#pins.get(id);
    return pin !== undefined && (pin.until === null || begunAt <= pin.until);
  }

  /** What a directory shows after an answer of the cloud; pins that this answer decides about are forgotten. */
  judge(directory: string, answer: readonly Entry[], begunAt: number): Entry[] {
    const ids = [...answer.map(({ id }) => id), ...(this.#children.get(directory) ?? [])];
    for (const id of ids) if (this.#pins.has(id) && !this.counts(id, begunAt)) this.delete(id);
    return this.over(directory, answer);
  }

  /** Forgets the pins that no listing is old enough for: begun at `oldest`, or later. */
  expire(oldest: number): void {
    for (const id of this.#settled) {
      const until = this.#pins.get(id)?.until ?? oldest;
      if (until >= oldest) return;
      this.delete(id);
    }
  }

  /** The pins that only wait for the cloud's listings. */
  settled(): Pin[] {
    return Array.from(this.#settled, (id) => this.#pins.get(id)).filter((pin) => pin !== undefined);
  }

  /** What is shown in one directory is shown in another one. */
  adopt(from: string, to: string): void {
    for (const entry of this.shownIn(from)) {
      const pin = this.#pins.get(entry.id);
      if (pin !== undefined) this.set({ ...pin, shown: { ...entry, parentId: to } });
    }
  }

  #forgetPlace(id: string): void {
    const parentId = this.#pins.get(id)?.shown?.parentId;
    const children = parentId === undefined ? undefined : this.#children.get(parentId);
    children?.delete(id);
    if (parentId !== undefined && children?.size === 0) this.#children.delete(parentId);
    if (this.#settled.delete(id)) this.#version += 1;
  }
}
