/** What must be ended when the benchmark ends, however it ends: the last begun first. */
export class Cleanup {
  readonly #ending = new AbortController();
  readonly #steps: (() => Promise<void> | void)[] = [];
  #running: Promise<void> | null = null;

  /** Aborted when the end begins: nothing may be started from then on. */
  get signal(): AbortSignal {
    return this.#ending.signal;
  }

  add(step: () => Promise<void> | void): void {
    this.#steps.push(step);
  }

  /** Ends everything; later calls wait for the first. */
  run(): Promise<void> {
    this.#running ??= this.#runAll();
    return this.#running;
  }

  /** Ends everything and the process at SIGINT, SIGTERM and SIGHUP. */
  onSignals(): void {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.once(signal, () => {
        process.stderr.write(`\nending what was started …\n`);
        void this.run().then(() => process.exit(130));
      });
    }
  }

  async #runAll(): Promise<void> {
    this.#ending.abort(new Error('the benchmark is ending'));
    for (let step = this.#steps.pop(); step !== undefined; step = this.#steps.pop()) {
      try {
        await step();
      } catch (error) {
        process.stderr.write(`while ending: ${String(error)}\n`);
      }
    }
  }
}
