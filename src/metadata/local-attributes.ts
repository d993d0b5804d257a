import type { Env } from '../lib/env.js';
import { FsError, toFsError } from '../lib/errors.js';
import type { StateStore } from '../store/state-database.js';
import type { Successors } from './successors.js';

/** What programs have set of an entry and no cloud keeps. */
export interface KeptAttributes {
  /** Nanoseconds since the epoch. */
  readonly modifiedAt?: bigint;
  /** Nanoseconds since the epoch. */
  readonly accessedAt?: bigint;
  /** The permission bits of chmod(2). */
  readonly mode?: number;
  /** Extended attributes by their whole name (`user.…`). */
  readonly extended?: Readonly<Record<string, Uint8Array>>;
}

/** As it lies on disk. */
export interface AttributesRow {
  readonly modifiedAt?: string | undefined;
  readonly accessedAt?: string | undefined;
  readonly mode?: number | undefined;
  /** Base 64. */
  readonly extended?: Readonly<Record<string, string>> | undefined;
}

export interface AttributeLimits {
  /** Names and values of one entry's extended attributes, in bytes. */
  readonly extendedOfOne: number;
  /** The same of all entries. */
  readonly extendedOfAll: number;
  /** Entries with attributes; beyond it those go that were set longest ago. */
  readonly entries: number;
}

const LIMITS: AttributeLimits = {
  extendedOfOne: 64 * 2 ** 10,
  extendedOfAll: 64 * 2 ** 20,
  entries: 300_000,
};

type Extended = NonNullable<KeptAttributes['extended']>;

/**
 * Attributes of entries by id, all in memory and on disk. What resolves is on disk, unless the disk has failed: that
 * is logged once, and memory goes on.
 */
export class LocalAttributes {
  readonly #env: Env;
  readonly #rows: StateStore<AttributesRow>;
  readonly #successors: Successors;
  readonly #limits: AttributeLimits;
  /** Times and mode as text, which takes a quarter of the memory of objects: there may be very many. */
  readonly #kept = new Map<string, string>();
  readonly #extended = new Map<string, Extended>();
  #extendedBytes = 0;
  readonly #unwritten = new Set<string>();
  #writing: Promise<void> | null = null;
  #isFailing = false;

  constructor(
    env: Env,
    rows: StateStore<AttributesRow>,
    successors: Successors,
    limits: AttributeLimits = LIMITS,
  ) {
    this.#env = env;
    this.#rows = rows;
    this.#successors = successors;
    this.#limits = limits;
  }

  /** Loads what was kept; call once. */
  async open(): Promise<void> {
    try {
      for (const [id, row] of await this.#rows.entries()) this.#keep(id, fromRow(row));
    } catch (error) {
      this.#failed(error);
    }
  }

  /** Null when nothing was set. */
  of(id: string): KeptAttributes | null {
    return this.#get(this.#successors.resolve(id));
  }

  /** Sets what is given and keeps the rest. */
  async set(id: string, attributes: Omit<KeptAttributes, 'extended'>): Promise<void> {
    await this.#put(this.#successors.resolve(id), { ...this.of(id), ...attributes });
  }

  /** ENOSPC when the extended attributes of this entry, or of all, become too large. */
  async setExtended(id: string, name: string, value: Uint8Array): Promise<void> {
    const before = this.of(id)?.extended;
    const extended = { ...before, [name]: Uint8Array.from(value) };
    const bytes = bytesOf(extended);
    const ofAll = this.#extendedBytes - bytesOf(before) + bytes;
    if (bytes > this.#limits.extendedOfOne || ofAll > this.#limits.extendedOfAll) {
      throw new FsError('ENOSPC', `${name}: no room for so large an attribute`, { expected: true });
    }
    await this.#put(this.#successors.resolve(id), { ...this.of(id), extended });
  }

  /** ENODATA when there is no such attribute. */
  async removeExtended(id: string, name: string): Promise<void> {
    const { [name]: removed, ...extended } = this.of(id)?.extended ?? {};
    if (removed === undefined) {
      throw new FsError('ENODATA', `${name}: no such attribute`, { expected: true });
    }
    await this.#put(this.#successors.resolve(id), { ...this.of(id), extended });
  }

  /** The content changed: times that were set before say nothing any more. */
  async forgetTimes(id: string): Promise<void> {
    const kept = this.of(id);
    if (kept?.modifiedAt === undefined && kept?.accessedAt === undefined) return;
    await this.#put(this.#successors.resolve(id), { ...kept, modifiedAt: undefined, accessedAt: undefined });
  }

  /** Another entry takes over what was set of this one. */
  async transfer(fromId: string, toId: string): Promise<void> {
    const kept = this.of(fromId);
    if (kept !== null) await this.#put(this.#successors.resolve(toId), { ...this.of(toId), ...kept });
  }

  /** The cloud has given a local entry this id; `modifiedAt` is what it showed when nobody had set another time. */
  async succeed(localId: string, id: string, modifiedAt: bigint | null): Promise<void> {
    const shown = modifiedAt === null ? {} : { modifiedAt };
    const kept = { ...shown, ...this.#get(id), ...this.#get(localId) };
    await Promise.all([this.#put(id, kept), this.drop(localId)]);
  }

  /** The entry of exactly this id is no more. */
  async drop(id: string): Promise<void> {
    if (this.#kept.has(id)) await this.#put(id, {});
  }

  /** Resolves when everything is on disk, or the disk has refused it. */
  async close(): Promise<void> {
    await this.#write();
  }

  async #put(id: string, attributes: Changes): Promise<void> {
    this.#keep(id, attributes);
    this.#unwritten.add(id);
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > this.#limits.entries && oldest !== undefined) {
      this.#keep(oldest, {});
      this.#unwritten.add(oldest);
    }
    await this.#write();
  }

  #get(id: string): KeptAttributes | null {
    const text = this.#kept.get(id);
    if (text === undefined) return null;
    const extended = this.#extended.get(id);
    return { ...fromText(text), ...(extended === undefined ? {} : { extended }) };
  }

  #keep(id: string, changes: Changes): void {
    const attributes = tidy(changes);
    const extended = attributes?.extended;
    this.#extendedBytes += bytesOf(extended) - bytesOf(this.#extended.get(id));
    this.#kept.delete(id);
    this.#extended.delete(id);
    if (attributes !== null) this.#kept.set(id, toText(attributes));
    if (extended !== undefined) this.#extended.set(id, extended);
  }

  /** One writer: what is set while it writes is written in the same round. */
  #write(): Promise<void> {
    if (this.#writing !== null) return this.#writing;
    if (this.#unwritten.size === 0) return Promise.resolve();
    this.#writing = this.#writeAll();
    return this.#writing;
  }

  async #writeAll(): Promise<void> {
    try {
      for (const id of this.#unwritten) {
        this.#unwritten.delete(id);
        await this.#writeOne(id);
      }
      if (this.#isFailing) this.#env.log.info('local attributes are written to disk again');
      this.#isFailing = false;
    } catch (error) {
      this.#failed(error);
    } finally {
      // Not a moment later: what is set from now on needs a new round.
      this.#writing = null;
    }
  }

  async #writeOne(id: string): Promise<void> {
    const attributes = this.#get(id);
    try {
      if (attributes === null) await this.#rows.delete(id);
      else await this.#rows.set(id, toRow(attributes));
    } catch (error) {
      this.#unwritten.add(id);
      throw error;
    }
  }

  /** The edge where the disk's failures end. */
  #failed(error: unknown): void {
    if (this.#isFailing) return;
    this.#isFailing = true;
    const { message } = toFsError(error);
    this.#env.log.error('local attributes are kept in memory alone: the state file fails', {
      error: message,
    });
  }
}

type Changes = { readonly [Name in keyof KeptAttributes]?: KeptAttributes[Name] | undefined };

/** Null when nothing is left. */
function tidy({ modifiedAt, accessedAt, mode, extended }: Changes): KeptAttributes | null {
  const attributes = {
    ...(modifiedAt === undefined ? {} : { modifiedAt }),
    ...(accessedAt === undefined ? {} : { accessedAt }),
    ...(mode === undefined ? {} : { mode }),
    ...(extended === undefined || Object.keys(extended).length === 0 ? {} : { extended }),
  };
  return Object.keys(attributes).length === 0 ? null : attributes;
}

function bytesOf(extended: KeptAttributes['extended']): number {
  let bytes = 0;
  for (const [name, value] of Object.entries(extended ?? {})) bytes += Buffer.byteLength(name) + value.length;
  return bytes;
}

function toText({ modifiedAt, accessedAt, mode }: KeptAttributes): string {
  return [modifiedAt, accessedAt, mode].map((value) => value?.toString() ?? '').join(' ');
}

function fromText(text: string): KeptAttributes {
  const [modifiedAt = '', accessedAt = '', mode = ''] = text.split(' ');
  return {
    ...(modifiedAt === '' ? {} : { modifiedAt: BigInt(modifiedAt) }),
    ...(accessedAt === '' ? {} : { accessedAt: BigInt(accessedAt) }),
    ...(mode === '' ? {} : { mode: Number(mode) }),
  };
}

function toRow({ modifiedAt, accessedAt, mode, extended }: KeptAttributes): AttributesRow {
  return {
    modifiedAt: modifiedAt?.toString(),
    accessedAt: accessedAt?.toString(),
    mode,
    extended: extended && mapped(extended, (value) => Buffer.from(value).toString('base64')),
  };
}

function fromRow({ modifiedAt, accessedAt, mode, extended }: AttributesRow): Changes {
  return {
    modifiedAt: modifiedAt === undefined ? undefined : BigInt(modifiedAt),
    accessedAt: accessedAt === undefined ? undefined : BigInt(accessedAt),
    mode,
    extended: extended && mapped(extended, (value) => Uint8Array.from(Buffer.from(value, 'base64'))),
  };
}

function mapped<A, B>(values: Readonly<Record<string, A>>, change: (value: A) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, change(value)]));
}
