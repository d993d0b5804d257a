import type { CloudClock } from '../house/cloud-clock.js';
import type { ProfileSettings } from '../house/profiles.js';

const UTC_PLUS_8 = 8 * 3_600_000;

/** Rate and daily budget over all resource calls of the account (API document, 5), in the cloud's time. */
export class CallLimits {
  readonly #clock: CloudClock;
  readonly #profile: ProfileSettings;
  #tokens: number | null = null;
  #filledAt = 0;
  #blockedUntil = 0;
  #day = '';
  #today = 0;

  constructor(clock: CloudClock, profile: ProfileSettings) {
    this.#clock = clock;
    this.#profile = profile;
  }

  /** Counts one call. Answers the code it is refused with, or null. While blocked, each call prolongs the block. */
  admit(): 406 | 770004 | null {
    const now = this.#clock.now();
    const { apiPerDay, apiPerSecond, apiBlock } = this.#profile.current;
    if (this.#countToday(now) > (apiPerDay ?? Infinity)) return 406;
    if (apiPerSecond === null) return null;
    if (now < this.#blockedUntil || !this.#takeToken(now, apiPerSecond)) {
      this.#blockedUntil = now + apiBlock;
      return 770004;
    }
    return null;
  }

  /** Milliseconds for which calls are still refused. */
  blockedFor(): number {
    return Math.max(0, this.#blockedUntil - this.#clock.now());
  }

  /** Forgives everything: full burst, no block, a fresh day. */
  reset(): void {
    this.#tokens = null;
    this.#blockedUntil = 0;
    this.#today = 0;
  }

  #countToday(now: number): number {
    const day = new Date(now + UTC_PLUS_8).toISOString().slice(0, 10);
    this.#today = day === this.#day ? this.#today + 1 : 1;
    this.#day = day;
    return this.#today;
  }

  #takeToken(now: number, perSecond: number): boolean {
    const { apiBurst } = this.#profile.current;
    const gained = (Math.max(0, now - this.#filledAt) / 1000) * perSecond;
    const tokens = Math.min(apiBurst, (this.#tokens ?? apiBurst) + gained);
    this.#filledAt = now;
    const taken = tokens >= 1;
    this.#tokens = taken ? tokens - 1 : tokens;
    return taken;
  }
}
