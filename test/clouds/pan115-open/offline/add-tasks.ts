import { expectedBytes } from '../../house/content.js';
import { ROOT, type Drive } from '../../house/drive.js';
import type { House } from '../../house/service.js';
import type { ApiCall } from '../api-service.js';
import { messageOf, Refusal, resourceReply } from '../envelope.js';
import { readLink } from './links.js';
import type { OfflineFile, OfflineTask, OfflineTasks } from './offline-tasks.js';
import { readTorrent, type Torrent } from './torrent.js';

const LARGEST_TORRENT = 10 * 1024 * 1024;
const CLOUD_DOWNLOAD = '云下载';

/** What the calls of offline download work on. */
export interface OfflineParts {
  readonly house: House;
  readonly drive: () => Drive;
  /** With everything done that is due by now. */
  readonly tasks: () => OfflineTasks;
}

/** POST /open/offline/add_task_urls: an outcome for each line. */
export function addUrls(parts: OfflineParts, call: ApiCall): unknown {
  const urls = (call.fields.get('urls') ?? '')
    .split('\n')
    .map((url) => url.trim())
    .filter((url) => url !== '');
  if (urls.length === 0) throw new Refusal(1001);
  const folder = targetFolder(parts.drive(), call.fields);
  return resourceReply(urls.map((url) => addUrl(parts, call, url, folder)));
}

function addUrl(parts: OfflineParts, call: ApiCall, url: string, folder: string): unknown {
  const linked = readLink(url);
  const refusal = linked === null ? 10004 : refusalOf(parts, linked.infoHash);
  if (linked === null || refusal !== null) {
    const code = refusal ?? 10004;
    return { state: false, code, message: messageOf(code), url };
  }
  const { infoHash, name, size, kind } = linked;
  const path = kind === 'directory' ? `${flat(name)}/${flat(name)}.mkv` : flat(name);
  addTask(parts, call, { infoHash, url, name, folder, files: [{ path, size }] });
  return { state: true, code: 0, message: '', info_hash: infoHash, url };
}

/** A name with a separator would be taken for a path. */
function flat(name: string): string {
  return name.replaceAll('/', '_');
}

function refusalOf({ house, tasks }: OfflineParts, infoHash: string): 10008 | 10010 | null {
  if (tasks().find(infoHash) !== null) return 10008;
  return tasks().used >= house.profile.current.offlineTasks ? 10010 : null;
}

function addTask(
  { house, tasks }: OfflineParts,
  { exchange }: ApiCall,
  task: Pick<OfflineTask, 'files' | 'folder' | 'infoHash' | 'name' | 'url'>,
): void {
  const stuck = exchange.struck('offline-stuck');
  const fate = stuck ? 'stuck' : exchange.struck('offline-fails') ? 'failed' : 'done';
  const duration = house.profile.current.offlineDuration;
  tasks().add({ ...task, fate, duration, added: house.clock.now() });
}

/** The folder asked for; without one 云下载, made when it is missing. Throws 10014 when there is none such. */
function targetFolder(drive: Drive, fields: URLSearchParams): string {
  const asked = fields.get('wp_path_id') ?? '';
  if (asked !== '' && !drive.isDirectory(asked)) throw new Refusal(10014);
  if (asked !== '') return asked;
  const known = drive
    .children(ROOT)
    .find((item) => item.kind === 'directory' && item.name === CLOUD_DOWNLOAD);
  return (known ?? drive.addDirectory(ROOT, CLOUD_DOWNLOAD, { system: true })).id;
}

/** POST /open/offline/torrent: what a torrent file in the drive holds. */
export async function parseTorrent(parts: OfflineParts, { fields }: ApiCall): Promise<unknown> {
  const { infoHash, name, files } = await torrentOf(parts.drive(), fields);
  return resourceReply({
    file_size: files.reduce((sum, file) => sum + file.size, 0),
    torrent_name: name,
    file_count: files.length,
    info_hash: infoHash,
    torrent_filelist: files.map(({ path, size }) => ({ size, path, wanted: size >= 1024 * 1024 ? 1 : -1 })),
  });
}

async function torrentOf(drive: Drive, fields: URLSearchParams): Promise<Torrent> {
  const item = drive.byPickCode(fields.get('pick_code') ?? '');
  if (item === null) throw new Refusal(50003);
  const sha1 = (fields.get('torrent_sha1') ?? '').toUpperCase();
  if (item.content === null || item.size > LARGEST_TORRENT || (await drive.sha1(item)) !== sha1) {
    throw new Refusal(10004);
  }
  try {
    return readTorrent(await expectedBytes(item.content, 0, item.size));
  } catch (error) {
    if (error instanceof RangeError) throw new Refusal(10004);
    throw error;
  }
}

/** POST /open/offline/add_task_bt: the chosen files of a torrent. */
export async function addTorrent(parts: OfflineParts, call: ApiCall): Promise<unknown> {
  const { fields } = call;
  const torrent = await torrentOf(parts.drive(), fields);
  if (torrent.infoHash !== (fields.get('info_hash') ?? '').toLowerCase()) throw new Refusal(10004);
  const wanted = (fields.get('wanted') ?? '').split(',').filter((index) => index !== '');
  const files = torrent.files.filter((_file, index) => wanted.includes(String(index)));
  if (files.length === 0) throw new Refusal(1001);
  const refusal = refusalOf(parts, torrent.infoHash);
  if (refusal !== null) throw new Refusal(refusal);
  const folder = targetFolder(parts.drive(), fields);
  const save = fields.get('save_path') ?? '';
  const placed: readonly OfflineFile[] =
    save === '' ? files : files.map(({ path, size }) => ({ path: `${flat(save)}/${path}`, size }));
  const url = `magnet:?xt=urn:btih:${torrent.infoHash}`;
  addTask(parts, call, { infoHash: torrent.infoHash, url, name: torrent.name, folder, files: placed });
  return resourceReply({ info_hash: torrent.infoHash });
}
