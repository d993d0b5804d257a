/**
 * The only file that knows the FUSE binding. The name `fuse-native` is an alias in package.json; whoever
 * replaces the package behind it changes this file and nothing else.
 */
import Fuse from 'fuse-native';

/** The callbacks that the kernel's requests arrive at; names and arguments are libfuse's. */
export type FuseOperations = Fuse.OPERATIONS;
export type FuseOptions = Fuse.OPTIONS;
export type FuseStats = Fuse.Stats;
export type FuseStatfs = Fuse.Statfs;
export type FuseTimespec = Fuse.Timespec;

/** What utimensat(2) passes in `nanoseconds` for the time that it is, and for a time that stays. */
export const { UTIME_NOW, UTIME_OMIT } = Fuse;

/** Options of libfuse that the binding has no word for. */
export interface ExtraOptions {
  /** How long, in seconds, the kernel believes that a name does not exist. */
  readonly negativeTimeout: number;
  /** Whether the kernel itself refuses what would change something. */
  readonly readOnly: boolean;
}

// Methods of the binding that its types leave out: the option string, the begin of a connection once the kernel has
// shaken hands, and its end by whatever cause.
interface BindingInternals {
  _fuseOptions(): string;
  _waitForMount(): void;
  _completeOpen(error: Error | null): void;
  _close(done: (error: Error | null) => void): void;
}
const OpenBinding = Fuse as unknown as new (
  ...parameters: ConstructorParameters<typeof Fuse>
) => Fuse & BindingInternals;

/** One mount, as the binding knows it. */
export class FuseConnection extends OpenBinding {
  readonly #extra: ExtraOptions;
  readonly #closed: (error: Error | null) => void;

  /** `closed` is called once the mount is gone, whether we or somebody else ended it. */
  constructor(
    path: string,
    operations: FuseOperations,
    options: FuseOptions,
    extra: ExtraOptions,
    closed: (error: Error | null) => void,
  ) {
    super(path, operations, options);
    this.#extra = extra;
    this.#closed = closed;
  }

  override _fuseOptions(): string {
    const own = [`negative_timeout=${this.#extra.negativeTimeout}`];
    if (this.#extra.readOnly) own.push('ro');
    const options = super._fuseOptions();
    return [options === '' ? '-o' : `${options},`, own.join(',')].join('');
  }

  /** Whether the request being begun is the kernel's own writing of pages that programs have mapped. */
  isWriteback(): boolean {
    return this.context()?.fileInfo?.writepage ?? false;
  }

  /**
   * The binding would look at the mount through the kernel until it is there, which it is: the first request has come
   * from it. A process that is killed while it waits for its own answer leaves a mount that hangs (EntryForgetting).
   */
  override _waitForMount(): void {
    this._completeOpen(null);
  }

  override _close(done: (error: Error | null) => void): void {
    super._close((error) => {
      this.#closed(error);
      done(error);
    });
  }
}
