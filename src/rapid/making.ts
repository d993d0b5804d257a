import { createHash } from 'node:crypto';
import type { FileEntry } from '../driver/entry.js';
import type { KnownHashes, RapidContent } from '../driver/writer.js';
import type { Call } from '../lib/call.js';
import type { MadeOutcome, MadeProgress } from '../lib/copy-protocol.js';
import type { Clock } from '../lib/env.js';
import { FsError } from '../lib/errors.js';
import { formatSize } from '../lib/quantity.js';
import { rangeLength } from '../lib/range.js';
import type { Node } from '../metadata/node.js';
import type { LocalFile } from '../upload/drive-writes.js';
import { ReadBack } from './read-back.js';
import { HEAD, type SourceFile } from './source-file.js';
import type { TargetFolder } from './target-folder.js';
import { enqueue, uploaded } from './upload.js';

export interface MakingOptions {
  /** What becomes of a file that the cloud does not know: uploaded ones count as made when the cloud has them. */
  readonly unknown: 'left' | 'queued' | 'uploaded';
  /** Bytes: larger files are passed over; null for any. */
  readonly maxSize: number | null;
  readonly dryRun: boolean;
  /** Files of the same whole that were made before. */
  readonly before: number;
}

/** How one file came out that did not fail. */
export interface Making {
  readonly outcome: MadeOutcome;
  readonly sent: number;
  readonly proved: number;
  readonly readBack: boolean | null;
  readonly message: string | null;
}

/** Where a file is in its making, and how many of its bytes are done there. */
export type OnStage = (stage: MadeProgress['stage'], done: number) => void;

const NOTHING: Omit<Making, 'outcome'> = { sent: 0, proved: 0, readBack: null, message: null };

/** Makes files in a folder of a drive: from their hashes where the cloud knows their bytes, else by sending these. */
export class Makings {
  readonly #clock: Clock;
  readonly #target: TargetFolder;
  readonly #options: MakingOptions;
  readonly #readBack: ReadBack;

  constructor(clock: Clock, target: TargetFolder, options: MakingOptions) {
    this.#clock = clock;
    this.#target = target;
    this.#options = options;
    this.#readBack = new ReadBack(target.drive, options.before);
  }

  /** Bytes that were read to see whether what was made can be read. */
  get readBack(): number {
    return this.#readBack.bytes;
  }

  /** Makes one file at a path below the folder. Rejects with FsError, or the signal's reason. */
  async make(source: SourceFile, path: string, onStage: OnStage, call: Call): Promise<Making> {
    const { maxSize, dryRun } = this.#options;
    if (maxSize !== null && source.size > maxSize) {
      return { ...NOTHING, outcome: 'skipped', message: `larger than ${formatSize(maxSize)}` };
    }
    const there = await this.#target.occupant(path, call);
    if (there !== null && !mayEqual(there, source)) throw this.#occupied(path);
    if (dryRun) return { ...NOTHING, outcome: there === null ? 'planned' : 'there' };
    const hashes = await source.hashes(call.signal, (bytes) => onStage('hashing', bytes));
    if (there !== null) {
      if (isEqual(there, hashes)) return { ...NOTHING, outcome: 'there' };
      throw this.#occupied(path);
    }
    onStage('asking', 0);
    return await this.#make(source, hashes, path, onStage, call);
  }

  async #make(
    source: SourceFile,
    hashes: KnownHashes,
    path: string,
    onStage: OnStage,
    call: Call,
  ): Promise<Making> {
    const asked = new Proof(source);
    const made = await this.#byHash(asked, hashes, path, call);
    const { proved } = asked;
    if (made !== null) {
      await this.#target.taken(path, call);
      onStage('confirming', 0);
      const readBack = await this.#readBack.check(made, source, hashes, call);
      return { ...NOTHING, outcome: 'known', proved, readBack };
    }
    if (this.#options.unknown === 'left' || source.stream === null) {
      return { ...NOTHING, outcome: 'unknown', proved, message: 'the cloud does not know it' };
    }
    const outcome = await this.#send(source.stream(call), path, onStage, call);
    return { ...NOTHING, outcome, proved, sent: source.size };
  }

  /** Without the hash of its head a cloud may not know it: then the head is read, and it is asked once more. */
  async #byHash(asked: Proof, hashes: KnownHashes, path: string, call: Call): Promise<FileEntry | null> {
    const { writes } = this.#target.drive;
    const place = await this.#target.place(path, call);
    const made = await writes.makeKnown(place, asked.content(hashes), call);
    const { source } = asked;
    if (made !== null || hashes.headSha1 !== null || hashes.sha1 === null || !source.isReadable) return made;
    const head = await asked.read({ start: 0, end: Math.min(HEAD, source.size) }, call.signal);
    const headSha1 = createHash('sha1').update(head).digest('hex').toUpperCase();
    return await writes.makeKnown(place, asked.content({ ...hashes, headSha1 }), call);
  }

  async #send(
    bytes: AsyncIterable<Uint8Array>,
    path: string,
    onStage: OnStage,
    call: Call,
  ): Promise<'queued' | 'uploaded'> {
    const { drive } = this.#target;
    let written = 0;
    const place = await this.#target.place(path, call);
    const onWritten = (length: number): void => onStage('sending', (written += length));
    const file: LocalFile = await enqueue(drive, place, bytes, onWritten, call);
    await this.#target.taken(path, call);
    if (this.#options.unknown === 'queued') return 'queued';
    const onSent = (sent: number): void => onStage('confirming', sent);
    await uploaded(this.#clock, drive, file, onSent, call.signal);
    return 'uploaded';
  }

  #occupied(path: string): FsError {
    const words = `${this.#target.shown(path)} is there already, and is another file`;
    return new FsError('EEXIST', words, { expected: true });
  }
}

/** What a cloud is shown of a file, counted. */
class Proof {
  /** Bytes. */
  proved = 0;
  readonly source: SourceFile;

  constructor(source: SourceFile) {
    this.source = source;
  }

  content(hashes: KnownHashes): RapidContent {
    return { size: this.source.size, hashes, read: (range, signal) => this.read(range, signal) };
  }

  async read(...[range, signal]: Parameters<RapidContent['read']>): Promise<Uint8Array> {
    const bytes = await this.source.read(range, signal);
    this.proved += rangeLength(range);
    return bytes;
  }
}

/** Whether what has the name may be the same file, as far as sizes tell. */
function mayEqual(there: Node, { size }: SourceFile): boolean {
  return there.kind === 'file' && there.entry.size === size;
}

function isEqual(there: Node, hashes: KnownHashes): boolean {
  if (there.kind !== 'file' || there.entry.hash === null) return false;
  return there.entry.hash.value === hashes[there.entry.hash.kind];
}
