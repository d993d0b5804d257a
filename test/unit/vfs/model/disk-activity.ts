import sqlite3 from 'sqlite3';

type Callback = (this: unknown, ...values: unknown[]) => void;
type Method = (this: unknown, ...values: unknown[]) => unknown;

const METHODS = ['run', 'all', 'get', 'exec', 'close'] as const;
/** So many turns of the event loop without anything under way are rest. */
const TURNS = 3;
const MOST_LOOKS = 50;

/** Sees what files and databases have under way, so that a clock is moved only when everybody waits for it. */
export class DiskActivity {
  readonly #methods = sqlite3.Database.prototype as unknown as Record<string, Method>;
  readonly #originals = METHODS.map((name) => [name, this.#methods[name]] as const);
  #queries = 0;

  /** Watches every database of this process until `stop`. */
  watch(): void {
    for (const [name, original] of this.#originals)
      if (original !== undefined) this.#methods[name] = this.#counted(original);
  }

  stop(): void {
    for (const [name, original] of this.#originals)
      if (original !== undefined) this.#methods[name] = original;
  }

  /** Resolves when nothing is under way. */
  async rest(): Promise<void> {
    for (let [quiet, busy] = [0, 0]; quiet < TURNS;) {
      // Disks are mostly done within some turns; to look all the time would keep their threads from working.
      if (busy < MOST_LOOKS) await new Promise((resolve) => setImmediate(resolve));
      else await new Promise((resolve) => setTimeout(resolve, 1));
      [quiet, busy] = this.#isActive ? [0, busy + 1] : [quiet + 1, 0];
    }
  }

  get #isActive(): boolean {
    return this.#queries > 0 || process.getActiveResourcesInfo().some((name) => name.includes('Req'));
  }

  #counted(original: Method): Method {
    const begin = (): void => void (this.#queries += 1);
    const end = (): void => void (this.#queries -= 1);
    return function (this: unknown, ...values: unknown[]): unknown {
      const callback = values.at(-1);
      if (typeof callback !== 'function') return original.apply(this, values);
      begin();
      const answered: Callback = function (this: unknown, ...answer: unknown[]) {
        end();
        (callback as Callback).apply(this, answer);
      };
      return original.apply(this, [...values.slice(0, -1), answered]);
    };
  }
}
