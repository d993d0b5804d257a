import type { Machine, Room } from '../../../src/doctor/machine.js';

const GIBIBYTE = 1024 ** 3;

/** A system error of this code. */
export function systemError(code: string): Error {
  return Object.assign(new Error(`${code}: as the system says it`), { code });
}

/** A machine that is as it should be, until a test breaks something. */
export class FakeMachine implements Machine {
  uid = 0;
  nodeVersion = '20.19.2';
  threads = 16;
  /** Files by path. */
  readonly files = new Map<string, string>([
    ['/etc/fuse.conf', '# comment\nuser_allow_other\n'],
    ['/proc/self/limits', 'Limit    Soft Limit  Hard Limit  Units\nMax open files  65536  65536  files\n'],
    ['/proc/self/mountinfo', ''],
    ['/proc/sys/fs/inotify/max_user_watches', '524288\n'],
    ['/proc/sys/fs/pipe-max-size', '1048576\n'],
  ]);
  /** Permission bits of directories and sockets. */
  readonly modes = new Map<string, { readonly mode: number; readonly isSocket: boolean }>([
    ['/', directory(0o755)],
  ]);
  /** What refuses, by path, host or program. */
  readonly broken = new Map<string, Error>();
  /** What never answers. */
  readonly silent = new Set<string>();
  room: Room = { free: 100 * GIBIBYTE, total: 1000 * GIBIBYTE, inMemory: false };

  read(path: string): Promise<string> {
    const text = this.files.get(path);
    return text === undefined ? Promise.reject(systemError('ENOENT')) : Promise.resolve(text);
  }

  stat(path: string): ReturnType<Machine['stat']> {
    const found = this.modes.get(path);
    if (found === undefined) return Promise.reject(systemError('ENOENT'));
    const { mode, isSocket } = found;
    return Promise.resolve({ mode, isSocket: () => isSocket, isDirectory: () => !isSocket });
  }

  mayUse(path: string): Promise<void> {
    return this.#answer(path, undefined);
  }

  look(path: string): Promise<void> {
    return this.#answer(path, undefined);
  }

  roomAt(): Promise<Room> {
    return Promise.resolve(this.room);
  }

  run(program: string): Promise<string> {
    return this.#answer(program, `${program} version: 3.17.2`);
  }

  address(host: string): Promise<string> {
    return this.#answer(host, '192.0.2.1');
  }

  /** Mounts a file system of panfuse. */
  mount(path: string, device = '0:52'): void {
    const table = this.files.get('/proc/self/mountinfo') ?? '';
    const line = `97 1 ${device} / ${path} rw - fuse.panfuse films rw\n`;
    this.files.set('/proc/self/mountinfo', table + line);
  }

  #answer<T>(what: string, answer: T): Promise<T> {
    if (this.silent.has(what)) return new Promise(() => undefined);
    const error = this.broken.get(what);
    return error === undefined ? Promise.resolve(answer) : Promise.reject(error);
  }
}

export function directory(mode: number): { readonly mode: number; readonly isSocket: boolean } {
  return { mode, isSocket: false };
}

export function socket(mode: number): { readonly mode: number; readonly isSocket: boolean } {
  return { mode, isSocket: true };
}
