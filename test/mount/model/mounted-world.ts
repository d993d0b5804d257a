import { type ChildProcess, fork, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { MemoryOutage } from '../../../src/drivers/memory/outages.js';
import type { CloudContents, ForeignWork } from '../../unit/vfs/model/cloud-hand.js';
import type { Stage } from '../../unit/vfs/model/stage.js';
import { MountedFileSystem } from './mounted-file-system.js';
import type { Answer, Question } from './protocol.js';

const SCRIPT = fileURLToPath(new URL('process.ts', import.meta.url));
/** So much faster goes the daemon's time. */
const FACTOR = 25;
const LONGEST_WAIT = 400;

/** One mount for many runs, by a process of its own, so that whatever goes wrong ends with that process. */
export class MountedWorld {
  readonly #path = mkdtempSync(join(tmpdir(), 'panfuse-mount-'));
  readonly #state = mkdtempSync(join(tmpdir(), 'panfuse-state-'));
  readonly #process: ChildProcess;
  #runs = 0;

  private constructor() {
    const request = [this.#path, this.#state, `${FACTOR}`];
    this.#process = fork(SCRIPT, request, { execArgv: ['--import', 'tsx'] });
  }

  static async mount(): Promise<MountedWorld> {
    const world = new MountedWorld();
    await world.#answer();
    return world;
  }

  /** An empty folder to play in. */
  async stage(): Promise<Stage> {
    this.#runs += 1;
    const folder = `/run-${this.#runs}`;
    await this.#ask({ do: 'heal' });
    await this.#ask({ do: 'foreign', work: { do: 'add', directory: '', name: folder.slice(1), text: null } });
    const files = new MountedFileSystem(this.#path + folder);
    return {
      ...{ files, plain: null },
      // Exactly what the clock of these calls can say.
      timeUnit: 125_000_000n,
      run: (work) => work,
      wait: (ms) => delay(Math.min(LONGEST_WAIT, ms / FACTOR)),
      foreign: async (work) => {
        return (await this.#ask({ do: 'foreign', work: inside(folder, work) })) as boolean;
      },
      outage: async (outage: MemoryOutage) => {
        await this.#ask({ do: 'outage', outage });
      },
      restart: () => Promise.reject(new Error('a mount that all runs share stays')),
      idle: async () => {
        // Whoever looks waits until it is decided what has become of names that were open.
        await files.names('/');
        await this.#ask({ do: 'idle' });
      },
      contents: async () => {
        const contents = (await this.#ask({ do: 'contents', path: folder })) as CloudContents;
        return contents.map(([path, bytes]) => [path.slice(folder.length), bytes] as const);
      },
    };
  }

  /** What is owed, open, or was logged as an error although every run has ended. */
  async leftovers(): Promise<readonly string[]> {
    return (await this.#ask({ do: 'leftovers' })) as readonly string[];
  }

  async unmount(): Promise<void> {
    await this.#ask({ do: 'unmount' });
  }

  /** Ends what is left, whatever state it is in. */
  async dispose(): Promise<void> {
    this.#process.kill('SIGKILL');
    if (this.#process.exitCode === null && this.#process.signalCode === null)
      await once(this.#process, 'exit');
    spawnSync('fusermount3', ['-u', '-z', this.#path], { stdio: 'ignore' });
    for (const folder of [this.#path, this.#state])
      rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  }

  async #ask(question: Question): Promise<(Answer & { readonly kind: 'done' })['value']> {
    const answer = this.#answer();
    this.#process.send(question);
    const heard = await answer;
    if (heard.kind === 'done') return heard.value;
    throw new Error(heard.kind === 'failed' ? heard.message : `unexpected answer ${heard.kind}`);
  }

  async #answer(): Promise<Answer> {
    const ended = new AbortController();
    const gone = once(this.#process, 'exit', ended).then(() => {
      throw new Error('the mounting process ended before it answered');
    });
    try {
      const [answer] = (await Promise.race([once(this.#process, 'message', ended), gone])) as [Answer];
      return answer;
    } finally {
      gone.catch(() => undefined);
      ended.abort();
    }
  }
}

function inside(folder: string, work: ForeignWork): ForeignWork {
  const at = (path: string): string => folder + path;
  if (work.do === 'add') return { ...work, directory: at(work.directory) };
  if (work.do === 'rename') return { ...work, path: at(work.path), directory: at(work.directory) };
  return { ...work, path: at(work.path) };
}
