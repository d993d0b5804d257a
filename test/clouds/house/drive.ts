import { createHash } from 'node:crypto';
import { contentHash, type ContentSpec } from './content.js';
import { IdSequence, pickCodeOf } from './identity.js';

export const ROOT = '0';

/** One file or folder. Times are unix seconds. */
export interface DriveItem {
  readonly id: string;
  readonly kind: 'file' | 'directory';
  readonly pickCode: string;
  readonly size: number;
  readonly content: ContentSpec | null;
  readonly created: number;
  /** Came with the account, as 云下载 does: shown first and counted apart (API document, 7.5). */
  readonly system: boolean;
  /** False for an upload that never ended. */
  readonly complete: boolean;
  /** From when (ms) it shows up in lists and by its path, and from when the search finds it. */
  readonly listedFrom: number;
  readonly foundFrom: number;
  name: string;
  parent: string;
  modified: number;
  starred: boolean;
  /** Upper-case hex; null until somebody asks. */
  sha1: string | null;
  /** Set on the item that was deleted; what is below it is gone with it. */
  trash: { readonly id: string; readonly at: number } | null;
}

/** What can be told about a new item. */
export interface NewItem {
  readonly id?: string;
  readonly pickCode?: string;
  readonly created?: number;
  readonly modified?: number;
  readonly system?: boolean;
  readonly starred?: boolean;
  readonly listedFrom?: number;
  readonly foundFrom?: number;
}

export interface NewFile extends NewItem {
  readonly size: number;
  /** Without it the bytes are generated from the id. */
  readonly content?: ContentSpec;
  readonly sha1?: string;
  readonly complete?: boolean;
}

/** A drive as JSON. */
export interface DriveState {
  readonly ids: string;
  readonly userId: string;
  readonly total: number;
  readonly items: readonly DriveItem[];
}

/** Up to this size the SHA-1 in a listing is the true one; larger files need it given, or carry a stand-in. */
const HASHED = 64 * 1024 * 1024;
const FIRST_TIME = 1_735_689_600;

/** The files of one account: a tree with ids, and the recycle bin. */
export class Drive {
  readonly #items = new Map<string, DriveItem>();
  readonly #children = new Map<string, Set<string>>([[ROOT, new Set()]]);
  readonly #byPickCode = new Map<string, DriveItem>();
  readonly #ids: IdSequence;
  readonly userId: string;
  /** Bytes the account may hold. */
  total: number;
  /** Grows with every change. */
  version = 0;

  constructor(userId: string, options: { readonly total?: number; readonly ids?: string } = {}) {
    this.userId = userId;
    this.total = options.total ?? 1_154_847_605_555_200;
    this.#ids = new IdSequence(options.ids);
  }

  static load(state: DriveState): Drive {
    const drive = new Drive(state.userId, state);
    for (const item of state.items) drive.#insert({ ...item });
    return drive;
  }

  save(): DriveState {
    return { ids: this.#ids.last, userId: this.userId, total: this.total, items: [...this.#items.values()] };
  }

  /** An id for an item to come. */
  newId(): string {
    return this.#ids.next();
  }

  addDirectory(parent: string, name: string, options: NewItem = {}): DriveItem {
    return this.#add(parent, name, options, {
      kind: 'directory',
      size: 0,
      content: null,
      sha1: '',
      complete: true,
    });
  }

  addFile(parent: string, name: string, options: NewFile): DriveItem {
    const id = options.id ?? this.#ids.next();
    return this.#add(
      parent,
      name,
      { ...options, id },
      {
        kind: 'file',
        size: options.size,
        content: options.content ?? { kind: 'seeded', seed: id },
        sha1: options.sha1 ?? null,
        complete: options.complete ?? true,
      },
    );
  }

  /** The item, deleted ones included; null when there never was one or it was purged. */
  item(id: string): DriveItem | null {
    return this.#items.get(id) ?? null;
  }

  byPickCode(pickCode: string): DriveItem | null {
    return this.#byPickCode.get(pickCode) ?? null;
  }

  /** Whether the id is the root or a folder outside the recycle bin. */
  isDirectory(id: string): boolean {
    if (id === ROOT) return true;
    const item = this.item(id);
    return item?.kind === 'directory' && !this.isDeleted(item);
  }

  /** Whether the item or a folder above it is in the recycle bin. */
  isDeleted(item: DriveItem): boolean {
    return [item, ...this.ancestors(item)].some((one) => one.trash !== null);
  }

  /** Direct children outside the recycle bin, in the order of their coming. */
  children(id: string): DriveItem[] {
    const ids = this.#children.get(id) ?? new Set<string>();
    return [...ids].flatMap((child) => {
      const item = this.#items.get(child);
      return item === undefined || item.trash !== null ? [] : [item];
    });
  }

  /** Everything below a folder, the folder itself left out. */
  *descendants(id: string): Generator<DriveItem> {
    for (const child of this.children(id)) {
      yield child;
      if (child.kind === 'directory') yield* this.descendants(child.id);
    }
  }

  /** Folders above an item, the nearest first, the root left out. */
  ancestors(item: DriveItem): DriveItem[] {
    const found: DriveItem[] = [];
    for (let above = this.item(item.parent); above !== null; above = this.item(above.parent))
      found.push(above);
    return found;
  }

  /** The item at a path of names below the root; of several with one name the oldest. Null when there is none. */
  resolve(names: readonly string[]): DriveItem | null {
    let found: DriveItem | null = null;
    let parent = ROOT;
    for (const name of names) {
      found = this.children(parent).find((child) => child.name === name) ?? null;
      if (found === null) return null;
      parent = found.id;
    }
    return found;
  }

  /** What was deleted, newest first. */
  trash(): DriveItem[] {
    return [...this.#items.values()]
      .filter((item) => item.trash !== null)
      .sort((one, other) => {
        const [first, second] = [one.trash?.id ?? '', other.trash?.id ?? ''];
        return (other.trash?.at ?? 0) - (one.trash?.at ?? 0) || (first < second ? 1 : -1);
      });
  }

  /** All files, deleted ones included. */
  *files(): Generator<DriveItem> {
    for (const item of this.#items.values()) if (item.kind === 'file') yield item;
  }

  /** Bytes of all files, the recycle bin included. */
  used(): number {
    let sum = 0;
    for (const item of this.#items.values()) sum += item.size;
    return sum;
  }

  rename(id: string, name: string, modified: number): void {
    this.#change(id, (item) => {
      item.name = name;
      item.modified = modified;
    });
  }

  move(id: string, parent: string): void {
    this.#change(id, (item) => {
      this.#children.get(item.parent)?.delete(id);
      item.parent = parent;
      this.#childrenOf(parent).add(id);
    });
  }

  star(id: string, starred: boolean): void {
    this.#change(id, (item) => {
      item.starred = starred;
    });
  }

  /** Into the recycle bin, with everything below. */
  remove(id: string, at: number, trashId = this.#ids.next()): void {
    this.#change(id, (item) => {
      item.trash = { id: trashId, at };
    });
  }

  /** Out of the recycle bin, to where it was. */
  restore(id: string): void {
    this.#change(id, (item) => {
      item.trash = null;
    });
  }

  /** For good, with everything below. */
  purge(id: string): void {
    this.#change(id, (item) => {
      for (const child of this.#children.get(id) ?? []) this.purge(child);
      this.#children.delete(id);
      this.#children.get(item.parent)?.delete(id);
      this.#items.delete(id);
      this.#byPickCode.delete(item.pickCode);
    });
  }

  /** Other bytes under the same name: a new id, the old one in the recycle bin (corrections, 11). */
  replace(id: string, file: NewFile, at: number): DriveItem {
    const old = this.#existing(id);
    this.remove(id, at);
    return this.addFile(old.parent, old.name, { ...file, created: at });
  }

  /** Upper-case hex of the item's bytes; a stand-in that changes with the content when the file is too large. */
  async sha1(item: DriveItem): Promise<string> {
    if (item.sha1 !== null) return item.sha1;
    const content = item.content ?? { kind: 'bytes', base64: '' };
    item.sha1 =
      item.size <= HASHED || content.kind === 'disk'
        ? await contentHash(content, item.size)
        : createHash('sha1')
            .update(JSON.stringify(content))
            .update(String(item.size))
            .digest('hex')
            .toUpperCase();
    return item.sha1;
  }

  #add(
    parent: string,
    name: string,
    options: NewItem,
    rest: Pick<DriveItem, 'kind' | 'size' | 'content' | 'sha1' | 'complete'>,
  ): DriveItem {
    if (!this.isDirectory(parent)) throw new RangeError(`no folder ${parent}`);
    const id = options.id ?? this.#ids.next();
    const created = options.created ?? FIRST_TIME + this.#items.size;
    return this.#insert({
      ...rest,
      id,
      name,
      parent,
      created,
      pickCode: options.pickCode ?? pickCodeOf(id, rest.kind, this.userId),
      modified: options.modified ?? created,
      system: options.system ?? false,
      starred: options.starred ?? false,
      listedFrom: options.listedFrom ?? 0,
      foundFrom: options.foundFrom ?? 0,
      trash: null,
    });
  }

  #insert(item: DriveItem): DriveItem {
    this.#items.set(item.id, item);
    this.#byPickCode.set(item.pickCode, item);
    this.#childrenOf(item.parent).add(item.id);
    this.version += 1;
    return item;
  }

  #childrenOf(id: string): Set<string> {
    const found = this.#children.get(id) ?? new Set<string>();
    this.#children.set(id, found);
    return found;
  }

  #existing(id: string): DriveItem {
    const item = this.item(id);
    if (item === null) throw new RangeError(`no item ${id}`);
    return item;
  }

  #change(id: string, edit: (item: DriveItem) => void): void {
    edit(this.#existing(id));
    this.version += 1;
  }
}
