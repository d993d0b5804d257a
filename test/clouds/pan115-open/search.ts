import { ROOT, type Drive, type DriveItem } from '../house/drive.js';
import { extensionOf } from '../house/identity.js';
import type { ApiCall } from './api-service.js';
import { Refusal } from './envelope.js';
import { isOfType } from './file-types.js';
import { pageSize, whole } from './list-query.js';

const LARGEST_PAGE = 1150;
const LAST_RESULT = 10_000;

/** GET /open/ufile/search at a time of the cloud's clock, in ms (API document, 14). */
export async function search(drive: Drive, now: number, { fields }: ApiCall): Promise<unknown> {
  const limit = pageSize(fields, LARGEST_PAGE);
  const offset = whole(fields, 'offset', 0);
  if ((fields.get('search_value') ?? '') === '') throw new Refusal(40100000);
  if (offset + limit > LAST_RESULT) throw new Refusal(990002);
  const found = (await matches(drive, fields)).filter((item) => item.foundFrom <= now);
  const page = found.slice(offset, offset + limit);
  return {
    count: found.length,
    data: await Promise.all(page.map((item) => foundItem(drive, item))),
    limit,
    offset,
    state: true,
    message: '',
    code: 0,
  };
}

async function matches(drive: Drive, fields: URLSearchParams): Promise<readonly DriveItem[]> {
  const cid = fields.get('cid') ?? ROOT;
  if (cid === '-1') return [];
  // The index knows no labels but what items carry, and none of these items carries one.
  if ((fields.get('file_label') ?? '') !== '') return [];
  const wanted = (fields.get('search_value') ?? '').toLowerCase();
  const bySha1 = /^[0-9a-f]{40}$/.test(wanted);
  const found: DriveItem[] = [];
  for (const item of drive.descendants(drive.isDirectory(cid) ? cid : ROOT)) {
    const hit =
      item.name.toLowerCase().includes(wanted) ||
      (bySha1 && item.kind === 'file' && (await drive.sha1(item)).toLowerCase() === wanted);
    if (hit && passes(item, fields)) found.push(item);
  }
  return found;
}

function passes(item: DriveItem, fields: URLSearchParams): boolean {
  const kind = fields.get('fc') ?? '';
  if ((kind === '1' && item.kind === 'file') || (kind === '2' && item.kind === 'directory')) return false;
  const suffix = (fields.get('suffix') ?? '').replace(/^\./, '').toLowerCase();
  const type = whole(fields, 'type', 0);
  const filtered = suffix !== '' || type > 0;
  if (filtered && item.kind === 'directory') return false;
  if (
    suffix === '' ? !isOfType(item.name, item.kind === 'file' ? type : 0) : extensionOf(item.name) !== suffix
  ) {
    return false;
  }
  const day = new Date(item.modified * 1000).toISOString().slice(0, 10);
  return day >= (fields.get('gte_day') ?? '') && day <= (fields.get('lte_day') || '9999');
}

async function foundItem(drive: Drive, item: DriveItem): Promise<unknown> {
  return {
    file_id: item.id,
    user_id: drive.userId,
    sha1: item.kind === 'file' ? await drive.sha1(item) : '',
    file_name: item.name,
    file_size: String(item.size),
    user_ptime: String(item.created),
    user_utime: String(item.modified),
    pick_code: item.pickCode,
    parent_id: item.parent,
    area_id: '1',
    is_private: 0,
    file_category: item.kind === 'file' ? '1' : '0',
    ico: item.kind === 'file' ? extensionOf(item.name) : '',
  };
}
