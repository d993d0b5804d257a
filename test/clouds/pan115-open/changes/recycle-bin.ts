import { ROOT, type Drive, type DriveItem } from '../../house/drive.js';
import { extensionOf } from '../../house/identity.js';
import { extentOf } from '../../house/subtree.js';
import type { ApiCall } from '../api-service.js';
import { Refusal, resourceReply } from '../envelope.js';
import { isVideo } from '../file-types.js';
import { pageSize, whole } from '../list-query.js';
import { idsOf, type ChangeParts } from './change.js';

const LARGEST_PAGE = 200;
const USUAL_PAGE = 30;
const MOST_IDS = 1150;

/** GET /open/rb/list: counters and one key an entry in one object (API document, 15). */
export async function listBin(drive: Drive, { fields }: ApiCall): Promise<unknown> {
  const limit = pageSize(fields, LARGEST_PAGE, USUAL_PAGE);
  const offset = whole(fields, 'offset', 0);
  const all = drive.trash();
  const entries: (readonly [string, unknown])[] = [];
  for (const item of all.slice(offset, offset + limit)) entries.push(await binEntry(drive, item));
  return resourceReply({
    offset,
    limit,
    count: String(all.length),
    rb_pass: 0,
    ...Object.fromEntries(entries),
  });
}

async function binEntry(drive: Drive, item: DriveItem): Promise<readonly [string, unknown]> {
  const id = item.trash?.id ?? item.id;
  const file = item.kind === 'file';
  const entry = {
    id,
    file_name: item.name,
    type: file ? '1' : '2',
    file_size: String(item.size),
    dtime: String(item.trash?.at ?? 0),
    thumb_url: '',
    status: '0',
    cid: item.parent,
    parent_name: drive.item(item.parent)?.name ?? '根目录',
    pick_code: item.pickCode,
    sha1: file ? await drive.sha1(item) : '',
    ico: file ? extensionOf(item.name) : '',
    isv: isVideo(item.name) ? 1 : 0,
  };
  return [id, entry];
}

/** POST /open/rb/revert: an outcome for each id (API document, 15). */
export function restoreFromBin(parts: ChangeParts, { fields, exchange }: ApiCall): unknown {
  const drive = parts.drive();
  const ids = binIds(fields);
  parts.busy.admit('restore', exchange);
  const byBinId = deletedItems(drive);
  const restored: DriveItem[] = [];
  const outcomes = ids.map((id) => {
    const item = byBinId.get(id);
    const refusal = refusalToRestore(parts, drive, item);
    if (refusal !== null || item === undefined) {
      return [id, { state: false, error: refusal?.message ?? '', errno: refusal?.code ?? 0 }] as const;
    }
    drive.restore(item.id);
    restored.push(item);
    return [id, { state: true, error: '', errno: 0 }] as const;
  });
  parts.busy.occupy('restore', extentOf(drive, restored).items);
  return resourceReply(Object.fromEntries(outcomes));
}

/** The codes of a parent that is gone and of an unknown id are not documented (corrections, 10). */
function refusalToRestore({ house }: ChangeParts, drive: Drive, item: DriveItem | undefined): Refusal | null {
  if (item === undefined) return new Refusal(70005);
  if (!drive.isDirectory(item.parent)) return new Refusal(800001);
  const entries = drive.children(item.parent).length;
  return entries >= house.profile.current.entriesPerFolder ? new Refusal(2) : null;
}

/** POST /open/rb/del: for good; without ids the whole bin (API document, 15). */
export function emptyBin(parts: ChangeParts, { fields, exchange }: ApiCall): unknown {
  const drive = parts.drive();
  const all = (fields.get('tid') ?? '') === '';
  const ids = all ? drive.trash().flatMap(({ trash }) => trash?.id ?? []) : binIds(fields);
  parts.busy.admit('delete', exchange);
  const byBinId = deletedItems(drive);
  for (const id of ids) {
    const item = byBinId.get(id);
    // What lies in a folder that was purged a moment ago went with it.
    if (item !== undefined && drive.item(item.id) !== null) drive.purge(item.id);
  }
  return resourceReply([]);
}

function binIds(fields: URLSearchParams): readonly string[] {
  const ids = idsOf(fields, 'tid');
  if (ids.length > MOST_IDS) throw new Refusal(990002);
  return ids;
}

function deletedItems(drive: Drive): ReadonlyMap<string, DriveItem> {
  return new Map(drive.trash().map((item) => [item.trash?.id ?? ROOT, item]));
}
