import type { ServerResponse } from 'node:http';
import { FsError } from './errors.js';

/** The requests that a server of this process is answering: each ends when its client goes, all end with the server. */
export class OpenRequests {
  readonly #stopping = new AbortController();
  readonly #answers = new Set<Promise<void>>();

  /**
   * Begins to answer a request by work that never rejects. Its signal aborts with EINTR, expected, when the daemon stops
   * or the client goes; `gone` says the latter in words.
   */
  answer(response: ServerResponse, gone: string, work: (signal: AbortSignal) => Promise<void>): void {
    const left = new AbortController();
    response.once('close', () => {
      if (!response.writableFinished) left.abort(new FsError('EINTR', gone, { expected: true }));
    });
    const signal = AbortSignal.any([left.signal, this.#stopping.signal]);
    const answer = work(signal).finally(() => this.#answers.delete(answer));
    this.#answers.add(answer);
  }

  /** Aborts all and waits until each has been answered. */
  async end(): Promise<void> {
    this.#stopping.abort(new FsError('EINTR', 'the daemon is stopping', { expected: true }));
    await Promise.all(this.#answers);
  }
}
