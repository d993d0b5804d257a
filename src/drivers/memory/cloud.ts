import type { DriverFacts, Space } from '../../driver/driver.js';
import type { ContentHash, DirectoryEntry, Entry, FileEntry } from '../../driver/entry.js';
import type { Env } from '../../lib/env.js';
import { FsError, notFound } from '../../lib/errors.js';
import { MemoryBin } from './bin.js';
import { type MemoryContent, patternContent } from './content.js';
import { MemoryGate } from './gate.js';
import { hashOf, KnownContents } from './known-contents.js';
import { MemoryLinks } from './links.js';
import { MemoryOfflineTasks, type OfflineSite } from './offline-tasks.js';
import {
  type MemoryCloudOptions,
  type MemoryFileOptions,
  type MemorySettings,
  memorySettings,
} from './options.js';
import { MemoryRules, NAME_BYTES } from './rules.js';
import { type MemoryObject, MemoryTree, ROOT_ID } from './tree.js';
import { type MemoryUploadSite, MemoryUploads } from './uploads.js';

/** 19 digits, beyond what a number holds exactly: whoever rounds ids is found out. */
const FIRST_ID = 2_849_501_234_567_890_123n;

/** Larger contents that were not uploaded carry no hash: computing it would mean making all their bytes. */
const HASHED_SIZE = 1024 * 1024;

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
  readonly settings: MemorySettings;
  readonly rules: MemoryRules;
  readonly uploads: MemoryUploads;
  readonly offline: MemoryOfflineTasks;
  readonly bin = new MemoryBin();
  readonly #env: Env;
  readonly #known = new KnownContents();
  readonly #tree: MemoryTree;
  #total: number;
  #lastId = FIRST_ID;
  #misdirected = false;

  constructor(env: Env, options: MemoryCloudOptions = {}) {
    const settings = memorySettings(options);
    const { linkLifetime: lifetime, connectionsPerLink: connections } = settings;
    this.#env = env;
    this.settings = settings;
    this.#total = settings.total;
    this.#tree = new MemoryTree(rootEntry(env.clock.now()));
    this.rules = new MemoryRules(settings);
    this.gate = new MemoryGate(env.clock, settings.latency, settings.uploadRate);
    this.links = new MemoryLinks(env.clock, { lifetime, connections });
    this.uploads = new MemoryUploads(env.random, this.#uploadSite(), settings.challenges);
    const { offlineDuration: duration, offlineTasks: quota } = settings;
    this.offline = new MemoryOfflineTasks(env.clock, this.#offlineSite(), { duration, quota });
    this.facts = {
      hash: 'sha1',
      nameBytes: NAME_BYTES,
      forbiddenCharacters: settings.forbiddenCharacters,
      caseSensitive: true,
      immutableContent: settings.immutableContent,
      connectionsPerLink: connections,
      listingLag: settings.listingLag,
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

  /** What the account holds: unfinished files and the recycle bin included. */
  space(): Space {
    return { total: this.#total, used: this.#used(ROOT_ID) + this.bin.used };
  }

  /** The account has so many bytes from now on. */
  resize(total: number): void {
    this.#total = total;
  }

  /** Throws ENOSPC when the account has no room for so many bytes more. */
  requireSpace(bytes: number): void {
    const { total, used } = this.space();
    if (used + bytes <= total) return;
    throw new FsError('ENOSPC', 'the account has no space left', { reason: 'refused' });
  }

  /** Makes bytes known, so that they need not be sent. */
  makeKnown(content: MemoryContent): void {
    this.#known.put(hashOf(content).value, content);
  }

  /** The directory of this name that was made first; null when there is none. */
  directoryNamed(parentId: string, name: string): DirectoryEntry | null {
    const children = this.#tree.children(parentId);
    if (children === null) throw notFound(parentId);
    const entries = children.map((id) => this.#object(id).entry);
    return entries.filter((entry) => entry.kind === 'directory').find((entry) => entry.name === name) ?? null;
  }

  /** Children in the order of their ids, from the first after `after`; null when there is no such directory. */
  page(directoryId: string, after: string | null): MemoryPage | null {
    const ids = this.#tree.children(directoryId);
    if (ids === null) return null;
    const start = after === null ? 0 : ids.findIndex((id) => id > after);
    const objects = start < 0 ? [] : ids.slice(start).flatMap((id) => this.#listed(id));
    const shown = objects.slice(0, this.settings.pageSize);
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
    const hash = options.hash ?? this.#hashOf(content);
    const entry: FileEntry = { kind: 'file', ...fields, size: content.size, hash };
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
    const changed = { modifiedAt: this.#env.clock.now(), size: content.size, hash: this.#hashOf(content) };
    const entry: FileEntry = { ...old.entry, ...changed, createdAt };
    this.#tree.add({ ...old, entry, content });
    return entry;
  }

  rename(id: string, name: string): Entry {
    return this.#update(id, { name });
  }

  /** Throws EINVAL when the directory lies below the entry itself. */
  move(id: string, parentId: string): Entry {
    this.requireOutside(id, parentId);
    return this.#update(id, { parentId });
  }

  /** Throws ENOENT when there is no such directory, EINVAL when it lies below the entry. */
  requireOutside(id: string, directoryId: string): void {
    if (this.#tree.children(directoryId) === null) throw notFound(directoryId);
    if (this.#tree.contains(id, directoryId)) throw new FsError('EINVAL', `${directoryId} lies below ${id}`);
  }

  /** Copies an entry and all that is below it. Throws EINVAL when the directory lies below the entry itself, ENOSPC. */
  copy(id: string, parentId: string): Entry {
    const source = this.#object(id);
    this.requireOutside(id, parentId);
    this.requireSpace(source.content?.size ?? this.#used(id));
    return this.#copied(source, parentId);
  }

  /** Destroys an entry and all that is below it. Throws EBUSY for the root folder. */
  remove(id: string): void {
    this.#withdraw(id);
  }

  /** Puts an entry and all that is below it into the recycle bin. Throws EBUSY for the root folder. */
  discard(id: string): void {
    this.bin.put(this.#withdraw(id), this.#env.clock.now());
  }

  /** Puts something of the recycle bin back where it was. Throws ENOENT also when that directory is gone. */
  restore(binId: string): void {
    const objects = this.bin.objects(binId);
    const parentId = objects[0]?.entry.parentId ?? '';
    if (this.#tree.children(parentId) === null) throw notFound(parentId);
    for (const object of objects) this.#tree.add(object);
    this.bin.delete(binId);
  }

  #withdraw(id: string): readonly MemoryObject[] {
    if (id === ROOT_ID) throw new FsError('EBUSY', 'the root folder cannot be removed');
    return this.#tree.remove(this.#object(id));
  }

  #copied(source: MemoryObject, parentId: string): Entry {
    const { entry, content } = source;
    if (entry.kind === 'file' && content !== null) {
      return this.addFile(parentId, entry.name, content, entry.hash === null ? {} : { hash: entry.hash });
    }
    const copy = this.addDirectory(parentId, entry.name);
    for (const id of this.#tree.children(entry.id) ?? []) this.#copied(this.#object(id), copy.id);
    return copy;
  }

  #uploadSite(): MemoryUploadSite {
    return {
      admit: ({ directoryId, name, size }) => {
        if (this.#tree.children(directoryId) === null) throw notFound(directoryId);
        this.rules.newName(name);
        this.rules.newFile(name, size);
        this.requireSpace(size);
      },
      known: (sha1, size) => this.#known.find(sha1, size),
      file: (id) => {
        const entry = this.entry(id);
        return entry?.kind === 'file' ? entry : null;
      },
      create: ({ directoryId, name, sha1 }, content) => {
        this.#known.put(sha1, content);
        const hash = { kind: 'sha1', value: sha1 } as const;
        return this.addFile(directoryId, this.rules.newName(name), content, { hash });
      },
    };
  }

  #offlineSite(): OfflineSite {
    return {
      bring: (folderId, files) => {
        const target = this.entry(folderId)?.kind === 'directory' ? folderId : ROOT_ID;
        const made = files.map(({ name, size }) => this.addFile(target, name, patternContent(size, size)));
        return made[0]?.id ?? '';
      },
      discard: (id) => {
        if (this.entry(id) !== null) this.discard(id);
      },
    };
  }

  #hashOf(content: MemoryContent): ContentHash | null {
    if (content.size > HASHED_SIZE) return null;
    const hash = hashOf(content);
    this.#known.put(hash.value, content);
    return hash;
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
