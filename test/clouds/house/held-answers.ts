/** A request that waits until somebody lets it go. */
export interface HeldRequest {
  readonly id: number;
  readonly when: 'before' | 'after';
  /** `METHOD host/path?query form`. */
  readonly subject: string;
}

interface Held extends HeldRequest {
  release(): void;
}

/**
 * Requests stopped before they are carried out, or with their answer ready: what a crash test needs to end a client
 * at exactly this point.
 */
export class HeldAnswers {
  readonly #held = new Map<number, Held>();
  #lastId = 0;

  list(): readonly HeldRequest[] {
    return [...this.#held.values()].map(({ id, when, subject }) => ({ id, when, subject }));
  }

  /** Resolves when released, or when `gone` says that nobody waits for the answer any more. */
  async hold(when: HeldRequest['when'], subject: string, gone: Promise<void>): Promise<void> {
    this.#lastId += 1;
    const id = this.#lastId;
    const released = new Promise<void>((resolve) => {
      this.#held.set(id, { id, when, subject, release: resolve });
    });
    await Promise.race([released, gone]);
    this.#held.delete(id);
  }

  /** Lets one go on, or all. Answers how many. */
  release(id: number | null): number {
    const chosen = [...this.#held.values()].filter((one) => id === null || one.id === id);
    for (const one of chosen) one.release();
    return chosen.length;
  }
}
