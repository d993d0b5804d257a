import type { Call } from '../../lib/call.js';
import { FsError, notFound } from '../../lib/errors.js';
import type { Logger } from '../../lib/env.js';
import type { Entry } from '../../driver/entry.js';
import type { ItemInfo, ListItem, ListOrder, ListPage, ListRequest } from './api.js';
import { ROOT_ID, entryOfListItem } from './entries.js';
import { ORDER_NOT_SUPPORTED, cloudCode } from './errors.js';

/** How often a listing that was disturbed begins anew before it is given up (115-open.md, corrections 4). */
const RESTARTS = 2;

/** Entries a call where a big page is refused (§7.4). */
const SMALL_PAGE = 200;

/** A stable order first: entries must not move between pages. */
const ORDERS: readonly ListOrder[] = ['file_name', 'user_utime', null];

/** The calls that a listing makes. */
export interface ListingCalls {
  list(request: ListRequest, call: Call): Promise<ListPage>;
  /** Null when the folder is gone. */
  info(id: string, call: Call): Promise<ItemInfo | null>;
}

type Pass =
  | { readonly kind: 'whole'; readonly items: readonly ListItem[] }
  | { readonly kind: 'otherFolder' }
  | { readonly kind: 'disturbed'; readonly why: string };

/**
 * One listing of one folder (§7). The cloud gives no snapshot, so nothing is handed out before the listing is known
 * to be whole: a restart could not take back what it gave. Until then each page that arrives yields an empty one,
 * which tells a waiting caller that the listing goes on.
 */
export class Listing {
  readonly #calls: ListingCalls;
  readonly #log: Logger;
  readonly #cid: string;
  readonly #call: Call;
  #pageSize: number;
  #orders = ORDERS;

  constructor(calls: ListingCalls, log: Logger, cid: string, pageSize: number, call: Call) {
    this.#calls = calls;
    this.#log = log;
    this.#cid = cid;
    this.#pageSize = pageSize;
    this.#call = call;
  }

  /**
   * Rejects with ENOENT when the folder is gone; with EIO when the listing is refused, answers for another folder,
   * or is not whole after two restarts.
   */
  async *pages(): AsyncGenerator<readonly Entry[], void> {
    let why = '';
    for (let pass = 0; pass <= RESTARTS; pass += 1) {
      const outcome = yield* this.#pass();
      if (outcome.kind === 'whole') {
        yield* this.#entries(outcome.items);
        return;
      }
      if (outcome.kind === 'otherFolder') await this.#mustExist();
      why = outcome.kind === 'disturbed' ? outcome.why : 'the cloud answered for another folder';
      this.#log.debug(`listing disturbed: ${why}`, { folder: this.#cid, pass });
    }
    const words = `115 Open: ufile/files: folder ${this.#cid}: ${why}, ${RESTARTS + 1} times in a row`;
    throw new FsError('EIO', words, { reason: 'reply' });
  }

  async *#pass(): AsyncGenerator<readonly Entry[], Pass> {
    const items = new Map<string, ListItem>();
    let count: number | null = null;
    let offset = 0;
    for (;;) {
      const page = await this.#page(offset);
      if (!isListingOf(page, this.#cid)) return { kind: 'otherFolder' };
      if (count !== null && page.count !== count) {
        return { kind: 'disturbed', why: `the number of entries went from ${count} to ${page.count}` };
      }
      count = page.count;
      offset += page.data.length;
      const known = items.size;
      for (const item of page.data) items.set(item.fid, item);
      // A page without anything new would be asked for again and again while an entry is missing.
      if (offset >= count || items.size === known) return wholeOrNot([...items.values()], count);
      yield [];
    }
  }

  async #page(offset: number): Promise<ListPage> {
    for (;;) {
      const order = this.#orders[0] ?? null;
      try {
        return await this.#calls.list({ cid: this.#cid, offset, limit: this.#pageSize, order }, this.#call);
      } catch (error) {
        if (!this.#askDifferently(error)) throw error;
      }
    }
  }

  /** Whether there is another way to ask for what was refused. */
  #askDifferently(error: unknown): boolean {
    if (cloudCode(error) === ORDER_NOT_SUPPORTED && this.#orders.length > 1) {
      this.#orders = this.#orders.slice(1);
      return true;
    }
    if (this.#pageSize <= SMALL_PAGE || !mayBePageSize(error)) return false;
    this.#log.debug('page refused, asking for a smaller one', { folder: this.#cid, size: SMALL_PAGE });
    this.#pageSize = SMALL_PAGE;
    return true;
  }

  /** A folder that does not exist lists the root (§7.5): only folder/get_info tells that from a fault. */
  async #mustExist(): Promise<void> {
    if (this.#cid === ROOT_ID || (await this.#calls.info(this.#cid, this.#call)) !== null) return;
    throw notFound(`115 Open: folder ${this.#cid}`);
  }

  *#entries(items: readonly ListItem[]): Generator<readonly Entry[], void> {
    for (let start = 0; start < items.length; start += this.#pageSize) {
      const page = items
        .slice(start, start + this.#pageSize)
        .map((item) => entryOfListItem(item, this.#cid))
        .filter((entry) => entry !== null);
      if (page.length > 0) yield page;
    }
  }
}

/** Whether the page is about this folder; the cloud lists the root for a folder that it does not know (§7.5). */
export function isListingOf(page: ListPage, cid: string): boolean {
  const last = page.path.at(-1)?.cid;
  if (page.cid === undefined && last === undefined) return false;
  return (page.cid ?? cid) === cid && (last ?? cid) === cid;
}

function wholeOrNot(items: readonly ListItem[], count: number): Pass {
  if (items.length >= count) return { kind: 'whole', items };
  return { kind: 'disturbed', why: `${items.length} of ${count} entries came` };
}

function mayBePageSize(error: unknown): boolean {
  return (
    error instanceof FsError &&
    (error.errno === 'EIO' || error.errno === 'EINVAL') &&
    (error.reason === 'refused' || error.reason === 'reply')
  );
}
