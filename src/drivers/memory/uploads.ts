import { createHash } from 'node:crypto';
import type { FileEntry } from '../../driver/entry.js';
import type { Random } from '../../lib/env.js';
import { FsError, notFound } from '../../lib/errors.js';
import type { ByteRange } from '../../lib/range.js';
import { type MemoryContent, bytesContent, readContent } from './content.js';

/** A challenge asks for at most this many bytes. */
const PROOF_LENGTH = 151;

/** An upload as the client announces it. */
export interface MemoryUploadRequest {
  /** Chosen by the client: what is announced again under the same key is the same upload. */
  readonly key: string;
  readonly directoryId: string;
  readonly name: string;
  readonly size: number;
  readonly sha1: string;
}

/** What the cloud answers: the file is there, a range must be proved first, or bytes must be sent. */
export type MemoryUploadState =
  | { readonly kind: 'done'; readonly file: FileEntry }
  | { readonly kind: 'challenge'; readonly range: ByteRange }
  | { readonly kind: 'parts'; readonly received: number };

/** What uploads need of the cloud that they end in. */
export interface MemoryUploadSite {
  /** Whether the file may be made. Throws FsError. */
  admit(request: MemoryUploadRequest): void;
  known(sha1: string, size: number): MemoryContent | null;
  file(id: string): FileEntry | null;
  create(request: MemoryUploadRequest, content: MemoryContent): FileEntry;
}

interface Session {
  readonly request: MemoryUploadRequest;
  readonly parts: Uint8Array[];
  /** What must be proved next. */
  challenge: ByteRange | null;
  proved: number;
}

/**
 * Uploads of a memory cloud: announced by hash, proved when the cloud knows the bytes, else sent part by part and
 * put together at the end. A file appears only when all its bytes are there and have the announced hash.
 */
export class MemoryUploads {
  readonly #random: Random;
  readonly #site: MemoryUploadSite;
  readonly #challenges: number;
  readonly #sessions = new Map<string, Session>();
  readonly #finished = new Map<string, string>();

  /** Known bytes must be proved `challenges` times. */
  constructor(random: Random, site: MemoryUploadSite, challenges: number) {
    this.#random = random;
    this.#site = site;
    this.#challenges = challenges;
  }

  /** A key that no other upload has. */
  newKey(): string {
    return Buffer.from(this.#random.bytes(16)).toString('hex');
  }

  /** Begins an upload or finds it again; `proof` is the SHA-1 of the range that was asked for last. */
  announce(request: MemoryUploadRequest, proof: string | null): MemoryUploadState {
    const finished = this.#finishedFile(request.key);
    if (finished !== null) return { kind: 'done', file: finished };
    this.#site.admit(request);
    const session = this.#session(request);
    const content = this.#site.known(request.sha1, request.size);
    if (content === null) return { kind: 'parts', received: session.parts.length };
    if (proof !== null) checkProof(session, content, proof);
    if (request.size > 0 && session.proved < this.#challenges) {
      session.challenge ??= this.#proofRange(request.size);
      return { kind: 'challenge', range: session.challenge };
    }
    return { kind: 'done', file: this.#finish(request, content) };
  }

  /** Takes a part, which may come again; answers its tag. Throws EINVAL when an earlier one is missing. */
  addPart(key: string, index: number, bytes: Uint8Array): string {
    const { parts } = this.#known(key);
    if (index > parts.length) throw new FsError('EINVAL', `part ${index} came before part ${parts.length}`);
    parts[index] = new Uint8Array(bytes);
    return tagOf(bytes);
  }

  /** Makes the file. Throws EIO, and forgets the parts, when they are not the bytes that were announced. */
  complete(key: string, tags: readonly string[]): FileEntry {
    const finished = this.#finishedFile(key);
    if (finished !== null) return finished;
    const { request, parts } = this.#known(key);
    this.#site.admit(request);
    if (tags.join() !== parts.map(tagOf).join()) {
      throw new FsError('EINVAL', 'the parts are others than those that arrived', { reason: 'refused' });
    }
    const bytes = Buffer.concat(parts);
    if (bytes.length !== request.size || sha1Of(bytes) !== request.sha1) {
      this.#sessions.delete(key);
      const message = `${request.name}: other bytes arrived than were announced: upload it again`;
      throw new FsError('EIO', message, { reason: 'refused' });
    }
    return this.#finish(request, bytesContent(bytes));
  }

  /** The client does not go on with this one. */
  cancel(key: string): void {
    this.#sessions.delete(key);
  }

  /** Forgets every unfinished upload, as clouds do after days. */
  forgetUnfinished(): void {
    this.#sessions.clear();
  }

  /** How many parts of unfinished uploads the cloud holds. */
  get unfinishedParts(): number {
    return [...this.#sessions.values()].reduce((sum, { parts }) => sum + parts.length, 0);
  }

  #session(request: MemoryUploadRequest): Session {
    const session = this.#sessions.get(request.key) ?? { request, parts: [], challenge: null, proved: 0 };
    this.#sessions.set(request.key, session);
    return session;
  }

  #known(key: string): Session {
    const session = this.#sessions.get(key);
    if (session === undefined) throw notFound('the upload');
    return session;
  }

  #finish(request: MemoryUploadRequest, content: MemoryContent): FileEntry {
    const file = this.#site.create(request, content);
    this.#sessions.delete(request.key);
    this.#finished.set(request.key, file.id);
    return file;
  }

  #finishedFile(key: string): FileEntry | null {
    return this.#site.file(this.#finished.get(key) ?? '');
  }

  #proofRange(size: number): ByteRange {
    const start = Math.floor(this.#random.fraction() * size);
    return { start, end: Math.min(size, start + PROOF_LENGTH) };
  }
}

function checkProof(session: Session, content: MemoryContent, proof: string): void {
  const { challenge } = session;
  if (challenge === null) return;
  if (proof !== sha1Of(readContent(content, challenge))) {
    throw new FsError('EIO', 'the proof of the bytes is wrong', { reason: 'refused' });
  }
  session.challenge = null;
  session.proved += 1;
}

function sha1Of(bytes: Uint8Array): string {
  return createHash('sha1').update(bytes).digest('hex').toUpperCase();
}

function tagOf(bytes: Uint8Array): string {
  return createHash('md5').update(bytes).digest('hex').toUpperCase();
}
