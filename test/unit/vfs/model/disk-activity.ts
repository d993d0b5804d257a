import sqlite3 from 'sqlite3';

type Method = (this: unknown, ...values: unknown[]) => unknown;

const METHODS = ['run', 'all', 'get', 'exec', 'close'] as const;
const MOST_LOOKS = 50;

/** Sees what files and databases have under way, so that a clock is moved only when everybody waits for it. */
export class DiskActivity {
  #queries = 0;

  /** Watches every database that this process opens from now on. */
  watch(): void {
    const methods = sqlite3.Database.prototype as unknown as Record<string, Method>;
    for (const name of METHODS) {
      const original = methods[name];
      if (original !== undefined) methods[name] = this.#counted(original);
    }
    const counting = (values: readonly unknown[]): readonly unknown[] => this.#counting(values);
    sqlite3.Database = new Proxy(sqlite3.Database, {
      construct: (database, values: unknown[], made) =>
        Reflect.construct(database, counting(values), made) as sqlite3.Database,
    });
  }

  /** Resolves when nothing is under way. */
  async rest(): Promise<void> {
    for (let looks = 0; looks === 0 || this.#isActive; looks += 1) {
      // Disks are mostly done within some turns; to look all the time would keep their threads from working.
      if (looks < MOST_LOOKS) await new Promise((resolve) => setImmediate(resolve));
      else await new Promise((resolve) => setTimeout(resolve, 1));
    }
  }

  /** Whether something is under way on a disk, or goes on with the next turn of the event loop. */
  get #isActive(): boolean {
    const isUnderWay = (name: string): boolean => name.includes('Req') || name === 'Immediate';
    return this.#queries > 0 || process.getActiveResourcesInfo().some(isUnderWay);
  }

  #counted(original: Method): Method {
    const counting = (values: readonly unknown[]): readonly unknown[] => this.#counting(values);
    return function (this: unknown, ...values: unknown[]): unknown {
      return original.apply(this, [...counting(values)]);
    };
  }

  /** The same parameters, the last one a function that is called when it is done: until then it is under way. */
  #counting(values: readonly unknown[]): readonly unknown[] {
    const callback = values.at(-1);
    if (typeof callback !== 'function') return values;
    this.#queries += 1;
    const done = (): void => void (this.#queries -= 1);
    const answered = function (this: unknown, ...answer: unknown[]): void {
      done();
      (callback as Method).apply(this, answer);
    };
    return [...values.slice(0, -1), answered];
  }
}
