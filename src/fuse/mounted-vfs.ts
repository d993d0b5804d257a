import { abortable } from '../lib/abortable.js';
import type { Env } from '../lib/env.js';
import { FsError } from '../lib/errors.js';
import type { OpenFileStatus } from '../vfs/open-files.js';
import type { Vfs } from '../vfs/vfs.js';
import type { OperationCounts, PendingRequest } from './answers.js';
import type { FuseConnection } from './binding.js';
import type { KernelInvalidation } from './invalidation.js';
import type { KernelLimits } from './kernel-limits.js';
import { detach } from './mount-point.js';
import type { OperationTally } from './operation-tally.js';
import type { Operations } from './operations.js';

/** A mount that is up. */
export interface Mounted {
  /** The mount point without symbolic links. */
  readonly path: string;
  /** Resolves when the mount has ended for any reason: unmount(), `fusermount3 -u`, the kernel. Never rejects. */
  readonly ended: Promise<void>;
  /**
   * Ends the mount within 10 s: waits some seconds for programs to close their files, then detaches it anyway;
   * what still waits is answered EIO. May be called again. Rejects with FsError EBUSY when the kernel keeps it.
   */
  unmount(): Promise<void>;
  status(): MountStatus;
  /** How the kernel's requests were answered since the mount began, by operation. */
  tallies(): ReadonlyMap<string, OperationTally>;
}

export interface MountStatus {
  readonly path: string;
  /** Requests of the kernel since the mount began, by operation. */
  readonly operations: Readonly<Record<string, OperationCounts>>;
  readonly pending: readonly PendingRequest[];
  readonly openFiles: readonly OpenFileStatus[];
  /** So many names mean something else now, and the kernel is still to be told. */
  readonly untold: number;
  readonly kernel: KernelLimits;
}

interface Parts {
  readonly path: string;
  readonly vfs: Vfs;
  readonly operations: Operations;
  readonly connection: FuseConnection;
  readonly invalidation: KernelInvalidation;
  readonly limits: KernelLimits;
}

/** How long programs may take to close their files, in milliseconds. */
const GRACE = 3000;
const GRACE_STEP = 50;
/** How long the binding may take to end its threads, in milliseconds; then the mount is at least taken out of sight. */
const TEARDOWN = 5000;

/** The life of a mount from the kernel's yes to its end. */
export class MountedVfs implements Mounted {
  readonly ended: Promise<void>;
  readonly #env: Env;
  readonly #parts: Parts;
  #unmounting: Promise<void> | null = null;

  /** `gone` resolves when the kernel has let go of the mount. */
  constructor(env: Env, parts: Parts, gone: Promise<void>) {
    this.#env = env;
    this.#parts = parts;
    this.ended = gone.then(() => this.#finish());
  }

  get path(): string {
    return this.#parts.path;
  }

  /** Begins to tell the kernel what changed. */
  start(): void {
    const stop = this.#parts.vfs.onChange((paths) => this.#parts.invalidation.add(paths));
    void this.ended.then(stop);
  }

  unmount(): Promise<void> {
    this.#unmounting ??= this.#unmount();
    return this.#unmounting;
  }

  status(): MountStatus {
    const { path, operations, vfs, invalidation, limits } = this.#parts;
    return {
      path,
      operations: Object.fromEntries(operations.counts()),
      pending: operations.pending(),
      openFiles: vfs.openFiles(),
      untold: invalidation.waiting,
      kernel: limits,
    };
  }

  tallies(): ReadonlyMap<string, OperationTally> {
    return this.#parts.operations.tallies();
  }

  async #unmount(): Promise<void> {
    await this.#handlesClosed();
    const { path, operations, connection } = this.#parts;
    operations.abort(new FsError('EIO', `${path} is being unmounted`, { expected: true }));
    const torn = new Promise<void>((resolve, reject) => {
      connection.unmount((error) => {
        if (error) reject(error);
        else resolve();
      });
    });
    const patience = new AbortController();
    const slow = new FsError('EBUSY', `${path}: its threads did not end within ${TEARDOWN / 1000} s`);
    const timer = this.#env.clock.after(TEARDOWN, () => patience.abort(slow));
    try {
      await abortable(patience.signal, torn);
    } catch (error) {
      this.#env.log.warn(`${path} did not unmount by itself: detaching it`, { path, cause: error });
      await detach(path);
    } finally {
      timer.cancel();
    }
  }

  async #handlesClosed(): Promise<void> {
    const { clock } = this.#env;
    const end = clock.monotonic() + GRACE;
    while (this.#parts.vfs.openFiles().length > 0 && clock.monotonic() < end) await clock.sleep(GRACE_STEP);
    const left = this.#parts.vfs.openFiles();
    if (left.length === 0) return;
    this.#env.log.warn(`${this.path}: unmounting although programs have files open`, {
      path: this.path,
      open: left.length,
      first: left[0]?.path,
    });
  }

  async #finish(): Promise<void> {
    const { path, invalidation, operations, vfs } = this.#parts;
    invalidation.close();
    operations.abort(new FsError('EIO', `${path} was unmounted`, { expected: true }));
    await vfs.close();
  }
}
