import type { DownloadLink, Driver, LinkOptions } from '../../../src/driver/driver.js';
import type { Entry, FileEntry } from '../../../src/driver/entry.js';
import type { Call } from '../../../src/lib/call.js';
import { FsError } from '../../../src/lib/errors.js';
import type { Transport, TransportRequest, TransportResponse } from '../../../src/net/transport.js';
import type { StateStore } from '../../../src/store/state-database.js';
import { type FakeClock, settle } from '../../fakes/fake-clock.js';

/** A prime, so that no power of two finds the same bytes again. */
const PATTERN_LENGTH = 1_048_573;
const PATTERN = Uint8Array.from(
  { length: PATTERN_LENGTH },
  (_, at) => Math.imul(at ^ (at >>> 9), 0x9e3779b1) >>> 24,
);

/** The bytes of a file of the fake cloud: decided by its id and the position. */
export function bytesOf(id: string, start: number, end: number): Uint8Array {
  const bytes = new Uint8Array(end - start);
  for (let at = start; at < end;) {
    const from = (at + Number(id) * 7919) % PATTERN_LENGTH;
    const part = PATTERN.subarray(from, Math.min(PATTERN_LENGTH, from + end - at));
    bytes.set(part, at - start);
    at += part.length;
  }
  return bytes;
}

export function fileOf(id: string, size: number): FileEntry {
  const times = { modifiedAt: 0, createdAt: 0 };
  return { kind: 'file', id, parentId: '0', name: `${id}.mkv`, size, hash: null, attributes: {}, ...times };
}

/** What goes wrong with one request. Positions count from the first byte of the answer. */
export type Fault =
  | { readonly kind: 'status'; readonly status: number }
  | { readonly kind: 'network' }
  | { readonly kind: 'cut' | 'stall' | 'short'; readonly after: number }
  | { readonly kind: 'shifted' | 'whole' | 'longer' }
  | { readonly kind: 'resized'; readonly total: number };

/** One request as the fake cloud saw it. */
export interface SeenRequest {
  readonly url: string;
  readonly start: number;
  readonly end: number;
  readonly headers: Readonly<Record<string, string>>;
}

export interface FakeCdnOptions {
  /** Connections that a link allows; one more is answered with 403. */
  readonly perLink: number;
  readonly perAccount?: number;
  /** Milliseconds. */
  readonly firstByte?: number;
  /** Milliseconds that a chunk takes. */
  readonly pace?: number;
  /** Milliseconds until a connection that was closed is really closed. */
  readonly closing?: number;
  readonly chunk?: number;
}

/** Download hosts without a network: counts connections, refuses those above the cap, plays faults. */
export class FakeCdn implements Transport {
  readonly requests: SeenRequest[] = [];
  /** Asked at each request; null lets it be answered rightly. */
  fault: (request: SeenRequest) => Fault | null = () => null;
  perLink: number;
  refusedForCap = 0;
  mostPerFile = 0;
  mostOpen = 0;
  readonly #clock: FakeClock;
  readonly #options: FakeCdnOptions;
  readonly #sizes: ReadonlyMap<string, number>;
  readonly #open = new Map<string, number>();

  constructor(clock: FakeClock, files: readonly FileEntry[], options: FakeCdnOptions) {
    this.#clock = clock;
    this.#sizes = new Map(files.map(({ id, size }) => [id, size]));
    this.#options = options;
    this.perLink = options.perLink;
  }

  /** Connections that are open now. */
  get open(): number {
    return [...this.#open.values()].reduce((sum, count) => sum + count, 0);
  }

  async request({ url, headers = {}, signal, stall = 30_000 }: TransportRequest): Promise<TransportResponse> {
    const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(headers['range'] ?? '') ?? [];
    const seen = { url, start: Number(first), end: Number(last) + 1, headers };
    this.requests.push(seen);
    const connection = this.#connect(url);
    try {
      const fault = this.fault(seen);
      await this.#clock.sleep(this.#options.firstByte ?? 30, signal);
      if (fault?.kind === 'network') throw new FsError('EIO', 'connection reset', { reason: 'network' });
      if (connection.refused) return this.#refusal(403, connection, seen);
      if (fault?.kind === 'status') return this.#refusal(fault.status, connection, seen);
      return this.#answer(seen, fault, connection, signal, stall);
    } catch (error) {
      connection.drop();
      throw error;
    }
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  #connect(url: string): Connection {
    const count = (this.#open.get(url) ?? 0) + 1;
    this.#open.set(url, count);
    const refused = count > this.perLink || this.open > (this.#options.perAccount ?? Infinity);
    if (refused) this.refusedForCap += 1;
    const ofFile = [...this.#open].filter(([other]) => idOf(other) === idOf(url));
    this.mostPerFile = Math.max(
      this.mostPerFile,
      ofFile.reduce((sum, [, open]) => sum + open, 0),
    );
    this.mostOpen = Math.max(this.mostOpen, this.open);
    let dropped = false;
    const drop = (): void => {
      if (!dropped) this.#open.set(url, (this.#open.get(url) ?? 0) - 1);
      dropped = true;
    };
    return { refused, drop };
  }

  #refusal(status: number, connection: Connection, { url }: SeenRequest): TransportResponse {
    const none: AsyncIterable<Uint8Array> = { [Symbol.asyncIterator]: () => chunksOf(new Uint8Array(0), 1) };
    return response(status, url, {}, none, connection, () => this.#closing());
  }

  #answer(
    { url, start, end }: SeenRequest,
    fault: Fault | null,
    connection: Connection,
    signal: AbortSignal,
    stall: number,
  ): TransportResponse {
    const id = idOf(url);
    const size = fault?.kind === 'resized' ? fault.total : (this.#sizes.get(id) ?? 0);
    const shift = fault?.kind === 'shifted' ? 1 : 0;
    const headers = {
      'content-range': `bytes ${start + shift}-${end - 1 + shift}/${size}`,
      'content-length': String(end - start + (fault?.kind === 'longer' ? 10 : 0)),
    };
    const whole = fault?.kind === 'whole';
    const body = {
      [Symbol.asyncIterator]: () => this.#body(bytesOf(id, start, end), fault, signal, stall),
    };
    const status = whole ? 200 : 206;
    return response(status, url, whole ? {} : headers, body, connection, () => this.#closing());
  }

  async *#body(
    bytes: Uint8Array,
    fault: Fault | null,
    signal: AbortSignal,
    stall: number,
  ): AsyncGenerator<Uint8Array, void, undefined> {
    const { pace = 1, chunk = 65_536 } = this.#options;
    const ends = fault !== null && 'after' in fault ? fault.after : bytes.length;
    for await (const part of chunksOf(bytes.subarray(0, ends), chunk)) {
      await this.#clock.sleep(pace, signal);
      yield part;
    }
    if (fault?.kind === 'longer') yield new Uint8Array(10);
    if (fault?.kind === 'cut') throw new FsError('EIO', 'connection reset', { reason: 'network' });
    if (fault?.kind === 'stall') {
      await this.#clock.sleep(stall, signal);
      throw new FsError('ETIMEDOUT', 'the connection has stalled', { reason: 'network' });
    }
  }

  #closing(): Promise<void> {
    return this.#clock.sleep(this.#options.closing ?? 1);
  }
}

interface Connection {
  readonly refused: boolean;
  drop(): void;
}

async function* chunksOf(bytes: Uint8Array, length: number): AsyncGenerator<Uint8Array, void, undefined> {
  for (let at = 0; at < bytes.length; at += length) {
    yield await Promise.resolve(bytes.subarray(at, at + length));
  }
}

function response(
  status: number,
  url: string,
  headers: Readonly<Record<string, string>>,
  body: AsyncIterable<Uint8Array>,
  connection: Connection,
  closing: () => Promise<void>,
): TransportResponse {
  let discarded: Promise<void> | null = null;
  return {
    status,
    url,
    headers: { get: (name) => headers[name] ?? null, getSetCookie: () => [] },
    body,
    text: () => Promise.resolve('not now'),
    discard: () => (discarded ??= closing().then(() => connection.drop())),
  };
}

/** The file that a link of the fake cloud leads to. */
export function idOf(url: string): string {
  return new URL(url).pathname.slice(1);
}

/** The read side of a driver as far as content needs it: each link is a new URL. */
export class FakeDriver {
  readonly asked: { readonly id: string; readonly options: LinkOptions | undefined }[] = [];
  /** Milliseconds that a link takes. */
  delay = 50;
  /** Milliseconds that links live; null for ever. */
  life: number | null = 3_600_000;
  maxConnections = 2;
  failure: FsError | null = null;
  linkSize: (file: FileEntry) => number | null = (file) => file.size;
  found: (entry: Entry) => Entry | null = (entry) => entry;
  readonly driver: Driver;

  constructor(clock: FakeClock) {
    const link = async (file: FileEntry, call: Call, options?: LinkOptions): Promise<DownloadLink> => {
      this.asked.push({ id: file.id, options });
      await clock.sleep(this.delay, call.signal);
      if (this.failure !== null) throw this.failure;
      return {
        url: `https://cdn.test/${file.id}?n=${this.asked.length}`,
        headers: { 'user-agent': options?.userAgent ?? 'driver' },
        expiresAt: this.life === null ? null : clock.now() + this.life,
        maxConnections: this.maxConnections,
        size: this.linkSize(file),
      };
    };
    const unused = (): never => {
      throw new Error('not asked for by content');
    };
    const facts = {
      hash: 'sha1',
      nameBytes: 255,
      forbiddenCharacters: '',
      caseSensitive: true,
      immutableContent: true,
      connectionsPerLink: 2,
      listingLag: 0,
    } as const;
    const stat = (entry: Entry): Promise<Entry | null> => Promise.resolve(this.found(entry));
    this.driver = { kind: 'fake', facts, connect: unused, list: unused, space: unused, stat, link };
  }
}

/** A state store in memory. */
export class FakeStore<T> implements StateStore<T> {
  readonly rows = new Map<string, { readonly value: T; readonly until: number }>();
  failure: FsError | null = null;
  readonly #clock: FakeClock;

  constructor(clock: FakeClock) {
    this.#clock = clock;
  }

  async get(key: string): Promise<T | undefined> {
    await this.#turn();
    const row = this.rows.get(key);
    return row !== undefined && row.until > this.#clock.now() ? row.value : undefined;
  }

  getMany(keys: readonly string[]): Promise<readonly (T | undefined)[]> {
    return Promise.all(keys.map((key) => this.get(key)));
  }

  async set(key: string, value: T, ttl = Infinity): Promise<void> {
    await this.#turn();
    this.rows.set(key, { value, until: this.#clock.now() + ttl });
  }

  async delete(key: string): Promise<void> {
    await this.#turn();
    this.rows.delete(key);
  }

  async entries(): Promise<ReadonlyMap<string, T>> {
    await this.#turn();
    for (const [key, row] of this.rows) if (row.until <= this.#clock.now()) this.rows.delete(key);
    return new Map([...this.rows].map(([key, { value }]) => [key, value]));
  }

  async clear(): Promise<void> {
    await this.#turn();
    this.rows.clear();
  }

  async #turn(): Promise<void> {
    await Promise.resolve();
    if (this.failure !== null) throw this.failure;
  }
}

/** Moves time until the work has ended; fails when it does not within `most` milliseconds of that time. */
export async function drive<T>(clock: FakeClock, work: Promise<T>, most = 600_000): Promise<T> {
  const ended = work.then(
    () => true,
    () => true,
  );
  const started = clock.monotonic();
  await clock.advance(0);
  while (!(await Promise.race([ended, settle().then(() => false)]))) {
    if (clock.monotonic() - started > most) throw new Error(`still waiting after ${most} ms`);
    await clock.advance(5);
  }
  return work;
}
