/** Streams that wait until more bytes of them are wanted. */
export class Pauses {
  readonly #waiting = new Set<() => void>();

  /** Resolves when `mayContinue` is true after an `end`, or when the signal aborts. */
  async wait(mayContinue: () => boolean, signal: AbortSignal): Promise<void> {
    while (!signal.aborted && !mayContinue()) {
      await new Promise<void>((resolve) => {
        const wake = (): void => {
          signal.removeEventListener('abort', wake);
          this.#waiting.delete(wake);
          resolve();
        };
        this.#waiting.add(wake);
        signal.addEventListener('abort', wake, { once: true });
      });
    }
  }

  /** Something has changed: all look whether they may go on. */
  end(): void {
    for (const wake of [...this.#waiting]) wake();
  }
}
