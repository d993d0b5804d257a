const KEPT = 20_000;

/** How often and how fast calls came. */
export interface CallFigures {
  readonly total: number;
  readonly byName: Readonly<Record<string, number>>;
  /** Most calls that began within any one second, ten seconds, minute. */
  readonly most: { readonly second: number; readonly tenSeconds: number; readonly minute: number };
  /** The burst a token bucket of one call a second would have needed for all that came. */
  readonly burstAtOnePerSecond: number;
  /** Real milliseconds since the epoch of the last calls, oldest first. */
  readonly times: readonly number[];
}

/** Bytes of files handed to connections, those of unfinished answers included. */
export class TrafficMeter {
  #sent = 0;

  get sent(): number {
    return this.#sent;
  }

  add(bytes: number): void {
    this.#sent += bytes;
  }

  clear(): void {
    this.#sent = 0;
  }
}

/** Measures calls in real time, whatever the cloud's clock says. */
export class CallMeter {
  #total = 0;
  #byName = new Map<string, number>();
  #times: number[] = [];
  #most = { second: 0, tenSeconds: 0, minute: 0 };
  #level = 0;
  #burst = 0;

  add(name: string, now = Date.now()): void {
    const last = this.#times.at(-1) ?? now;
    this.#level = Math.max(0, this.#level - (now - last) / 1000) + 1;
    this.#burst = Math.max(this.#burst, this.#level);
    this.#total += 1;
    this.#byName.set(name, (this.#byName.get(name) ?? 0) + 1);
    this.#times.push(now);
    if (this.#times.length > KEPT) this.#times.splice(0, KEPT / 2);
    this.#most = {
      second: Math.max(this.#most.second, this.#within(now, 1000)),
      tenSeconds: Math.max(this.#most.tenSeconds, this.#within(now, 10_000)),
      minute: Math.max(this.#most.minute, this.#within(now, 60_000)),
    };
  }

  figures(): CallFigures {
    return {
      total: this.#total,
      byName: Object.fromEntries(this.#byName),
      most: { ...this.#most },
      burstAtOnePerSecond: this.#burst,
      times: this.#times.slice(-1000),
    };
  }

  clear(): void {
    this.#total = 0;
    this.#byName = new Map();
    this.#times = [];
    this.#most = { second: 0, tenSeconds: 0, minute: 0 };
    this.#level = 0;
    this.#burst = 0;
  }

  #within(now: number, span: number): number {
    let low = 0;
    let high = this.#times.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#times[middle] ?? 0) > now - span) high = middle;
      else low = middle + 1;
    }
    return this.#times.length - low;
  }
}
