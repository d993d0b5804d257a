import { type ChildProcess, fork, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { mountAt } from '../../src/fuse/mount-table.js';
import type {
  CloudStatus,
  CloudWork,
  MountAnswer,
  MountCommand,
  MountRequest,
  ProcessStatus,
} from './mount-protocol.js';

const SCRIPT = fileURLToPath(new URL('mount-process.ts', import.meta.url));
/** After this long a test is believed to be stuck, and the kernel is told to give up. */
const WATCHDOG = 90_000;

/** The test library mounted by a process of its own, so that whatever goes wrong ends with that process. */
export class MountedLibrary {
  readonly path: string;
  readonly #state: string;
  readonly #process: ChildProcess;
  readonly #watchdog: NodeJS.Timeout;
  readonly #minor: string;

  private constructor(path: string, state: string, process: ChildProcess, device: string) {
    this.path = path;
    this.#state = state;
    this.#process = process;
    this.#minor = device.split(':')[1] ?? '';
    this.#watchdog = setTimeout(() => this.#abort(), WATCHDOG);
  }

  /** Mounts and resolves when the kernel has it; rejects with the FsError of the daemon. */
  static async mount(options: Partial<MountRequest> = {}): Promise<MountedLibrary> {
    const path = options.path ?? mkdtempSync(join(tmpdir(), 'panfuse-mount-'));
    const state = mkdtempSync(join(tmpdir(), 'panfuse-state-'));
    const request: MountRequest = {
      readOnly: true,
      umask: 0o022,
      layout: 'drive',
      library: 'fakes',
      state,
      writing: {},
      ...options,
      path,
    };
    const process = fork(SCRIPT, [JSON.stringify(request)], { execArgv: ['--import', 'tsx'] });
    const answer = await answerOf(process, ['mounted', 'failed']);
    if (answer.kind === 'failed') {
      rmSync(state, { recursive: true });
      throw Object.assign(new Error(answer.message), { errno: answer.errno });
    }
    if (answer.kind !== 'mounted') throw new Error(`unexpected answer ${answer.kind}`);
    const entry = await mountAt(answer.path);
    return new MountedLibrary(answer.path, state, process, entry?.device ?? '');
  }

  /** The path of a name in the library. */
  at(path: string): string {
    return `${this.path}${path}`;
  }

  /** What `status` shows. */
  async status(): Promise<ProcessStatus> {
    return await this.#ask({ kind: 'status' }, 'status');
  }

  /** Another file takes this path, as if the cloud had changed. */
  async replace(path: string, size: number): Promise<void> {
    await this.#ask({ kind: 'replace', path, size }, 'status');
  }

  /** The cloud has what was written to this path; in the writing library, all that it is owed. */
  async upload(path = '/'): Promise<void> {
    await this.#ask({ kind: 'upload', path }, 'status');
  }

  /** Looks at the cloud of the writing library, or changes it; answers what it is then. */
  async cloud(work: CloudWork = { do: 'look' }): Promise<CloudStatus> {
    const { cloud } = await this.#ask({ kind: 'cloud', work }, 'cloud');
    return cloud;
  }

  /** The writing library begins again from what is on disk; its cloud stays. */
  async restart(): Promise<void> {
    await this.#ask({ kind: 'restart' }, 'status');
  }

  /** Unmounts; milliseconds that it took. */
  async unmount(): Promise<number> {
    const { milliseconds } = await this.#ask({ kind: 'unmount' }, 'unmounted');
    return milliseconds;
  }

  /** Resolves when the daemon sees that its mount has ended. */
  async ended(): Promise<void> {
    await answerOf(this.#process, ['ended']);
  }

  /** Requests of the kernel while something runs. */
  async requestsOf(work: () => Promise<unknown>): Promise<Record<string, number>> {
    const before = (await this.status()).requests;
    await work();
    const after = (await this.status()).requests;
    return Object.fromEntries(
      Object.entries(after).map(([operation, count]) => [operation, count - (before[operation] ?? 0)]),
    );
  }

  /** Ends the daemon as a crash would. */
  async kill(): Promise<void> {
    this.#process.kill('SIGKILL');
    if (this.#process.exitCode === null && this.#process.signalCode === null)
      await once(this.#process, 'exit');
  }

  /** Ends what is left, whatever state it is in. */
  async dispose(): Promise<void> {
    clearTimeout(this.#watchdog);
    await this.kill();
    spawnSync('fusermount3', ['-u', '-z', this.path], { stdio: 'ignore' });
    for (const folder of [this.path, this.#state])
      rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  }

  async #ask<K extends MountAnswer['kind']>(
    command: MountCommand,
    kind: K,
  ): Promise<Extract<MountAnswer, { kind: K }>> {
    const answer = answerOf(this.#process, [kind]);
    this.#process.send(command);
    return (await answer) as Extract<MountAnswer, { kind: K }>;
  }

  #abort(): void {
    const connections = '/sys/fs/fuse/connections';
    if (readdirSync(connections).includes(this.#minor))
      writeFileSync(join(connections, this.#minor, 'abort'), '1');
    spawnSync('fusermount3', ['-u', '-z', this.path], { stdio: 'ignore' });
    this.#process.kill('SIGKILL');
  }
}

function answerOf(process: ChildProcess, kinds: readonly MountAnswer['kind'][]): Promise<MountAnswer> {
  return new Promise((resolve, reject) => {
    const gone = (): void => {
      stop();
      reject(new Error(`the mounting process ended before it answered ${kinds.join(' or ')}`));
    };
    const heard = (answer: MountAnswer): void => {
      if (!kinds.includes(answer.kind)) return;
      stop();
      resolve(answer);
    };
    const stop = (): void => {
      process.off('message', heard);
      process.off('exit', gone);
    };
    process.on('message', heard);
    process.on('exit', gone);
  });
}
