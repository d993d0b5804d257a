import type { Drive, DriveItem } from '../../house/drive.js';
import { copySubtree, extentOf, isInside } from '../../house/subtree.js';
import type { ApiCall } from '../api-service.js';
import { Refusal, resourceReply } from '../envelope.js';
import { birth, checkFolderLimit, checkSpace, idsOf, presentItems, type ChangeParts } from './change.js';
import { isTaken } from './names.js';

/** POST /open/ufile/copy: no new ids are told, and a fault lets the copies appear later (API document, 11). */
export function copyItems(parts: ChangeParts, { fields, exchange }: ApiCall): unknown {
  const { house, busy } = parts;
  const drive = parts.drive();
  const target = fields.get('pid') ?? '';
  const ids = idsOf(fields, 'file_id');
  busy.admit('copy', exchange);
  if (!drive.isDirectory(target)) throw new Refusal(20009);
  const present = presentItems(drive, ids);
  if (present.length === 0) throw new Refusal(70005);
  if (present.some((item) => isInside(drive, target, item))) throw new Refusal(91002);
  const items = fields.get('nodupli') === '1' ? withoutDuplicates(drive, target, present) : present;
  const extent = extentOf(drive, items);
  if (extent.items > house.profile.current.itemsPerOperation) throw new Refusal(91004);
  checkFolderLimit(house, drive, target, items.length);
  checkSpace(drive, exchange, extent.bytes);
  if (exchange.struck('copy-async')) {
    copyLater(parts, items, target, exchange.faultValue('copy-async'));
  } else {
    const options = birth(house, exchange);
    for (const item of items) copySubtree(drive, item, target, options);
    busy.occupy('copy', extent.items);
  }
  return resourceReply([]);
}

/** What has a namesake of its kind in the target is left out; nothing left is a refusal. */
function withoutDuplicates(drive: Drive, target: string, items: readonly DriveItem[]): readonly DriveItem[] {
  const left = items.filter((item) => !isTaken(drive, target, item.kind, item.name));
  if (left.length === 0) throw new Refusal(21003);
  return left;
}

function copyLater(
  { house, busy, work }: ChangeParts,
  items: readonly DriveItem[],
  target: string,
  each: number,
): void {
  const now = house.clock.now();
  items.forEach(({ id }, index) => work.add({ kind: 'copy', due: now + (index + 1) * each, id, target }));
  busy.occupy('copy', items.length, items.length * each);
}
