import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { PlantedBug } from './planted-bugs.js';
import type { SceneOrder, ScenePlayed } from './scene-protocol.js';
import type { Scene } from './steps.js';

const SCRIPT = fileURLToPath(new URL('scene-process.ts', import.meta.url));
/** Of one scene, in milliseconds: one that takes longer hangs. */
const LIMIT = 60_000;
const MOST_PROCESSES = 4;

/** A scene that did not go as it should. */
export interface Failure {
  /** Which of the scenes. */
  readonly index: number;
  readonly scene: Scene;
  readonly message: string;
}

export interface PlayOptions {
  readonly bug?: PlantedBug;
  /** No further scene is begun after so many failures. */
  readonly mostFailures?: number;
  readonly onPlayed?: (played: ScenePlayed) => void;
}

/** Plays scenes side by side, in as many processes as this machine has processors for. */
export class SceneProcesses {
  readonly #processes = Array.from(
    { length: Math.min(MOST_PROCESSES, availableParallelism()) },
    () => new SceneProcess(),
  );

  /** Plays all scenes; answers those that fail, in their order. */
  async play(scenes: readonly Scene[], options: PlayOptions = {}): Promise<readonly Failure[]> {
    const { bug = null, mostFailures = 3, onPlayed } = options;
    const failures: Failure[] = [];
    const left = [...scenes.entries()].reverse();
    const playOn = async (process: SceneProcess): Promise<void> => {
      for (let next = left.pop(); next !== undefined; next = left.pop()) {
        const [index, scene] = next;
        const played = await process.play({ scene, bug });
        onPlayed?.(played);
        if (played.failure !== null) failures.push({ index, scene, message: played.failure });
        if (failures.length >= mostFailures) left.length = 0;
      }
    };
    await Promise.all(this.#processes.map(playOn));
    return failures.sort((a, b) => a.index - b.index);
  }

  async end(): Promise<void> {
    await Promise.all(this.#processes.map((process) => process.end()));
  }
}

/** One process, begun when it has something to play; another one when it hangs. */
class SceneProcess {
  #child: ChildProcess | null = null;

  async play(order: SceneOrder): Promise<ScenePlayed> {
    this.#child ??= fork(SCRIPT, {
      execArgv: ['--import', 'tsx'],
      env: { ...process.env, UV_THREADPOOL_SIZE: '1' },
    });
    try {
      return await ask(this.#child, order);
    } catch (error) {
      await this.end();
      return { failure: String(error), counts: [] };
    }
  }

  /** Whatever it does. */
  async end(): Promise<void> {
    const child = this.#child;
    this.#child = null;
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  }
}

async function ask(child: ChildProcess, order: SceneOrder): Promise<ScenePlayed> {
  const over = new AbortController();
  const played = once(child, 'message', over).then(([answer]) => answer as ScenePlayed);
  const ended = once(child, 'exit', over).then(() => {
    throw new Error('the process that played it has ended');
  });
  const hanging = delay(LIMIT, undefined, over).then(() => {
    throw new Error(`it hangs: there is no end of it within ${LIMIT} ms`);
  });
  child.send(order);
  try {
    return await Promise.race([played, ended, hanging]);
  } finally {
    over.abort();
  }
}
