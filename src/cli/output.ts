import type { FsError } from '../lib/errors.js';
import type { Terminal } from './terminal.js';

export type Colour = 'red' | 'yellow' | 'green' | 'dim';

const CODES: Readonly<Record<Colour, readonly [number, number]>> = {
  red: [31, 39],
  yellow: [33, 39],
  green: [32, 39],
  dim: [2, 22],
};

/** What a command says: words for a person, or one JSON document a line for a program. */
export class Output {
  readonly #terminal: Terminal;
  readonly json: boolean;

  constructor(terminal: Terminal, options: { readonly json: boolean }) {
    this.#terminal = terminal;
    this.json = options.json;
  }

  /** The outcome: as JSON when that is asked for, else in words. */
  result(value: unknown, words: string): void {
    if (this.json) this.#terminal.output.write(`${JSON.stringify(value)}\n`);
    else if (words !== '') this.#terminal.output.write(`${words}\n`);
  }

  /** Something on the way that only a person wants to hear. */
  note(words: string): void {
    if (!this.json) this.#terminal.errors.write(`${words}\n`);
  }

  /** Why it failed. The JSON goes where the result would have gone; the words go to standard error in any case. */
  failure(error: FsError, advice: string | null, trace: string | null): void {
    const { errno, reason, message } = error;
    if (this.json) this.#terminal.output.write(`${JSON.stringify({ error: { errno, reason, message } })}\n`);
    const lines = message.split('\n').map((line, index) => (index === 0 ? `panfuse: ${line}` : line));
    if (advice !== null) lines.push(advice);
    if (trace !== null) lines.push(trace);
    this.#terminal.errors.write(`${lines.join('\n').trimEnd()}\n`);
  }

  /** The text in a colour, where colours can be seen and are wanted. */
  paint(colour: Colour, text: string): string {
    if (!this.hasColours) return text;
    const [on, off] = CODES[colour];
    return `\u001b[${on}m${text}\u001b[${off}m`;
  }

  get hasColours(): boolean {
    const { NO_COLOR: noColour, TERM: term } = this.#terminal.host.variables;
    return this.#terminal.output.isTTY && (noColour ?? '') === '' && term !== 'dumb';
  }
}
