import type { DownloadLink, Driver, LinkOptions } from '../../../src/driver/driver.js';
import type { FileEntry } from '../../../src/driver/entry.js';
import type { Call } from '../../../src/lib/call.js';
import type { FsError } from '../../../src/lib/errors.js';
import type { FakeClock } from '../../fakes/fake-clock.js';
import { FakeDriver } from './fake-cloud.js';

/** A call for the links of several files, as the fake cloud saw it. */
export interface SeenBatch {
  readonly ids: readonly string[];
  readonly call: Call;
  readonly options: LinkOptions | undefined;
}

/** A cloud that gives the links of several files in one call, beside those of one. */
export class BatchCloud {
  readonly single: FakeDriver;
  readonly batches: SeenBatch[] = [];
  /** Milliseconds that a batch takes. */
  delay = 50;
  failure: FsError | null = null;
  /** Files for which a batch has no link. */
  readonly missing = new Set<string>();
  readonly driver: Driver;
  readonly #clock: FakeClock;

  constructor(clock: FakeClock, limit: number) {
    this.#clock = clock;
    this.single = new FakeDriver(clock);
    this.driver = {
      ...this.single.driver,
      links: { limit, links: (files, call, options) => this.#links(files, call, options) },
    };
  }

  /** The files of each batch. */
  get asked(): readonly (readonly string[])[] {
    return this.batches.map(({ ids }) => ids);
  }

  /** The files whose link was asked for alone. */
  get askedAlone(): readonly string[] {
    return this.single.asked.map(({ id }) => id);
  }

  async #links(
    files: readonly FileEntry[],
    call: Call,
    options: LinkOptions | undefined,
  ): Promise<ReadonlyMap<string, DownloadLink>> {
    const nth = this.batches.push({ ids: files.map(({ id }) => id), call, options });
    await this.#clock.sleep(this.delay, call.signal);
    if (this.failure !== null) throw this.failure;
    const given = files.filter(({ id }) => !this.missing.has(id));
    return new Map(given.map((file) => [file.id, this.#linkTo(file, nth)]));
  }

  #linkTo(file: FileEntry, nth: number): DownloadLink {
    return {
      url: `https://cdn.test/${file.id}?batch=${nth}`,
      headers: { 'user-agent': 'driver' },
      expiresAt: this.#clock.now() + 3_600_000,
      maxConnections: 2,
      size: this.single.linkSize(file),
    };
  }
}
