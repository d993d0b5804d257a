import type { Entry } from '../driver/entry.js';
import { FsError, notFound } from '../lib/errors.js';
import { isLocalId } from '../lib/local-id.js';
import type { ListingHeader } from './freshness.js';
import type { KnownDirectories } from './known-directories.js';
import type { Succession } from './local-view.js';
import type { Pins } from './pins.js';
import type { Successors } from './successors.js';

/** One call of LocalChanges. */
export type Wish =
  | { readonly kind: 'add' | 'update' | 'reveal'; readonly entry: Entry }
  | { readonly kind: 'move'; readonly id: string; readonly parentId: string; readonly name: string }
  | { readonly kind: 'hide'; readonly id: string }
  | { readonly kind: 'settle'; readonly id: string; readonly entry: Entry | null };

/** Where an entry stands that is not pinned. */
export interface Standing {
  readonly directory: string;
  readonly entry: Entry;
}

/** What wishes have done to pins. */
export interface Outcome {
  readonly ids: Set<string>;
  readonly successions: Succession[];
  /** Directories whose content a program has changed. */
  readonly advanced: Set<string>;
  /** Entries of which nothing is left. */
  readonly ended: Set<string>;
  readonly errors: Map<Wish, FsError>;
}

interface FulfilmentParts {
  readonly pins: Pins;
  readonly successors: Successors;
  readonly directories: KnownDirectories;
  readonly standings: ReadonlyMap<string, Standing>;
  /** On the monotonic clock: when listings begun now have been overtaken by what is settled now. */
  readonly until: number;
  /** How long the listing of a new directory of the cloud is believed; null when it is known already. */
  readonly headerOf: (entry: Entry) => ListingHeader | null;
}

/** The ids that a wish is about, those of directories included. */
export function idsOf(wish: Wish): {
  readonly entries: readonly string[];
  readonly directories: readonly string[];
} {
  switch (wish.kind) {
    case 'add':
    case 'update':
    case 'reveal':
      return { entries: [wish.entry.id], directories: [wish.entry.parentId] };
    case 'move':
      return { entries: [wish.id], directories: [wish.parentId] };
    case 'hide':
      return { entries: [wish.id], directories: [] };
    case 'settle':
      return wish.entry?.kind === 'directory'
        ? { entries: [wish.id, wish.entry.id], directories: [wish.id] }
        : { entries: wish.entry === null ? [wish.id] : [wish.id, wish.entry.id], directories: [] };
  }
}

/** Makes pins of wishes, one after the other, in one go. */
export class Fulfilment {
  readonly #outcome: Outcome = {
    ids: new Set(),
    successions: [],
    advanced: new Set(),
    ended: new Set(),
    errors: new Map(),
  };
  readonly #parts: FulfilmentParts;
  /** By directory and name: what took the place of another is no change of the directory. */
  readonly #come = new Map<string, Entry>();
  readonly #gone = new Map<string, Entry>();

  constructor(parts: FulfilmentParts) {
    this.#parts = parts;
  }

  /** What came of all wishes. */
  get outcome(): Outcome {
    for (const [place, { parentId }] of this.#come) {
      if (!this.#gone.has(place)) this.#outcome.advanced.add(parentId);
    }
    for (const [place, { parentId }] of this.#gone) {
      if (!this.#come.has(place)) this.#outcome.advanced.add(parentId);
    }
    return this.#outcome;
  }

  fulfil(wish: Wish): void {
    const { successors, until } = this.#parts;
    switch (wish.kind) {
      case 'add':
        this.#show(wish, this.#here(wish.entry));
        break;
      case 'reveal':
        this.#pin(this.#here(wish.entry).id, this.#here(wish.entry), until);
        break;
      case 'update':
        this.#update(this.#here(wish.entry));
        break;
      case 'move':
        this.#move(wish);
        break;
      case 'hide':
        this.#hide(successors.resolve(wish.id));
        break;
      case 'settle':
        this.#settle(successors.resolve(wish.id), wish.entry);
        break;
    }
  }

  /** As it is shown now; null when it is not. */
  #shown(id: string): Entry | null {
    const pin = this.#parts.pins.get(id);
    return pin === undefined ? (this.#parts.standings.get(id)?.entry ?? null) : pin.shown;
  }

  /** An entry under the ids that count now. */
  #here(entry: Entry): Entry {
    const { successors } = this.#parts;
    return { ...entry, id: successors.resolve(entry.id), parentId: successors.resolve(entry.parentId) };
  }

  #pin(id: string, shown: Entry | null, until: number | null): void {
    // No listing ever decides about what only exists here.
    this.#parts.pins.set({ id, shown, until: isLocalId(id) ? null : until });
    this.#outcome.ids.add(id);
  }

  #show(wish: Wish, entry: Entry): void {
    const known = this.#parts.directories.get(entry.id);
    const parent = this.#parts.directories.get(entry.parentId);
    if (known !== undefined && parent !== undefined && known.holds(parent)) {
      const message = `${entry.name}: a directory cannot be moved below itself`;
      this.#outcome.errors.set(wish, new FsError('EINVAL', message, { expected: true }));
      return;
    }
    const before = this.#shown(entry.id);
    if (before === null) this.#come.set(placeOf(entry), entry);
    else if (placeOf(before) !== placeOf(entry)) {
      this.#outcome.advanced.add(before.parentId).add(entry.parentId);
    }
    this.#pin(entry.id, entry, null);
  }

  #update(entry: Entry): void {
    const { id } = entry;
    const pin = this.#parts.pins.get(id);
    const shown = this.#shown(id);
    if (shown === null) return;
    const { parentId, name } = shown;
    this.#pin(id, { ...entry, parentId, name }, pin === undefined ? this.#parts.until : pin.until);
  }

  #move(wish: Extract<Wish, { kind: 'move' }>): void {
    const id = this.#parts.successors.resolve(wish.id);
    const shown = this.#shown(id);
    if (shown === null) this.#outcome.errors.set(wish, notFound(wish.name));
    else this.#show(wish, this.#here({ ...shown, parentId: wish.parentId, name: wish.name }));
  }

  #hide(id: string): void {
    const shown = this.#shown(id);
    if (shown !== null) this.#gone.set(placeOf(shown), shown);
    this.#pin(id, null, null);
  }

  #settle(id: string, entry: Entry | null): void {
    const { pins, until } = this.#parts;
    const pin = pins.get(id);
    if (entry !== null && entry.id !== id) this.#succeed(id, entry);
    else if (pin === undefined) return;
    else if (pin.shown === null) this.#end(id);
    else if (!isLocalId(id)) {
      const { parentId, name } = pin.shown;
      this.#pin(id, entry === null ? pin.shown : { ...entry, parentId, name }, until);
    }
  }

  #end(id: string): void {
    this.#outcome.ended.add(id);
    if (isLocalId(id)) {
      this.#parts.pins.delete(id);
      this.#outcome.ids.add(id);
    } else this.#pin(id, null, this.#parts.until);
  }

  #succeed(localId: string, entry: Entry): void {
    const { pins, successors, until, headerOf } = this.#parts;
    const local = pins.get(localId);
    if (local === undefined) return;
    const { shown } = local;
    successors.add(localId, entry.id);
    pins.delete(localId);
    if (entry.kind === 'directory') pins.adopt(localId, entry.id);
    const { parentId, name } = shown ?? entry;
    this.#pin(entry.id, shown === null ? null : { ...entry, parentId, name }, until);
    const placed = { ...entry, parentId, name };
    this.#outcome.successions.push({ localId, shown, entry: placed, header: headerOf(entry) });
  }
}

function placeOf({ parentId, name }: Entry): string {
  return `${parentId}/${name}`;
}
