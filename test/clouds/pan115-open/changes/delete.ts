import { extentOf } from '../../house/subtree.js';
import type { ApiCall } from '../api-service.js';
import { Refusal, resourceReply } from '../envelope.js';
import { idsOf, presentItems, type ChangeParts } from './change.js';

/** POST /open/ufile/delete: into the recycle bin with everything below (API document, 13). */
export function deleteItems(parts: ChangeParts, { fields, exchange }: ApiCall): unknown {
  const { house, busy, work } = parts;
  const drive = parts.drive();
  const ids = idsOf(fields, 'file_ids');
  busy.admit('delete', exchange);
  const items = presentItems(drive, ids);
  if (items.length === 0) {
    if (exchange.struck('delete-gone-ok')) return resourceReply([]);
    throw new Refusal(231011);
  }
  const extent = extentOf(drive, items);
  if (extent.items > house.profile.current.itemsPerOperation) throw new Refusal(990023);
  if (exchange.struck('delete-slow')) {
    const duration = exchange.faultValue('delete-slow');
    const due = house.clock.now() + duration;
    work.add({ kind: 'remove', due, ids: items.map((item) => item.id) });
    busy.occupy('delete', extent.items, duration);
  } else {
    for (const { id } of items) drive.remove(id, house.clock.seconds());
    busy.occupy('delete', extent.items);
  }
  return resourceReply([]);
}
