import type { Endpoints } from '../api-service.js';
import type { ChangeParts } from './change.js';
import { copyItems } from './copy.js';
import { deleteItems } from './delete.js';
import { addFolder } from './folder-add.js';
import { moveItems } from './move.js';
import { emptyBin, listBin, restoreFromBin } from './recycle-bin.js';
import { updateItem } from './update.js';

/** Calls that change the tree and the recycle bin (API document, 9 to 13 and 15). */
export function changeEndpoints(parts: ChangeParts): Endpoints {
  return {
    'POST /open/folder/add': (call) => addFolder(parts, call),
    'POST /open/ufile/update': (call) => updateItem(parts, call),
    'POST /open/ufile/copy': (call) => copyItems(parts, call),
    'POST /open/ufile/move': (call) => moveItems(parts, call),
    'POST /open/ufile/delete': (call) => deleteItems(parts, call),
    'GET /open/rb/list': (call) => listBin(parts.drive(), call),
    'POST /open/rb/revert': (call) => restoreFromBin(parts, call),
    'POST /open/rb/del': (call) => emptyBin(parts, call),
  };
}

/** The calls whose answer a fault loses although they were carried out. */
export const CHANGES: ReadonlySet<string> = new Set(
  ['folder/add', 'ufile/update', 'ufile/copy', 'ufile/move', 'ufile/delete', 'rb/revert', 'rb/del'].map(
    (call) => `/open/${call}`,
  ),
);
