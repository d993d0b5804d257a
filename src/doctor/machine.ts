import { execFile } from 'node:child_process';
import { lookup } from 'node:dns/promises';
import type { Stats } from 'node:fs';
import { access, constants, opendir, readFile, stat, statfs } from 'node:fs/promises';
import { promisify } from 'node:util';

const execute = promisify(execFile);

/** How long a program may take, in milliseconds. */
const PROGRAM = 5000;
/** What statfs(2) calls a file system in memory. */
const TMPFS = 0x01021994;
/** Node's own, where nobody asks for another number. */
const USUAL_THREADS = 4;

/** The disk below a path. */
export interface Room {
  /** Bytes that this user may still write. */
  readonly free: number;
  readonly total: number;
  /** Whether it lives in memory alone. */
  readonly inMemory: boolean;
}

/** This machine, as far as it is looked at. Methods reject as the system does, with a `code`. */
export interface Machine {
  readonly uid: number;
  readonly nodeVersion: string;
  /** Threads for file operations. */
  readonly threads: number;
  read(path: string): Promise<string>;
  stat(path: string): Promise<Pick<Stats, 'mode' | 'isDirectory' | 'isSocket'>>;
  /** Whether this process may read and write it. */
  mayUse(path: string): Promise<void>;
  /** Opens a directory: a file system whose program is gone refuses. */
  look(path: string): Promise<void>;
  roomAt(path: string): Promise<Room>;
  /** What a program says. */
  run(program: string, words: readonly string[]): Promise<string>;
  /** An address of a host. */
  address(host: string): Promise<string>;
}

/** The machine that this process runs on. */
export function systemMachine(): Machine {
  return {
    uid: process.getuid?.() ?? 0,
    nodeVersion: process.versions.node,
    threads: Number(process.env['UV_THREADPOOL_SIZE'] ?? USUAL_THREADS),
    read: (path) => readFile(path, 'utf8'),
    stat: (path) => stat(path),
    mayUse: (path) => access(path, constants.R_OK | constants.W_OK),
    look: async (path) => await (await opendir(path)).close(),
    async roomAt(path) {
      const { bavail, blocks, bsize, type } = await statfs(path);
      return { free: bavail * bsize, total: blocks * bsize, inMemory: type === TMPFS };
    },
    async run(program, words) {
      const { stdout } = await execute(program, words, { timeout: PROGRAM });
      return stdout.trim();
    },
    address: async (host) => (await lookup(host)).address,
  };
}

/** What the system calls an error; null for another kind of error. */
export function codeOf(error: unknown): string | null {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : null;
}

/** An error in words. */
export function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
