import type { Env } from '../../lib/env.js';
import type { DaemonEvent } from '../../lib/event-protocol.js';

type Untimed<Event> = Event extends DaemonEvent ? Omit<Event, 'at'> : never;

/** Something that happens now. */
export type NewEvent = Untimed<DaemonEvent>;

/** Where the parts of the daemon tell what happens, and whoever wants to know hears it. */
export class Events {
  readonly #env: Env;
  readonly #listeners = new Set<(event: DaemonEvent) => void>();

  constructor(env: Env) {
    this.#env = env;
  }

  /** Whether anybody listens. */
  get isHeard(): boolean {
    return this.#listeners.size > 0;
  }

  /** Tells everybody who listens. Never throws and makes nobody wait. */
  tell(event: NewEvent): void {
    if (!this.isHeard) return;
    const told = this.timed(event);
    for (const listener of this.#listeners) {
      try {
        listener(told);
      } catch (error) {
        this.#env.log.error('a listener of events failed', { type: event.type, error });
      }
    }
  }

  /** The event as one that happens now, told to nobody. */
  timed(event: NewEvent): DaemonEvent {
    return { ...event, at: this.#env.clock.now() };
  }

  /** Answers how to stop. */
  onEvent(listener: (event: DaemonEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
