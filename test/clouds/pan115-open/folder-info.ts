import type { Drive, DriveItem } from '../house/drive.js';
import type { ApiCall } from './api-service.js';
import { Refusal, resourceReply } from './envelope.js';

/** GET or POST /open/folder/get_info at a time of the cloud's clock, in ms (API document, 8). */
export async function folderInfo(drive: Drive, now: number, { fields, exchange }: ApiCall): Promise<unknown> {
  const item = find(drive, now, fields);
  if (item === null) {
    if (exchange.struck('info-empty')) return resourceReply([]);
    throw new Refusal(430004);
  }
  const zero = exchange.struck('info-zero-time');
  const info = { ...(await infoOf(drive, item)), ...(zero ? { ptime: '0', utime: '0' } : {}) };
  return resourceReply(exchange.struck('data-array') ? [info] : info);
}

/** By its id it is there at once, by its path as late as in a list. */
function find(drive: Drive, now: number, fields: URLSearchParams): DriveItem | null {
  const id = fields.get('file_id') ?? '';
  const path = fields.get('path') ?? '';
  if (id === '' && path === '') throw new Refusal(990002);
  const item = id === '' ? drive.resolve(namesOf(path)) : drive.item(id);
  if (id === '' && (item?.listedFrom ?? 0) > now) return null;
  return item === null || drive.isDeleted(item) ? null : item;
}

/** The first character says which separator the path uses. */
function namesOf(path: string): readonly string[] {
  const separator = path.charAt(0);
  if (separator !== '/' && separator !== '>') throw new Refusal(990002);
  return path.split(separator).filter((name) => name !== '');
}

async function infoOf(drive: Drive, item: DriveItem): Promise<Readonly<Record<string, unknown>>> {
  const below = item.kind === 'file' ? [] : [...drive.descendants(item.id)];
  const files = item.kind === 'file' ? [item] : below.filter((one) => one.kind === 'file');
  const size = files.reduce((sum, file) => sum + file.size, 0);
  return {
    count: files.length,
    size: formatSize(size),
    size_byte: size,
    folder_count: below.length - (item.kind === 'file' ? 0 : files.length),
    play_long: 0,
    show_play_long: 0,
    ptime: String(item.created),
    utime: String(item.modified),
    file_name: item.name,
    pick_code: item.pickCode,
    sha1: item.kind === 'file' ? await drive.sha1(item) : '',
    file_id: item.id,
    is_mark: item.starred ? '1' : '0',
    open_time: item.modified,
    file_category: item.kind === 'file' ? '1' : '0',
    paths: [
      { file_id: '0', file_name: '根目录' },
      ...drive
        .ancestors(item)
        .reverse()
        .map((above) => ({ file_id: above.id, file_name: above.name })),
    ],
  };
}

const UNITS = ['B', 'KB', 'MB', 'GB', 'TB', 'PB'];

/** Bytes for people, as 115 writes them: "2.00MB". */
export function formatSize(bytes: number): string {
  const unit = bytes < 1 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log2(bytes) / 10));
  return `${(bytes / 1024 ** unit).toFixed(unit === 0 ? 0 : 2)}${UNITS[unit] ?? ''}`;
}
