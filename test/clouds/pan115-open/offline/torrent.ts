import { createHash } from 'node:crypto';

/** What a torrent file holds. */
export interface Torrent {
  /** Lower-case hex SHA-1 of its info dictionary. */
  readonly infoHash: string;
  readonly name: string;
  readonly files: readonly { readonly path: string; readonly size: number }[];
}

type Bencoded = number | Buffer | readonly Bencoded[] | ReadonlyMap<string, Bencoded>;

/** Reads a torrent file. Throws RangeError when it is none. */
export function readTorrent(bytes: Buffer): Torrent {
  const reader = new BencodeReader(bytes);
  const info = asMap(asMap(reader.read()).get('info'));
  const name = asText(info.get('name'));
  const list = info.get('files');
  const files = Array.isArray(list)
    ? (list as readonly Bencoded[]).map((file) => fileOf(name, asMap(file)))
    : [{ path: name, size: asNumber(info.get('length')) }];
  return { infoHash: createHash('sha1').update(reader.infoBytes()).digest('hex'), name, files };
}

function fileOf(folder: string, file: ReadonlyMap<string, Bencoded>) {
  const path = file.get('path');
  if (!Array.isArray(path)) throw notTorrent();
  const names = (path as readonly Bencoded[]).map((name) => asText(name));
  return { path: [folder, ...names].join('/'), size: asNumber(file.get('length')) };
}

class BencodeReader {
  readonly #bytes: Buffer;
  #at = 0;
  #info: readonly [start: number, end: number] | null = null;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  /** The info dictionary as it stands in the file. */
  infoBytes(): Buffer {
    if (this.#info === null) throw notTorrent();
    return this.#bytes.subarray(...this.#info);
  }

  read(): Bencoded {
    const sign = String.fromCharCode(this.#bytes[this.#at] ?? 0);
    if (sign === 'i') return this.#number('e', 1);
    if (sign === 'l') return this.#list();
    if (sign === 'd') return this.#map();
    const length = this.#number(':', 0);
    this.#at += length;
    if (this.#at > this.#bytes.length) throw notTorrent();
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  #number(end: string, skip: number): number {
    const until = this.#bytes.indexOf(end, this.#at);
    const text = until < 0 ? '' : this.#bytes.toString('latin1', this.#at + skip, until);
    if (!/^-?\d{1,15}$/.test(text)) throw notTorrent();
    this.#at = until + 1;
    return Number(text);
  }

  #list(): readonly Bencoded[] {
    const items: Bencoded[] = [];
    this.#at += 1;
    while (!this.#ends()) items.push(this.read());
    return items;
  }

  #map(): ReadonlyMap<string, Bencoded> {
    const members = new Map<string, Bencoded>();
    this.#at += 1;
    while (!this.#ends()) {
      const name = asText(this.read());
      const start = this.#at;
      members.set(name, this.read());
      if (name === 'info') this.#info ??= [start, this.#at];
    }
    return members;
  }

  #ends(): boolean {
    if (this.#at >= this.#bytes.length) throw notTorrent();
    const ends = this.#bytes[this.#at] === 'e'.charCodeAt(0);
    if (ends) this.#at += 1;
    return ends;
  }
}

function asMap(value: Bencoded | undefined): ReadonlyMap<string, Bencoded> {
  if (value instanceof Map) return value as ReadonlyMap<string, Bencoded>;
  throw notTorrent();
}

function asText(value: Bencoded | undefined): string {
  if (Buffer.isBuffer(value)) return value.toString('utf8');
  throw notTorrent();
}

function asNumber(value: Bencoded | undefined): number {
  if (typeof value === 'number') return value;
  throw notTorrent();
}

function notTorrent(): RangeError {
  return new RangeError('not a torrent file');
}
