import type { LookupAddress, LookupAllOptions } from 'node:dns';
import { isIPv6, type LookupFunction } from 'node:net';
import type { Clock } from '../lib/env.js';

/** Asks the system for every address of a host. */
export type Resolver = (host: string, options: LookupAllOptions) => Promise<readonly LookupAddress[]>;

export interface LookupCacheOptions {
  /** Milliseconds for which an answer is used again. */
  readonly ttl: number;
  /** Addresses that are never asked for: host → IP address. */
  readonly fixed: Readonly<Record<string, string>>;
}

interface Answer {
  readonly addresses: readonly LookupAddress[];
  readonly until: number;
}

/**
 * Host names to addresses, asked once at a time and kept for a while: system look-ups occupy the thread pool
 * that file reads and the database need too. While the name server fails, an old answer stands.
 */
export class LookupCache {
  readonly #clock: Clock;
  readonly #resolve: Resolver;
  readonly #options: LookupCacheOptions;
  readonly #answers = new Map<string, Answer>();
  readonly #asking = new Map<string, Promise<readonly LookupAddress[]>>();

  constructor(clock: Clock, resolve: Resolver, options: LookupCacheOptions) {
    this.#clock = clock;
    this.#resolve = resolve;
    this.#options = options;
  }

  /** In the form that node:net takes. */
  readonly lookup: LookupFunction = (host, options, callback) => {
    this.#addresses(host, { ...options, family: familyOf(options.family), all: true }).then(
      (addresses) => {
        const [first] = addresses;
        if (options.all === true) callback(null, [...addresses]);
        else if (first === undefined) callback(notFound(host), '');
        else callback(null, first.address, first.family);
      },
      (error: unknown) => callback(error as NodeJS.ErrnoException, ''),
    );
  };

  async #addresses(host: string, options: LookupAllOptions): Promise<readonly LookupAddress[]> {
    const fixed = this.#options.fixed[host];
    if (fixed !== undefined) return [{ address: fixed, family: isIPv6(fixed) ? 6 : 4 }];
    const key = `${host} ${String(options.family)} ${String(options.hints)}`;
    const known = this.#answers.get(key);
    if (known !== undefined && this.#clock.monotonic() < known.until) return known.addresses;
    try {
      return await this.#ask(key, host, options);
    } catch (error) {
      if (known !== undefined) return known.addresses;
      throw error;
    }
  }

  #ask(key: string, host: string, options: LookupAllOptions): Promise<readonly LookupAddress[]> {
    const running = this.#asking.get(key);
    if (running !== undefined) return running;
    const asking = this.#resolve(host, options)
      .then((addresses) => {
        this.#answers.set(key, { addresses, until: this.#clock.monotonic() + this.#options.ttl });
        return addresses;
      })
      .finally(() => this.#asking.delete(key));
    this.#asking.set(key, asking);
    return asking;
  }
}

function familyOf(family: number | string | undefined): 0 | 4 | 6 {
  if (family === 4 || family === 'IPv4') return 4;
  return family === 6 || family === 'IPv6' ? 6 : 0;
}

function notFound(host: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`no address for ${host}`), { code: 'ENOTFOUND' });
}
