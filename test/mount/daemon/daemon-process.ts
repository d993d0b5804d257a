import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** What `npm run build` leaves; the gate builds before it tests. */
const PROGRAM = fileURLToPath(new URL('../../../dist/main.js', import.meta.url));
/** Milliseconds after which a daemon that says nothing is believed to be stuck. */
const PATIENCE = 45_000;

export interface DaemonProcessOptions {
  /** The checkpoint at which it stops for good; `name@3` at the third time. */
  readonly stopAt?: string;
  /** Variables of its environment beside those of this process. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** One `panfuse run` and what it wrote. */
export class DaemonProcess {
  readonly #child: ChildProcess;
  readonly #lines: string[] = [];
  readonly #exit: Promise<number | null>;
  readonly #listeners = new Set<() => void>();

  /** Starts it and does not wait. */
  constructor(config: string, { stopAt, environment: added }: DaemonProcessOptions = {}) {
    const environment = { ...process.env, ...added };
    if (stopAt !== undefined) environment['PANFUSE_STOP_AT'] = stopAt;
    this.#child = spawn(PROGRAM, ['run', '--config', config], {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: environment,
    });
    this.#exit = once(this.#child, 'close').then(([code]) => code as number | null);
    void this.#exit.then(() => this.#tell());
    if (this.#child.stderr === null) throw new Error('the daemon has no standard error');
    createInterface(this.#child.stderr).on('line', (line) => {
      this.#lines.push(line);
      this.#tell();
    });
  }

  get pid(): number {
    if (this.#child.pid === undefined) throw new Error('the daemon was not started: is dist/ built?');
    return this.#child.pid;
  }

  /** Everything it wrote to standard error. */
  get output(): string {
    return this.#lines.join('\n');
  }

  get running(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Resolves when a line matches; rejects with all it wrote when it ends or is silent before that. */
  async said(pattern: RegExp): Promise<void> {
    const deadline = performance.now() + PATIENCE;
    while (!this.#lines.some((line) => pattern.test(line))) {
      if (!this.running) throw new Error(`the daemon ended without ${String(pattern)}:\n${this.output}`);
      const left = deadline - performance.now();
      if (left <= 0) throw new Error(`the daemon did not say ${String(pattern)}:\n${this.output}`);
      await this.#news(left);
    }
  }

  /** The exit code; null when a signal ended it. */
  async ended(): Promise<number | null> {
    return await this.#exit;
  }

  /** Ends it as systemd would, or by the signal; milliseconds that it took. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number> {
    const began = performance.now();
    this.#child.kill(signal);
    const slow = setTimeout(() => this.#child.kill('SIGKILL'), PATIENCE);
    await this.#exit;
    clearTimeout(slow);
    return performance.now() - began;
  }

  /** Ends it as a crash would. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#exit;
  }

  #tell(): void {
    for (const listener of [...this.#listeners]) listener();
  }

  #news(limit: number): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        this.#listeners.delete(done);
        resolve();
      };
      const timer = setTimeout(done, limit);
      this.#listeners.add(done);
    });
  }
}
