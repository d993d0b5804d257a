import { extentOf, isInside } from '../../house/subtree.js';
import type { ApiCall } from '../api-service.js';
import { Refusal, resourceReply } from '../envelope.js';
import { checkFolderLimit, idsOf, presentItems, type ChangeParts } from './change.js';

/** POST /open/ufile/move: ids and pick codes stay, namesakes too (API document, 12). */
export function moveItems(parts: ChangeParts, { fields, exchange }: ApiCall): unknown {
  const { house, busy } = parts;
  const drive = parts.drive();
  const target = fields.get('to_cid') ?? '';
  const ids = idsOf(fields, 'file_ids');
  busy.admit('move', exchange);
  if (!drive.isDirectory(target) && !exchange.struck('move-dangling')) throw new Refusal(20009);
  const items = presentItems(drive, ids);
  if (items.length === 0) throw new Refusal(70005);
  if (items.some((item) => isInside(drive, target, item))) throw new Refusal(800006);
  const extent = extentOf(drive, items);
  if (extent.items > house.profile.current.itemsPerOperation) throw new Refusal(990023);
  const coming = items.filter((item) => item.parent !== target);
  checkFolderLimit(house, drive, target, coming.length);
  for (const { id } of coming) drive.move(id, target);
  busy.occupy('move', extent.items);
  return resourceReply([]);
}
