import { constants } from 'node:os';

const ERRNO_NAMES = Object.entries(constants.errno);

/** What stat(2) shows, as far as the model looks at it. */
export interface Shown {
  readonly kind: 'file' | 'directory';
  /** Of a file. */
  readonly size: number;
  readonly mode: number;
  /** Nanoseconds since the epoch. */
  readonly modifiedAt: bigint;
}

/** What programs do, by paths that begin with a slash and handles. What fails has an `errno` or a `code`. */
export interface FileSystem {
  /** open(2), with O_CREAT too. */
  open(path: string, flags: number): Promise<number>;
  /** Of a handle with O_APPEND the position says nothing. */
  write(handle: number, position: number, bytes: Uint8Array): Promise<void>;
  read(handle: number, position: number, length: number): Promise<Uint8Array>;
  truncate(path: string, size: number): Promise<void>;
  resize(handle: number, size: number): Promise<void>;
  sync(handle: number): Promise<void>;
  close(handle: number): Promise<void>;
  /** The size of what is open, whether it has a name or not. */
  sizeOf(handle: number): Promise<number>;
  rename(from: string, to: string): Promise<void>;
  unlink(path: string): Promise<void>;
  makeDirectory(path: string): Promise<void>;
  removeDirectory(path: string): Promise<void>;
  /** Nanoseconds since the epoch. */
  setTime(path: string, modifiedAt: bigint): Promise<void>;
  setMode(path: string, mode: number): Promise<void>;
  names(path: string): Promise<readonly string[]>;
  stat(path: string): Promise<Shown>;
  /** What cp does with a file: a new one, and copy_file_range(2) into it. */
  copy(from: string, to: string): Promise<void>;
}

/** What a kernel's mount does not make easy to ask for from here. */
export interface PlainFileSystem extends FileSystem {
  /** close(2) of one of several descriptors of a handle. */
  flush(handle: number): Promise<void>;
  /** copy_file_range(2) once; answers how much was copied. */
  copyRange(
    source: { readonly handle: number; readonly position: number },
    target: { readonly handle: number; readonly position: number },
    length: number,
  ): Promise<number>;
  /** renameat2(2) with RENAME_NOREPLACE. */
  renameNew(from: string, to: string): Promise<void>;
  setExtended(path: string, name: string, value: string): Promise<void>;
  /** Null when there is none. */
  extended(path: string, name: string): Promise<string | null>;
}

/** The errno of what a file system, or the reference, has refused. */
export function errnoOf(error: unknown): string {
  const { errno, code } = error as { readonly errno?: unknown; readonly code?: unknown };
  if (typeof errno === 'string') return errno;
  if (typeof code !== 'string') throw error;
  // Node has no name for some of the system's, ESTALE among them.
  const unnamed = code.startsWith('E')
    ? undefined
    : ERRNO_NAMES.find(([, value]) => value === -Number(errno));
  return unnamed?.[0] ?? code;
}
