import type { OpenContent } from '../content/range-reader.js';
import type { FileEntry } from '../driver/entry.js';
import type { Call } from '../lib/call.js';
import { FsError } from '../lib/errors.js';
import type { LocalFile } from '../upload/drive-writes.js';
import type { DriveAttributes, KeptAttributes, VfsDrive } from './drive.js';

/** Bytes that are fetched at once where the cloud cannot copy. */
const PIECE = 1024 * 1024;
/** In a millisecond. */
const NANOSECONDS = 1_000_000n;

/**
 * The first bytes of a file of the cloud that copy_file_range(2) gave to a new file, piece by piece. No byte moves
 * before it is known whether they become the whole file: that the cloud copies itself.
 */
export class RememberedCopy {
  readonly drive: VfsDrive;
  readonly source: FileEntry;
  /** So many bytes were given so far. */
  #length = 0;
  #content: OpenContent | null = null;

  constructor(drive: VfsDrive, source: FileEntry) {
    this.drive = drive;
    this.source = source;
  }

  get length(): number {
    return this.#length;
  }

  get isWhole(): boolean {
    return this.#length === this.source.size;
  }

  /** Takes what follows, and answers how much that is: none at the end of the source. */
  extend(length: number): number {
    const taken = Math.min(length, this.source.size - this.#length);
    this.#length += taken;
    return taken;
  }

  /** The bytes from `position`, fewer only at the end. Rejects as OpenContent.read. */
  async read(position: number, length: number, call: Call): Promise<Uint8Array> {
    this.#content ??= this.drive.content.open(this.drive.source, this.source);
    const wanted = Math.max(0, Math.min(length, this.#length - position));
    return wanted === 0 ? new Uint8Array(0) : await this.#content.read(position, wanted, call);
  }

  /**
   * Lets the cloud make the copy, in the place of a local file without bytes at a path inside the drive, and answers
   * what is shown there then; null when it is no copy of a whole file, or the cloud cannot. Rejects as
   * DriveWrites.copy does.
   */
  async make(
    { writes, tree }: VfsDrive,
    path: string,
    file: LocalFile,
    call: Call,
  ): Promise<FileEntry | null> {
    if (!this.isWhole || writes === null) return null;
    const node = await tree.resolve(path, call);
    if (node.kind !== 'file' || node.entry.id !== file.id) return null;
    const place = { directory: node.parent.entry, name: node.entry.name, path };
    if (!(await writes.copy(this.source, place, call))) return null;
    const kept = tree.attributes.of(file.id);
    await writes.remove(node.entry, path, call);
    const copied = await tree.resolve(path, call);
    if (copied.kind !== 'file') {
      throw new FsError('EIO', `${path}: was copied by the cloud, and is no file now`, { reason: 'reply' });
    }
    // The cloud gives its own time to a copy; programs have seen when it was made here.
    const modifiedAt = BigInt(Math.trunc(file.modifiedAt)) * NANOSECONDS;
    await keepAttributes(tree.attributes, copied.entry.id, { modifiedAt, ...kept });
    return copied.entry;
  }

  /** Fetches the bytes after all. */
  async writeTo(file: LocalFile, call: Call): Promise<void> {
    for (let position = 0; position < this.#length;) {
      const bytes = await this.read(position, PIECE, call);
      await file.write(position, bytes, call);
      position += bytes.length;
    }
  }

  close(): void {
    this.#content?.close();
  }
}

async function keepAttributes(
  attributes: DriveAttributes,
  id: string,
  { extended = {}, ...kept }: KeptAttributes,
): Promise<void> {
  await attributes.set(id, kept);
  for (const [name, value] of Object.entries(extended)) await attributes.setExtended(id, name, value);
}
