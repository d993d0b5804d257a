import { createHash } from 'node:crypto';
import type { DriverFacts, Space } from '../../driver/driver.js';
import type { ContentHash, DirectoryEntry, Entry, FileEntry } from '../../driver/entry.js';
import type { Env } from '../../lib/env.js';
import { FsError, notFound } from '../../lib/errors.js';
import { type MemoryContent, readContent } from './content.js';
import { MemoryGate } from './gate.js';
import { MemoryLinks } from './links.js';
import { type MemoryObject, MemoryTree, ROOT_ID } from './tree.js';

/** 19 digits, beyond what a number holds exactly: whoever rounds ids is found out. */
const FIRST_ID = 2_849_501_234_567_890_123n;

/** Larger contents carry no hash, because computing it would mean making all their bytes. */
const HASHED_SIZE = 1024 * 1024;

export interface MemoryCloudOptions {
  /** Entries in one page of a listing. @default 1000 */
  readonly pageSize?: number;
  /** Bytes that the account has. @default 1 TiB */
  readonly total?: number;
  /** Milliseconds that a link lives; null for ever. @default 1 hour */
  readonly linkLifetime?: number | null;
  /** @default 2 */
  readonly connectionsPerLink?: number;
  /** Files for which one call hands out links. @default 50 */
  readonly linksPerCall?: number;
  /** Milliseconds before listings show something new. @default 0 */
  readonly listingLag?: number;
  /** Milliseconds that each call takes. @default 0 */
  readonly latency?: number;
  /** False: a replaced file keeps its id. @default true */
  readonly immutableContent?: boolean;
}

export interface MemoryFileOptions {
  /** Milliseconds since the epoch. @default now */
  readonly createdAt?: number;
  /** Milliseconds since the epoch. @default now */
  readonly modifiedAt?: number;
  readonly attributes?: Readonly<Record<string, string>>;
  /** False: still being uploaded. @default true */
  readonly complete?: boolean;
}

/** One page of a listing as the memory cloud answers it. */
export interface MemoryPage {
  /** The directory that was listed. */
  readonly directoryId: string;
  /** Unfinished uploads included. */
  readonly objects: readonly MemoryObject[];
  /** The id after which the next page begins; null after the last page. */
  readonly next: string | null;
}

/**
 * A cloud drive in RAM. Its methods change the tree at once and behind the back of every driver that shows it;
 * they throw FsError ENOENT for unknown ids. What a driver may ask passes `gate`.
 */
export class MemoryCloud {
  readonly facts: DriverFacts;
  readonly gate: MemoryGate;
  readonly links: MemoryLinks;
  /** How many files one call hands out links for. */
  readonly linksPerCall: number;
  readonly #env: Env;
  readonly #pageSize: number;
  readonly #total: number;
  readonly #tree: MemoryTree;
  #lastId = FIRST_ID;
  #misdirected = false;

  constructor(env: Env, options: MemoryCloudOptions = {}) {
    const connections = options.connectionsPerLink ?? 2;
    const lifetime = options.linkLifetime === undefined ? 3_600_000 : options.linkLifetime;
    this.#env = env;
    this.#pageSize = options.pageSize ?? 1000;
    this.#total = options.total ?? 1024 ** 4;
    this.#tree = new MemoryTree(rootEntry(env.clock.now()));
    this.gate = new MemoryGate(env.clock, options.latency ?? 0);
    this.links = new MemoryLinks(env.clock, { lifetime, connections });
    this.linksPerCall = options.linksPerCall ?? 50;
    this.facts = {
      hash: 'sha1',
      nameBytes: 255,
      forbiddenCharacters: '',
      caseSensitive: true,
      immutableContent: options.immutableContent ?? true,
      connectionsPerLink: connections,
      listingLag: options.listingLag ?? 0,
    };
  }

  /** The entry with this id, finished or not; null when there is none. */
  entry(id: string): Entry | null {
    return this.#tree.object(id)?.entry ?? null;
  }

  /** The bytes of a file. Throws ENOENT when the id is not a file's. */
  content(id: string): MemoryContent {
    const content = this.#tree.object(id)?.content ?? null;
    if (content === null) throw notFound(id);
    return content;
  }

  /** What the account holds: unfinished uploads included. */
  space(): Space {
    return { total: this.#total, used: this.#used(ROOT_ID) };
  }

  /** Children in the order of their ids, from the first after `after`; null when there is no such directory. */
  page(directoryId: string, after: string | null): MemoryPage | null {
    const ids = this.#tree.children(directoryId);
    if (ids === null) return null;
    const start = after === null ? 0 : ids.findIndex((id) => id > after);
    const objects = start < 0 ? [] : ids.slice(start).flatMap((id) => this.#listed(id));
    const shown = objects.slice(0, this.#pageSize);
    const next = objects.length > shown.length ? (shown.at(-1)?.entry.id ?? null) : null;
    return { directoryId: this.#misdirected ? ROOT_ID : directoryId, objects: shown, next };
  }

  /** While true, listings answer for another directory than the one asked for. */
  misdirectListings(misdirected: boolean): void {
    this.#misdirected = misdirected;
  }

  addDirectory(parentId: string, name: string, options: MemoryFileOptions = {}): DirectoryEntry {
    const entry: DirectoryEntry = { kind: 'directory', ...this.#fields(parentId, name, options) };
    this.#add(entry, null, options);
    return entry;
  }

  addFile(
    parentId: string,
    name: string,
    content: MemoryContent,
    options: MemoryFileOptions = {},
  ): FileEntry {
    const fields = this.#fields(parentId, name, options);
    const entry: FileEntry = { kind: 'file', ...fields, size: content.size, hash: hashOf(content) };
    this.#add(entry, content, options);
    return entry;
  }

  /** Gives a file other bytes: under a new id where content is immutable, else under the same. */
  replace(id: string, content: MemoryContent): FileEntry {
    const old = this.#object(id);
    if (old.entry.kind !== 'file') throw new FsError('EISDIR', `${old.entry.name} is a directory`);
    const { parentId, name, createdAt } = old.entry;
    this.#tree.remove(old);
    if (this.facts.immutableContent) return this.addFile(parentId, name, content);
    const changed = { modifiedAt: this.#env.clock.now(), size: content.size, hash: hashOf(content) };
    const entry: FileEntry = { ...old.entry, ...changed, createdAt };
    this.#tree.add({ ...old, entry, content });
    return entry;
  }

  rename(id: string, name: string): Entry {
    return this.#update(id, { name });
  }

  /** Throws EINVAL when the directory lies below the entry itself. */
  move(id: string, parentId: string): Entry {
    if (this.#tree.children(parentId) === null) throw notFound(parentId);
    if (this.#tree.contains(id, parentId)) throw new FsError('EINVAL', `${parentId} lies below ${id}`);
    return this.#update(id, { parentId });
  }

  /** Removes an entry and all that is below it. Throws EBUSY for the root folder. */
  remove(id: string): void {
    if (id === ROOT_ID) throw new FsError('EBUSY', 'the root folder cannot be removed');
    this.#tree.remove(this.#object(id));
  }

  #object(id: string): MemoryObject {
    const object = this.#tree.object(id);
    if (object === null) throw notFound(id);
    return object;
  }

  #listed(id: string): readonly MemoryObject[] {
    const object = this.#object(id);
    return object.listedFrom <= this.#env.clock.now() ? [object] : [];
  }

  #fields(parentId: string, name: string, options: MemoryFileOptions): Omit<DirectoryEntry, 'kind'> {
    if (this.#tree.children(parentId) === null) throw notFound(parentId);
    const now = this.#env.clock.now();
    this.#lastId += 1n;
    return {
      id: this.#lastId.toString(),
      parentId,
      name,
      createdAt: options.createdAt ?? now,
      modifiedAt: options.modifiedAt ?? now,
      attributes: options.attributes ?? {},
    };
  }

  #add(entry: Entry, content: MemoryContent | null, options: MemoryFileOptions): void {
    const listedFrom = this.#env.clock.now() + this.facts.listingLag;
    this.#tree.add({ entry, content, complete: options.complete ?? true, listedFrom });
  }

  #update(id: string, change: { readonly name: string } | { readonly parentId: string }): Entry {
    const object = this.#object(id);
    this.#tree.update(object, { ...object.entry, ...change });
    return object.entry;
  }

  #used(directoryId: string): number {
    let used = 0;
    for (const id of this.#tree.children(directoryId) ?? []) {
      used += this.#object(id).content?.size ?? this.#used(id);
    }
    return used;
  }
}

function rootEntry(now: number): DirectoryEntry {
  const times = { createdAt: now, modifiedAt: now };
  return { kind: 'directory', id: ROOT_ID, parentId: ROOT_ID, name: '', ...times, attributes: {} };
}

function hashOf(content: MemoryContent): ContentHash | null {
  if (content.size > HASHED_SIZE) return null;
  const bytes = readContent(content, { start: 0, end: content.size });
  return { kind: 'sha1', value: createHash('sha1').update(bytes).digest('hex').toUpperCase() };
}
