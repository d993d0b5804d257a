import type { DriveItem } from '../house/drive.js';
import type { Exchange } from '../house/exchange.js';
import type { ListQuery } from './list-query.js';

/** The page that was asked for, spoiled by the faults that strike. */
export function spoiledPage(
  exchange: Exchange,
  all: readonly DriveItem[],
  { limit, offset }: ListQuery,
): { readonly items: readonly DriveItem[]; readonly count: number } {
  const page = all.slice(offset, offset + limit);
  if (exchange.struck('list-empty-with-count')) return { items: [], count: Math.max(1, all.length) };
  if (offset > 0 && exchange.struck('list-page-repeated')) {
    return { items: all.slice(Math.max(0, offset - limit), offset), count: all.length };
  }
  if (page.length > 0 && exchange.struck('list-page-missing-entry')) {
    return { items: page.toSpliced(Math.floor(page.length / 2), 1), count: all.length };
  }
  if (exchange.struck('list-count-moves')) {
    return { items: page, count: all.length + exchange.faultValue('list-count-moves') };
  }
  return { items: page, count: all.length };
}
