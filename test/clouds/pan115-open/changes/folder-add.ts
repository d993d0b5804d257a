import type { ApiCall } from '../api-service.js';
import { Refusal, resourceReply } from '../envelope.js';
import { birth, checkFolderLimit, type ChangeParts } from './change.js';
import { changedName, checkName, isTaken } from './names.js';

/** POST /open/folder/add (API document, 9). */
export function addFolder({ house, drive: current }: ChangeParts, { fields, exchange }: ApiCall): unknown {
  const drive = current();
  const name = fields.get('file_name') ?? '';
  const parent = fields.get('pid') ?? '';
  checkName(name, 'characters');
  if (!drive.isDirectory(parent)) throw new Refusal(20009);
  if (isTaken(drive, parent, 'directory', name)) throw new Refusal(20004);
  checkFolderLimit(house, drive, parent, 1);
  const folder = drive.addDirectory(parent, changedName(name, exchange), birth(house, exchange));
  return resourceReply({ file_name: folder.name, file_id: folder.id });
}
