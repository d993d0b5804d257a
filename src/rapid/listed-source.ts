import type { KnownHashes } from '../driver/writer.js';
import { FsError } from '../lib/errors.js';
import type { ByteRange } from '../lib/range.js';
import type { ListedFile } from '../lib/rapid-list.js';
import type { SourceFile } from './source-file.js';

/** A file of a list: its hashes are known, and its bytes at best from a file that has the same. */
export class ListedSource implements SourceFile {
  readonly from: string;
  readonly path: string;
  readonly size: number;
  readonly stream: SourceFile['stream'];
  readonly #listed: ListedFile;
  readonly #bytes: SourceFile | null;

  /** `bytes` is believed to hold the same; the cloud finds out. */
  constructor(listed: ListedFile, bytes: SourceFile | null) {
    this.#listed = listed;
    this.#bytes = bytes;
    this.from = listed.name;
    this.path = listed.name;
    this.size = listed.size;
    this.stream = null;
  }

  get isReadable(): boolean {
    return this.#bytes !== null;
  }

  hashes(): Promise<KnownHashes> {
    const { sha1, preid, md5 } = this.#listed;
    return Promise.resolve({ sha1, headSha1: preid, md5 });
  }

  async read(range: ByteRange, signal: AbortSignal): Promise<Uint8Array> {
    if (this.#bytes !== null) return await this.#bytes.read(range, signal);
    const words = 'the cloud wants proof of its bytes: name a folder that has them with --from';
    throw new FsError('EACCES', `${this.from}: ${words}`, { reason: 'refused', expected: true });
  }
}
