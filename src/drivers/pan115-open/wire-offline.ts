import * as v from 'valibot';
import { bytes, flag, id, integer, seconds, text, unwrapped } from './fields.js';

/* The shapes of 115's answers to calls about offline downloads (115-open.md §18). */

/** Forty hexadecimal digits, of the content of a torrent or of the link. */
const infoHash = v.pipe(v.string(), v.regex(/^[0-9a-fA-F]{40}$/), v.toLowerCase());

const outcome = v.object({
  state: flag,
  code: v.fallback(v.optional(integer, 0), -1),
  message: v.fallback(v.nullish(text, ''), ''),
  info_hash: v.fallback(v.optional(infoHash), undefined),
  url: v.optional(text),
});

/** offline/add_task_urls: what became of each line. */
export const addedUrls = v.object({ data: v.array(outcome) });

/** offline/add_task_bt. */
export const addedTorrent = v.object({
  data: v.pipe(
    v.unknown(),
    v.transform((data) => unwrapped(data) ?? {}),
    v.object({ info_hash: v.fallback(v.optional(infoHash), undefined) }),
  ),
});

/** offline/torrent: what a torrent file in the drive holds. */
export const torrentContent = v.object({
  data: v.pipe(
    v.unknown(),
    v.transform(unwrapped),
    v.object({
      torrent_name: text,
      info_hash: infoHash,
      torrent_filelist: v.array(v.object({ size: bytes, path: text, wanted: v.optional(integer, -1) })),
    }),
  ),
});

const entryId = v.fallback(
  v.pipe(
    v.optional(v.union([id, v.literal('')]), ''),
    v.transform((value) => (value === '' || value === '0' ? null : value)),
  ),
  null,
);

const task = v.object({
  info_hash: infoHash,
  add_time: seconds,
  percentDone: v.fallback(v.optional(v.pipe(v.union([v.number(), v.string()]), v.transform(Number)), 0), 0),
  size: v.fallback(v.optional(bytes), undefined),
  name: v.fallback(v.nullish(text, ''), ''),
  last_update: seconds,
  file_id: entryId,
  status: v.pipe(integer, v.picklist([-1, 0, 1, 2], 'a status that is not known')),
  url: v.fallback(v.nullish(text, ''), ''),
  // Unlike a file's, a folder's id of 0 is one: the root.
  wp_path_id: v.fallback(v.optional(id), undefined),
});

/** A page of offline/get_task_list; an empty list may come as null. */
export const taskPage = v.object({
  data: v.object({
    page_count: v.fallback(v.optional(integer, 1), 1),
    tasks: v.nullish(v.array(task), []),
  }),
});

/** offline/get_quota_info. */
export const offlineQuota = v.object({
  data: v.pipe(
    v.unknown(),
    v.transform(unwrapped),
    v.object({
      count: integer,
      surplus: integer,
      used: integer,
      package: v.fallback(
        v.optional(
          v.array(
            v.object({
              name: v.fallback(v.nullish(text, ''), ''),
              count: integer,
              surplus: integer,
              expire_info: v.fallback(v.optional(v.array(v.object({ expire_time: seconds })), []), []),
            }),
          ),
          [],
        ),
        [],
      ),
    }),
  ),
});
