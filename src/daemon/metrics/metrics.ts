import { Counter, Gauge, type Registry } from 'prom-client';
import { ACCOUNT_SERIES } from './account-series.js';
import { DRIVE_SERIES } from './drive-series.js';
import { MOUNT_SERIES } from './mount-series.js';
import { OperationTimes } from './operation-times.js';
import { PROCESS_SERIES } from './process-series.js';
import { READING_SERIES } from './reading-series.js';
import type { Series, Snapshot } from './series.js';

const ALL = [...PROCESS_SERIES, ...MOUNT_SERIES, ...READING_SERIES, ...ACCOUNT_SERIES, ...DRIVE_SERIES];

/** The figures of the daemon for Prometheus: read from what is counted anyway, and only when somebody asks. */
export class Metrics {
  readonly #register: Registry;
  readonly #look: () => Promise<Snapshot>;
  #now: Snapshot | null = null;

  private constructor(register: Registry, look: () => Promise<Snapshot>) {
    this.#register = register;
    this.#look = look;
  }

  /** Adds them to a registry that may hold others already. */
  static create(register: Registry, look: () => Promise<Snapshot>): Metrics {
    const metrics = new Metrics(register, look);
    for (const series of ALL) metrics.#add(series);
    register.registerMetric(new OperationTimes(() => metrics.#now?.mounts ?? []));
    return metrics;
  }

  /** The media type of the text. */
  get type(): string {
    return this.#register.contentType;
  }

  /** Everything as it is now. */
  async text(): Promise<string> {
    this.#now = await this.#look();
    return await this.#register.metrics();
  }

  #add({ name, kind, help, labels, read }: Series): void {
    const samples = (): ReturnType<Series['read']> => (this.#now === null ? [] : read(this.#now));
    const shared = { name: `panfuse_${name}`, help, labelNames: [...labels], registers: [this.#register] };
    if (kind === 'gauge') {
      new Gauge({
        ...shared,
        collect() {
          this.reset();
          for (const { labels: given, value } of samples()) this.set(given, value);
        },
      });
      return;
    }
    new Counter({
      ...shared,
      collect() {
        this.reset();
        for (const { labels: given, value } of samples()) this.inc(given, value);
      },
    });
  }
}
