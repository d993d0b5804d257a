import type { Drive } from '../house/drive.js';
import { extensionOf } from '../house/identity.js';
import type { ApiCall } from './api-service.js';
import { resourceReply } from './envelope.js';
import { isVideo } from './file-types.js';
import { formatSize } from './folder-info.js';
import { pageSize, whole } from './list-query.js';

/** GET /open/user/info (API document, 6). */
export function userInfo(drive: Drive): unknown {
  const used = drive.used();
  const space = (size: number) => ({ size, size_format: formatSize(size) });
  return resourceReply({
    user_id: BigInt(drive.userId),
    user_name: 'demo',
    user_face_s: 'https://avatars.115.com/s.jpg',
    user_face_m: 'https://avatars.115.com/m.jpg',
    user_face_l: 'https://avatars.115.com/l.jpg',
    rt_space_info: {
      all_total: space(drive.total),
      all_remain: space(Math.max(0, drive.total - used)),
      all_use: space(used),
    },
    vip_info: { level_name: '年费VIP', expire: 1_803_974_400 },
  });
}

const LARGEST_BIN_PAGE = 200;
const USUAL_BIN_PAGE = 30;

/** GET /open/rb/list: counters and one key an entry in one object (API document, 15). */
export async function recycleBin(drive: Drive, { fields }: ApiCall): Promise<unknown> {
  const limit = pageSize(fields, LARGEST_BIN_PAGE, USUAL_BIN_PAGE);
  const offset = whole(fields, 'offset', 0);
  const all = drive.trash();
  const entries = await Promise.all(
    all.slice(offset, offset + limit).map(async (item) => {
      const id = item.trash?.id ?? item.id;
      const entry = {
        id,
        file_name: item.name,
        type: item.kind === 'file' ? '1' : '2',
        file_size: String(item.size),
        dtime: String(item.trash?.at ?? 0),
        thumb_url: '',
        status: '0',
        cid: item.parent,
        parent_name: drive.item(item.parent)?.name ?? '根目录',
        pick_code: item.pickCode,
        sha1: item.kind === 'file' ? await drive.sha1(item) : '',
        ico: item.kind === 'file' ? extensionOf(item.name) : '',
        isv: isVideo(item.name) ? 1 : 0,
      };
      return [id, entry] as const;
    }),
  );
  return resourceReply({
    offset,
    limit,
    count: String(all.length),
    rb_pass: 0,
    ...Object.fromEntries(entries),
  });
}
