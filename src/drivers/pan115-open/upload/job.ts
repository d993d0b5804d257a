import type { DirectoryEntry, FileEntry } from '../../../driver/entry.js';
import type { UploadContent, UploadProgress, UploadTarget } from '../../../driver/writer.js';
import type { Call } from '../../../lib/call.js';
import { FsError } from '../../../lib/errors.js';
import { type ByteRange, rangeLength } from '../../../lib/range.js';
import type { ByteSource } from '../../oss/source.js';
import type { Announcement } from '../api-upload.js';
import { sha1Of } from '../entries.js';
import type { WriteParts } from '../write-parts.js';
import { type SavedUpload, type UploadState, writeCheckpoint } from './checkpoint.js';
import { MadeFiles } from './made-files.js';

/** How a step of an upload ended: with the file, or so that all must begin anew. Everything else is a rejection. */
export type Outcome =
  { readonly kind: 'made'; readonly file: FileEntry } | { readonly kind: 'over'; readonly error: FsError };

/** How often one request is sent while it fails for a passing reason. */
export const ATTEMPTS = 4;

/** Bytes as 115 is told of them. */
export interface AnnouncedContent extends Pick<UploadContent, 'size' | 'read'> {
  readonly hashes: {
    readonly sha1: string;
    /** Null when nobody has read them. */
    readonly headSha1: string | null;
  };
}

/** What is uploaded, where to, for whom; and what the steps of an upload do alike. */
export class UploadJob<Content extends AnnouncedContent = UploadContent> {
  readonly parts: WriteParts;
  readonly file: Announcement;
  readonly content: Content;
  readonly progress: UploadProgress;
  readonly call: Call;
  readonly #directory: DirectoryEntry;
  readonly #made: MadeFiles;
  readonly #begunHere: number;
  #begunAt: number | null = null;

  constructor(
    parts: WriteParts,
    target: UploadTarget,
    content: Content,
    progress: UploadProgress,
    call: Call,
  ) {
    this.parts = parts;
    this.content = content;
    this.progress = progress;
    this.call = call;
    this.file = announcementOf(target, content);
    this.#directory = target.directory;
    this.#made = new MadeFiles(parts, target.directory);
    this.#begunHere = parts.env.clock.now();
  }

  /** Goes on with what another process began. */
  adopt(saved: SavedUpload): void {
    this.#begunAt = saved.begunAt;
  }

  /** Resolves when the state is on disk. */
  async save(state: UploadState): Promise<void> {
    const saved = { begunAt: this.#begun, savedAt: this.parts.env.clock.now(), state };
    await this.progress.save(writeCheckpoint(this.file, saved));
  }

  /** The bytes of a range as they may be sent: no faster than whoever asked for the upload admits. */
  source(range: ByteRange): ByteSource {
    return {
      range,
      read: async (piece, signal) => {
        await this.progress.admit(rangeLength(piece), signal);
        return await this.content.read(piece, signal);
      },
    };
  }

  /** The file that this upload may have made at `lostAt` by the clock here; waits until it would be listed. */
  async find(pickCode: string | null, lostAt = this.parts.env.clock.now()): Promise<FileEntry | null> {
    return await this.#made.find(this.#sought(pickCode), lostAt, this.call);
  }

  /** As `find`, without waiting. */
  async look(pickCode: string | null): Promise<FileEntry | null> {
    return await this.#made.look(this.#sought(pickCode), this.call);
  }

  /** The entry of the file that 115 has just made. */
  entry(id: string, pickCode: string, name: string): FileEntry {
    const now = Math.floor(this.parts.time.now() / 1000) * 1000;
    return {
      kind: 'file',
      id,
      parentId: this.#directory.id,
      name: name === '' ? this.file.name : name,
      modifiedAt: now,
      createdAt: now,
      attributes: pickCode === '' ? {} : { pickcode: pickCode },
      size: this.file.size,
      hash: sha1Of(this.file.sha1),
    };
  }

  /** Waits before attempt number `attempt` + 1. */
  async pause(attempt: number): Promise<void> {
    const { clock, random } = this.parts.env;
    await clock.sleep(1000 * 2 ** (attempt - 1) * (0.5 + random.fraction() / 2), this.call.signal);
  }

  #sought(pickCode: string | null) {
    return { file: this.file, begunAt: this.#begun, pickCode };
  }

  /** Before the first answer nobody knows how the cloud's clock goes: it is asked as late as possible. */
  get #begun(): number {
    return this.#begunAt ?? this.parts.time.at(this.#begunHere);
  }
}

/** Whether an error is one that time may heal. */
export function isPassing(error: unknown): error is FsError {
  return error instanceof FsError && error.reason === 'network';
}

function announcementOf({ directory, name }: UploadTarget, { size, hashes }: AnnouncedContent): Announcement {
  const sha1 = hashes.sha1.toUpperCase();
  return { name, size, folder: directory.id, sha1, headSha1: hashes.headSha1?.toUpperCase() ?? null };
}
