import { existsSync, readFileSync, rmSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

const COUNTER = new URL('request-counter.js', import.meta.url).href;
const LIMIT = 5000;

/** Requests of the kernel since the mount began, by operation. */
export type RequestCounts = Readonly<Record<string, number>>;

/** Makes a daemon count the kernel's requests, without a line of the daemon knowing it. */
export class RequestCounter {
  readonly #path: string;
  readonly #bareNames: boolean;

  /** bareNames: directory entries go out without attributes, as from a binding without the patch. */
  constructor(path: string, options: { readonly bareNames: boolean }) {
    this.#path = path;
    this.#bareNames = options.bareNames;
  }

  /** For Node, before the daemon. */
  get flag(): string {
    return `--import=${COUNTER}`;
  }

  /** For the daemon's environment. */
  get env(): Readonly<Record<string, string>> {
    return {
      PANFUSE_BENCH_COUNTS: this.#path,
      ...(this.#bareNames ? { PANFUSE_BENCH_BARE_NAMES: 'yes' } : {}),
    };
  }

  /** Asks the daemon for its counts. */
  async counts(pid: number): Promise<RequestCounts> {
    rmSync(this.#path, { force: true });
    process.kill(pid, 'SIGUSR2');
    const end = performance.now() + LIMIT;
    while (!existsSync(this.#path)) {
      if (performance.now() > end) throw new Error('the daemon did not write its counts');
      await delay(5);
    }
    return JSON.parse(readFileSync(this.#path, 'utf8')) as RequestCounts;
  }
}
