import { execFile } from 'node:child_process';
import { lookup } from 'node:dns/promises';
import type { Stats } from 'node:fs';
import { access, constants, readFile, stat, statfs } from 'node:fs/promises';
import { promisify } from 'node:util';

const execute = promisify(execFile);

/** After so many milliseconds a program is ended. */
const PROGRAM = 4000;
/** How a shell tells errors, by code. */
const SAID: Readonly<Record<string, string>> = {
  ENOTCONN: 'not connected',
  EACCES: 'Permission denied',
  ENOENT: 'No such file',
};
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
    look: lookInside,
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

/** In a process of its own, which can be ended: a thread that a dead mount holds would be lost to this one. */
async function lookInside(path: string): Promise<void> {
  const options = { timeout: PROGRAM, killSignal: 'SIGKILL', env: { ...process.env, LC_ALL: 'C' } } as const;
  try {
    await execute('sh', ['-c', 'exec 3<"$1"', 'sh', path], options);
  } catch (error) {
    const { killed, stderr } = error as { readonly killed?: boolean; readonly stderr?: string };
    if (killed === true) throw systemError('ETIMEDOUT', `no answer within ${PROGRAM / 1000} s`);
    const words = stderr?.trim() ?? wordsOf(error);
    const [code = 'EIO'] = Object.keys(SAID).filter((known) => words.includes(SAID[known] ?? known));
    throw systemError(code, words.split(': ').at(-1) ?? words);
  }
}

function systemError(code: string, words: string): Error {
  return Object.assign(new Error(words), { code });
}

/** What the system calls an error; null for another kind of error. */
export function codeOf(error: unknown): string | null {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : null;
}

/** An error in words. */
export function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
