import { createWriteStream, type WriteStream } from 'node:fs';

/** One request and what became of it. */
export interface LogEntry {
  readonly sequence: number;
  /** ISO time in the cloud's clock at which the request came. */
  readonly time: string;
  readonly service: string;
  readonly host: string;
  readonly method: string;
  readonly path: string;
  readonly status: number;
  /** Bytes of the answer's body handed to the connection. */
  readonly bytes: number;
  /** Milliseconds until the answer or the client ended. */
  readonly took: number;
  /** Connections open on the link and on the account, this one included. */
  readonly connections?: { readonly link: number; readonly account: number };
  /** Code of 115's envelope. */
  readonly code?: number;
  /** Why, when refused. */
  readonly reason?: string;
  /** Faults that struck. */
  readonly faults?: readonly string[];
  readonly range?: string;
  readonly form?: string;
}

const KEPT = 20_000;

/** The last requests in memory, all of them as NDJSON in a file if one is given. */
export class RequestLog {
  #entries: LogEntry[] = [];
  #sequence = 0;
  readonly #file: WriteStream | null;

  constructor(path: string | null) {
    this.#file = path === null ? null : createWriteStream(path, { flags: 'a' });
  }

  add(entry: Omit<LogEntry, 'sequence'>): void {
    this.#sequence += 1;
    const numbered = { sequence: this.#sequence, ...entry };
    this.#entries.push(numbered);
    if (this.#entries.length > KEPT) this.#entries.splice(0, KEPT / 2);
    this.#file?.write(`${JSON.stringify(numbered)}\n`);
  }

  /** Entries after a sequence number, oldest first. */
  since(sequence: number): readonly LogEntry[] {
    return this.#entries.filter((entry) => entry.sequence > sequence);
  }

  clear(): void {
    this.#entries = [];
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#file === null) resolve();
      else this.#file.end(() => resolve());
    });
  }
}
