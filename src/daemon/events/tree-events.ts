import type { Clock, Timer } from '../../lib/env.js';
import type { Events } from './events.js';

/** Milliseconds for which changes of one drive are gathered. */
const GATHERING = 200;
/** Paths in one event; further ones are only counted. */
const MOST_PATHS = 100;

/** Tells what changes in the tree of one drive, many paths at once. */
export class TreeEvents {
  readonly #clock: Clock;
  readonly #events: Events;
  readonly #drive: string;
  readonly #paths = new Set<string>();
  #more = 0;
  #timer: Timer | null = null;

  constructor(clock: Clock, events: Events, drive: string) {
    this.#clock = clock;
    this.#events = events;
    this.#drive = drive;
  }

  changed(paths: readonly string[]): void {
    if (!this.#events.isHeard) return;
    for (const path of paths) {
      if (this.#paths.size < MOST_PATHS) this.#paths.add(path);
      else if (!this.#paths.has(path)) this.#more += 1;
    }
    this.#timer ??= this.#clock.after(GATHERING, () => this.#tell());
  }

  #tell(): void {
    const paths = [...this.#paths];
    const more = this.#more;
    this.#timer = null;
    this.#paths.clear();
    this.#more = 0;
    this.#events.tell({ type: 'tree.changed', drive: this.#drive, paths, more });
  }
}
