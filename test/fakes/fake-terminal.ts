import type { Terminal } from '../../src/cli/terminal.js';
import { FakeClock } from './fake-clock.js';
import { SeededRandom } from './fake-env.js';

export interface FakeTerminalOptions {
  /** Whether a person looks at it. */
  readonly isTTY?: boolean;
  readonly variables?: Readonly<Record<string, string>>;
  /** What the person types, a line at a time. */
  readonly lines?: readonly string[];
}

/** A terminal that remembers what was written to it. */
export class FakeTerminal implements Terminal {
  readonly clock = new FakeClock();
  readonly random = new SeededRandom();
  readonly directory = '/work/here';
  readonly live = null;
  readonly host: Terminal['host'];
  readonly output: Terminal['output'];
  readonly errors: Terminal['errors'];
  readonly #written = { output: '', errors: '' };
  readonly #lines: string[];
  #interrupt: () => void = () => undefined;

  constructor(options: FakeTerminalOptions = {}) {
    const { isTTY = false, variables = {}, lines = [] } = options;
    this.host = { uid: 1000, gid: 1000, home: '/nowhere', variables };
    const stream = { isTTY, columns: 100, rows: 40, isClosed: false };
    this.output = { ...stream, write: (text) => void (this.#written.output += text) };
    this.errors = { ...stream, write: (text) => void (this.#written.errors += text) };
    this.#lines = [...lines];
  }

  /** Everything on standard output so far. */
  get said(): string {
    return this.#written.output;
  }

  /** Everything on standard error so far. */
  get complained(): string {
    return this.#written.errors;
  }

  /** The last line of standard output as JSON. */
  get json(): unknown {
    return JSON.parse(this.said.trimEnd().split('\n').at(-1) ?? '') as unknown;
  }

  readLine(prompt: string): Promise<string | null> {
    this.errors.write(prompt);
    return Promise.resolve(this.#lines.shift() ?? null);
  }

  readAll(): Promise<string> {
    return Promise.resolve(this.#lines.splice(0).join('\n'));
  }

  onInterrupt(listener: () => void): () => void {
    this.#interrupt = listener;
    return () => {
      this.#interrupt = () => undefined;
    };
  }

  /** The person presses Ctrl-C. */
  interrupt(): void {
    this.#interrupt();
  }
}
