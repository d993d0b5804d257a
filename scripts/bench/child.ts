import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';

const PATIENCE = 30_000;
/** Characters of output that are remembered. */
const KEPT = 2000;

export interface ChildOptions {
  /** The file that its output goes to. */
  readonly log: string;
  /** Once aborted, nothing is started. */
  readonly signal: AbortSignal;
  readonly env?: NodeJS.ProcessEnv;
}

/** A program in the background. Ctrl-C in the terminal does not reach it: who started it ends it. */
export class Child {
  readonly #process: ChildProcess;
  readonly #exit: Promise<unknown>;
  #lastOutput = '';

  /** Throws the reason when the signal is aborted. */
  constructor(program: string, parameters: readonly string[], options: ChildOptions) {
    options.signal.throwIfAborted();
    this.#process = spawn(program, parameters, {
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
      env: options.env ?? process.env,
    });
    const log = createWriteStream(options.log, { flags: 'a' });
    this.#process.stdout?.pipe(log, { end: false });
    this.#process.stderr?.pipe(log, { end: false });
    for (const output of [this.#process.stdout, this.#process.stderr]) {
      output?.on('data', (chunk: Buffer) => {
        this.#lastOutput = (this.#lastOutput + chunk.toString()).slice(-KEPT);
      });
    }
    this.#exit = once(this.#process, 'close').finally(() => log.end());
  }

  get pid(): number {
    if (this.#process.pid === undefined) throw new Error(`${this.#process.spawnfile} could not be started`);
    return this.#process.pid;
  }

  /** The end of what it wrote. */
  get lastOutput(): string {
    return this.#lastOutput;
  }

  get running(): boolean {
    return this.#process.exitCode === null && this.#process.signalCode === null;
  }

  /** Asks it to end, and ends it when it does not; resolves when it is gone. */
  async stop(): Promise<void> {
    if (!this.running) return;
    this.#process.kill('SIGTERM');
    const slow = setTimeout(() => this.#process.kill('SIGKILL'), PATIENCE);
    await this.#exit;
    clearTimeout(slow);
  }
}
