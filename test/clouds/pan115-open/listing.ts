import type { CloudClock } from '../house/cloud-clock.js';
import { ROOT, type Drive, type DriveItem } from '../house/drive.js';
import { extensionOf } from '../house/identity.js';
import type { ApiCall } from './api-service.js';
import { Refusal } from './envelope.js';
import { isOfType, isVideo } from './file-types.js';
import { readListQuery, type ListQuery } from './list-query.js';
import { spoiledPage } from './list-faults.js';

const REMEMBERED = 8;

/** The file list (API document, 7). Keeps the last sorted listings, for clients page through them. */
export class Listing {
  readonly #drive: () => Drive;
  readonly #clock: CloudClock;
  readonly #sorted = new Map<string, readonly DriveItem[]>();

  constructor(drive: () => Drive, clock: CloudClock) {
    this.#drive = drive;
    this.#clock = clock;
  }

  /** GET /open/ufile/files: the whole envelope, its fields at top level. */
  async list({ fields, exchange }: ApiCall): Promise<unknown> {
    const query = readListQuery(fields);
    if (query.order === 'file_name' && exchange.struck('list-order-refused')) throw new Refusal(20130827);
    if (query.limit > exchange.faultValue('list-1150-refused') && exchange.struck('list-1150-refused')) {
      exchange.sendHtml(404, '<html><body>404 Not Found</body></html>');
      return undefined;
    }
    const wrong = query.cid !== ROOT && exchange.struck('list-wrong-cid');
    const drive = this.#drive();
    // A folder that does not exist is the root, without a word (7.5).
    const cid = !wrong && drive.isDirectory(query.cid) ? query.cid : ROOT;
    const now = this.#clock.now();
    const all = this.#entries({ ...query, cid }).filter((item) => item.listedFrom <= now);
    const { items, count } = spoiledPage(exchange, all, query);
    const data: unknown[] = [];
    for (const item of items) data.push(await listedItem(drive, item));
    return { data, count, ...trailer(drive, { ...query, cid }), state: true, message: '', code: 0 };
  }

  #entries(query: ListQuery): readonly DriveItem[] {
    const key = `${this.#drive().version} ${JSON.stringify({ ...query, limit: 0, offset: 0 })}`;
    const known = this.#sorted.get(key);
    if (known !== undefined) return known;
    const sorted = sortedBy(entriesOf(this.#drive(), query), query);
    this.#sorted.set(key, sorted);
    for (const old of [...this.#sorted.keys()].slice(0, -REMEMBERED)) this.#sorted.delete(old);
    return sorted;
  }
}

/** Which entries a combination of parameters gives (API document, 7.2). */
export function entriesOf(drive: Drive, query: ListQuery): DriveItem[] {
  if (query.area === 7) return drive.trash();
  if (query.area !== 1) return [];
  const filtered = query.type > 0 || query.suffix !== '' || query.star;
  const recursive =
    !query.direct &&
    (!query.withFolders || query.type > 0 || query.suffix !== '' || (query.star && query.cid === ROOT));
  const folders = query.withFolders && (!filtered || query.foldersWhileFiltered || query.star);
  const found = recursive ? [...drive.descendants(query.cid)] : drive.children(query.cid);
  return found.filter((item) => {
    if (query.star && !item.starred) return false;
    if (item.kind === 'directory') return folders && (!recursive || query.star || item.parent === query.cid);
    return !(query.onlyFolders && query.withFolders) && passes(item, query);
  });
}

function passes(item: DriveItem, query: ListQuery): boolean {
  if (query.minSize > 0 && item.size < query.minSize) return false;
  if (query.maxSize > 0 && item.size > query.maxSize) return false;
  // A suffix wins over a type (7.1).
  return query.suffix === '' ? isOfType(item.name, query.type) : extensionOf(item.name) === query.suffix;
}

const naturalOrder = new Intl.Collator('zh-CN', { numeric: true });

/** System folders first, then as asked; equal ones by id, so that pages fit together. */
function sortedBy(items: DriveItem[], query: ListQuery): readonly DriveItem[] {
  const direction = query.ascending ? 1 : -1;
  const rank = (item: DriveItem): number => {
    if (item.system) return 0;
    return query.foldersFirst && item.kind === 'directory' ? 1 : 2;
  };
  return items.sort(
    (one, other) =>
      rank(one) - rank(other) || direction * compare(one, other, query) || compareText(one.id, other.id),
  );
}

function compare(one: DriveItem, other: DriveItem, query: ListQuery): number {
  switch (query.order) {
    case 'file_size':
      return one.size - other.size;
    case 'user_utime':
      return one.modified - other.modified;
    case 'file_type':
      return compareText(extensionOf(one.name), extensionOf(other.name));
    case 'file_name':
      return query.natural ? naturalOrder.compare(one.name, other.name) : compareText(one.name, other.name);
  }
}

function compareText(one: string, other: string): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}

/** One entry of a list with the fields and types of 7.3. */
async function listedItem(drive: Drive, item: DriveItem): Promise<unknown> {
  const file = item.kind === 'file';
  const video = file && isVideo(item.name);
  return {
    fid: item.id,
    aid: drive.isDeleted(item) ? '7' : '1',
    pid: item.parent,
    fc: file ? '1' : '0',
    fn: item.name,
    fco: '',
    ism: item.starred ? '1' : '0',
    isp: 0,
    pc: item.pickCode,
    upt: item.modified,
    uet: item.modified,
    uppt: item.created,
    cm: 0,
    fdesc: '',
    ispl: 0,
    fl: [],
    sha1: file ? await drive.sha1(item) : '',
    fs: item.size,
    fta: file ? (item.complete ? '1' : '0') : '',
    ico: file ? extensionOf(item.name) : '',
    fatr: file ? '0' : '',
    isv: video ? 1 : 0,
    def: video ? 4 : 0,
    def2: video ? 4 : 0,
    play_long: video ? 63 : 0,
    v_img: '',
    thumb: '',
    uo: '',
  };
}

function trailer(drive: Drive, query: ListQuery): Readonly<Record<string, unknown>> {
  return {
    sys_count: drive.children(query.cid).filter((item) => item.system).length,
    offset: query.offset,
    limit: query.limit,
    aid: query.area,
    cid: BigInt(query.cid),
    is_asc: query.ascending ? 1 : 0,
    min_size: query.minSize,
    max_size: query.maxSize,
    sys_dir: '',
    hide_data: '',
    record_open_time: '1',
    star: query.star ? 1 : 0,
    type: query.type,
    suffix: query.suffix,
    path: pathOf(drive, query.cid),
    cur: query.direct ? 1 : 0,
    stdir: query.foldersWhileFiltered ? 1 : 0,
    fields: '',
    order: query.order,
  };
}

/** Ancestors from the root to the listed folder, itself last. */
function pathOf(drive: Drive, cid: string): readonly unknown[] {
  const root = { name: '根目录', aid: 1, cid: 0, pid: 0, isp: 0, p_cid: '0', fv: '0' };
  const folder = drive.item(cid);
  if (folder === null) return [root];
  const below = [folder, ...drive.ancestors(folder)].reverse().map((item) => ({
    name: item.name,
    aid: 1,
    cid: BigInt(item.id),
    pid: BigInt(item.parent),
    isp: 0,
    p_cid: item.parent,
    fv: '0',
  }));
  return [root, ...below];
}
