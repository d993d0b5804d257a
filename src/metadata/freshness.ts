/** How long what was listed is believed without asking. All durations are milliseconds. */
export interface FreshnessOptions {
  /** How long a listing is fresh. */
  readonly listingTtl: number;
  /** The same for a directory whose content had changed when it was last listed again. */
  readonly changedTtl: number;
  /** The age from which a missing name makes even a fresh listing be asked again. */
  readonly negativeTtl: number;
}

/** When a listing was made and until when it is believed; milliseconds since the epoch. */
export interface ListingHeader {
  readonly listedAt: number;
  readonly expiresAt: number;
  /** Listings of one drive in the order in which they were begun; the newer is right where two disagree. */
  readonly sequence: number;
}

/** A fifth more or less, so that what was listed together does not expire together. */
const JITTER = 0.2;

/** The time over which a listing is fresh; `fraction` is random, at least 0 and below 1. */
export function lifetime(ttl: number, fraction: number): number {
  return Math.round(ttl * (1 - JITTER + 2 * JITTER * fraction));
}

/** Whether present names are right without asking. A listing from the future means that the clock was set back. */
export function isFresh(header: ListingHeader, now: number): boolean {
  return header.listedAt <= now && now < header.expiresAt;
}

/** Whether a name that is missing from the listing is believed not to exist. */
export function believesAbsence(header: ListingHeader, now: number, negativeTtl: number): boolean {
  return isFresh(header, now) && now < header.listedAt + negativeTtl;
}
