import { abortable } from '../../lib/abortable.js';

interface Waiting {
  readonly holds: () => boolean;
  readonly resolve: () => void;
}

/** Wakes those who wait until something holds. Whoever changes what they wait for rings. */
export class Bell {
  readonly #waiting = new Set<Waiting>();

  /** Resolves as soon as it holds, looking now and at every ring. Rejects with the signal's reason on abort. */
  async until(holds: () => boolean, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (holds()) return;
    let waiting: Waiting | undefined;
    const held = new Promise<void>((resolve) => {
      waiting = { holds, resolve };
      this.#waiting.add(waiting);
    });
    try {
      await abortable(signal, held);
    } finally {
      if (waiting !== undefined) this.#waiting.delete(waiting);
    }
  }

  ring(): void {
    for (const waiting of [...this.#waiting]) {
      if (!waiting.holds()) continue;
      this.#waiting.delete(waiting);
      waiting.resolve();
    }
  }
}
