import type { Drive, DriveItem } from '../../house/drive.js';
import type { ApiCall } from '../api-service.js';
import { Refusal, resourceReply } from '../envelope.js';
import type { ChangeParts } from './change.js';
import { changedName, checkConflict, checkName, isTaken, withExtensionOf } from './names.js';

/** POST /open/ufile/update: rename and star (API document, 10). Succeeds for what is gone, too. */
export function updateItem({ house, drive: current }: ChangeParts, { fields, exchange }: ApiCall): unknown {
  const drive = current();
  const id = fields.get('file_id') ?? '';
  if (!/^[1-9]\d*$/.test(id)) throw new Refusal(990002);
  const name = fields.get('file_name');
  const star = fields.get('star') ?? '';
  if (name !== null) checkName(name, 'bytes');
  if (!/^[01]?$/.test(star)) throw new Refusal(990002);
  const item = drive.item(id);
  if (item === null || drive.isDeleted(item)) {
    return resourceReply({ file_name: name ?? item?.name ?? '', star: star === '1' ? '1' : '0' });
  }
  if (name !== null) rename(drive, item, name, { house, call: { fields, exchange } });
  if (star !== '') drive.star(id, star === '1');
  return resourceReply({ file_name: item.name, star: item.starred ? '1' : '0' });
}

function rename(
  drive: Drive,
  item: DriveItem,
  name: string,
  { house, call }: Pick<ChangeParts, 'house'> & { readonly call: Omit<ApiCall, 'login'> },
): void {
  if (item.kind === 'directory' && isTaken(drive, item.parent, 'directory', name, item.id)) {
    throw new Refusal(20004);
  }
  if (item.kind === 'file') checkConflict(drive, call.exchange, item.parent, name, item.id);
  const kept =
    item.kind === 'file' && call.exchange.struck('rename-keeps-extension')
      ? withExtensionOf(item.name, name)
      : name;
  drive.rename(item.id, changedName(kept, call.exchange), house.clock.seconds());
}
