import type { OpenContent } from '../content/range-reader.js';
import type { FileEntry } from '../driver/entry.js';
import { abortable } from '../lib/abortable.js';
import type { Call } from '../lib/call.js';
import type { Env, Timer } from '../lib/env.js';
import { FsError } from '../lib/errors.js';
import type { OpenNode } from './open-node.js';

/** How long reads of a handle that was closed while they waited go on, in milliseconds. */
const ABANDONED_READS = 1000;

/**
 * For how many milliseconds a read that failed after a long wait ends so again at once. The kernel asks for the pages of
 * a failed read a second time before it tells the program, who would wait twice as long as is promised.
 */
const FAILURE_KEPT = 1000;
const LATE_FAILURES: readonly string[] = ['ETIMEDOUT', 'EACCES'];

interface Failure {
  readonly start: number;
  readonly end: number;
  /** On the monotonic clock. */
  readonly until: number;
  readonly error: FsError;
}

/** What a handle may do. */
export interface OpenMode {
  readonly writes: boolean;
  /** O_APPEND: writes go to the end, wherever that is. */
  readonly appends: boolean;
  /** Once it is closed the file counts as closed with what it has. */
  readonly completes: boolean;
}

/** One open(2) of a file: reads, and what becomes of them when their program goes away. */
export class OpenFile {
  readonly node: OpenNode;
  readonly mode: OpenMode;
  readonly #env: Env;
  /** The bytes of the cloud, as long as those count; null for a file that was written here. */
  #content: { readonly of: FileEntry; readonly bytes: OpenContent } | null = null;
  readonly #reads = new Set<AbortController>();
  /** Set from a flush that found reads waiting until the next read, or until those reads were ended. */
  #abandoned: Timer | null = null;
  /** Set once the path was opened again with other content. */
  #replaced = false;
  #closed = false;
  #failure: Failure | null = null;

  constructor(env: Env, node: OpenNode, mode: OpenMode) {
    this.#env = env;
    this.node = node;
    this.mode = mode;
  }

  get path(): string {
    return this.node.path;
  }

  /** Opens the bytes of the cloud, if those count. */
  open(): void {
    if (this.node.local === null) this.#cloudContent();
  }

  /** Reads that wait for their bytes. */
  get waiting(): number {
    return this.#reads.size;
  }

  /**
   * As OpenContent.borrow: the bytes are right in the turn of the event loop in which they come. ESTALE as well once
   * another content was opened at this path.
   */
  async read(position: number, length: number, call: Call): Promise<Uint8Array> {
    this.requireCurrent();
    this.#failAgain(position);
    this.#abandoned?.cancel();
    this.#abandoned = null;
    const abort = new AbortController();
    const shared = this.#callOf(call, abort.signal);
    this.#reads.add(abort);
    try {
      const bytes = await abortable(shared.signal, this.#bytes(position, length, shared));
      this.requireCurrent();
      return bytes;
    } catch (error) {
      this.#remember(error, position, length);
      throw error;
    } finally {
      this.#reads.delete(abort);
    }
  }

  /**
   * A descriptor of this handle was closed. The kernel tells nothing about a program that was killed while it
   * waited for a read, but it closes its descriptors: reads that wait by then become least urgent and are
   * ended with EINTR after a second, unless somebody reads on.
   */
  flush(): void {
    if (this.#reads.size === 0 || this.#abandoned !== null) return;
    this.#abandoned = this.#env.clock.after(ABANDONED_READS, () => {
      this.#abandoned = null;
      this.#endReads(
        new FsError('EINTR', `${this.path}: closed while a read was waiting`, { expected: true }),
      );
    });
  }

  /**
   * The path shows another content now. The kernel keeps one set of pages for a path, so that bytes read here
   * would reach the readers of the new content: from now on reads answer ESTALE.
   */
  replace(): void {
    this.#replaced = true;
  }

  /** Ends what waits with EINTR and gives the content back. */
  close(): void {
    this.#abandoned?.cancel();
    this.#abandoned = null;
    this.#endReads(new FsError('EINTR', `${this.path}: closed while a read was waiting`, { expected: true }));
    this.#closed = true;
    this.#content?.bytes.close();
  }

  #bytes(position: number, length: number, call: Call): Promise<Uint8Array> {
    if (this.node.local === null) return this.#cloudContent().borrow(position, length, call);
    return this.#writtenBytes(position, length, call);
  }

  async #writtenBytes(position: number, length: number, call: Call): Promise<Uint8Array> {
    await this.node.refresh();
    const { local } = this.node;
    if (local !== null) return await this.node.readWritten(local, position, length, call);
    return await this.#cloudContent().read(position, length, call);
  }

  #cloudContent(): OpenContent {
    const { drive, entry } = this.node;
    if (this.#content?.of === entry) return this.#content.bytes;
    if (this.#closed) throw new FsError('EBADF', `${this.path}: the handle is closed`, { expected: true });
    this.#content?.bytes.close();
    this.#content = { of: entry, bytes: drive.content.open(drive.source, entry) };
    return this.#content.bytes;
  }

  #failAgain(position: number): void {
    const failure = this.#failure;
    if (failure === null || this.#env.clock.monotonic() >= failure.until) return;
    if (position >= failure.start && position < failure.end) throw failure.error;
  }

  #remember(error: unknown, start: number, length: number): void {
    if (!(error instanceof FsError) || !LATE_FAILURES.includes(error.errno)) return;
    const until = this.#env.clock.monotonic() + FAILURE_KEPT;
    this.#failure = { start, end: start + length, until, error };
  }

  /** Throws ESTALE once another content was opened at this path. */
  requireCurrent(): void {
    if (!this.#replaced) return;
    throw new FsError('ESTALE', `${this.path}: the file was replaced in the cloud after it was opened`);
  }

  #callOf(call: Call, signal: AbortSignal): Call {
    const abandoned = (): boolean => this.#abandoned !== null;
    return {
      signal: AbortSignal.any([call.signal, signal]),
      get urgency() {
        return abandoned() ? 'background' : call.urgency;
      },
    };
  }

  #endReads(reason: FsError): void {
    for (const read of this.#reads) read.abort(reason);
  }
}
