import { createInterface } from 'node:readline/promises';
import { text } from 'node:stream/consumers';
import { type Host, systemHost } from '../config/paths.js';
import { abortable } from '../lib/abortable.js';
import type { Clock, Random } from '../lib/env.js';
import { systemClock, systemRandom } from '../lib/system-clock.js';

const PLAIN_COLUMNS = 80;
const PLAIN_ROWS = 24;

/** What `-` means among the words of a command. */
export const STANDARD_INPUT = '/dev/stdin';

/** Everything that a command has around it. */
export interface Terminal {
  readonly host: Host;
  readonly clock: Clock;
  readonly random: Random;
  /** The working directory. */
  readonly directory: string;
  readonly output: TextStream;
  readonly errors: TextStream;
  /** Standard error when a line there can be written over; null elsewhere. */
  readonly live: NodeJS.WritableStream | null;
  /** One line from the person; null at the end of the input. Rejects with the signal's reason on abort. */
  readLine(prompt: string, signal: AbortSignal): Promise<string | null>;
  /** Everything on standard input. Rejects with the signal's reason on abort. */
  readAll(signal: AbortSignal): Promise<string>;
  /** Calls the listener when the person presses Ctrl-C, once; what is returned forgets it. */
  onInterrupt(listener: () => void): () => void;
}

/** What a command needs of a stream to write to. */
export interface TextStream {
  readonly isTTY: boolean;
  /** Characters in a line and lines, as far as they are known; a person may change them meanwhile. */
  readonly columns: number;
  readonly rows: number;
  /** Whether whoever read it has gone. */
  readonly isClosed: boolean;
  write(text: string): void;
}

/** The terminal of this process. */
export function systemTerminal(): Terminal {
  const { stdout, stderr } = process;
  return {
    host: systemHost(),
    clock: systemClock,
    random: systemRandom,
    directory: process.cwd(),
    output: textStream(stdout),
    errors: textStream(stderr),
    live: stderr.isTTY ? stderr : null,
    readLine,
    readAll: (signal) => abortable(signal, text(process.stdin)),
    onInterrupt,
  };
}

/** A stream of the process; what is no terminal has none but `write`. */
interface ProcessStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
  write(text: string): unknown;
  on(event: 'error', listener: (error: NodeJS.ErrnoException) => void): unknown;
}

function textStream(stream: ProcessStream): TextStream {
  const state = { isClosed: false };
  // Whoever read us has enough (`panfuse status | head -1`).
  stream.on('error', (error) => {
    if (error.code !== 'EPIPE') throw error;
    state.isClosed = true;
  });
  return {
    isTTY: stream.isTTY ?? false,
    get columns() {
      return stream.columns ?? PLAIN_COLUMNS;
    },
    get rows() {
      return stream.rows ?? PLAIN_ROWS;
    },
    get isClosed() {
      return state.isClosed;
    },
    write: (text) => void stream.write(text),
  };
}

function onInterrupt(listener: () => void): () => void {
  process.once('SIGINT', listener);
  return () => process.off('SIGINT', listener);
}

async function readLine(prompt: string, signal: AbortSignal): Promise<string | null> {
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const ended = new Promise<null>((resolve) => lines.once('close', () => resolve(null)));
    return await Promise.race([lines.question(prompt, { signal }), ended]);
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    lines.close();
  }
}
