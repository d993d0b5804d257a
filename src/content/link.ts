import type { DownloadLink, Driver, LinkOptions } from '../driver/driver.js';
import type { FileEntry } from '../driver/entry.js';

/** A download link as it is kept across restarts. */
export interface StoredLink extends DownloadLink {
  /** Milliseconds since the epoch. */
  readonly fetchedAt: number;
}

/** A link that is in use; a renewal makes another one with the same key. */
export interface Link extends StoredLink {
  readonly key: string;
}

/** Whose links: an account, and the driver that asks for them. */
export interface LinkSource {
  readonly account: string;
  readonly driver: Driver;
  /** Whether the account has calls to spare for links that nobody waits for; always by default. */
  readonly spare?: () => boolean;
}

/** Whose link: everything it depends on. */
export interface LinkOwner extends LinkSource {
  readonly file: FileEntry;
  /** Somebody outside fetches it. Nothing is read here with such a link: its connections are not ours to count. */
  readonly handedTo?: LinkReceiver;
}

/** Who fetches a link outside. */
export interface LinkReceiver extends LinkOptions {
  /** Where it asks from: two who watch one film with one player need the connections of two links. */
  readonly address?: string;
}
