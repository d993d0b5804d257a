import type { Drive } from '../house/drive.js';
import { resourceReply } from './envelope.js';
import { formatSize } from './folder-info.js';

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
