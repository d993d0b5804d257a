import type { ApiCall, Endpoints } from '../api-service.js';
import { Refusal, resourceReply } from '../envelope.js';
import { whole } from '../list-query.js';
import { addTorrent, addUrls, parseTorrent, type OfflineParts } from './add-tasks.js';
import { progressOf, type OfflineTask } from './offline-tasks.js';

const PAGE = 30;

/** Calls of offline download (API document, 18). */
export function offlineEndpoints(parts: OfflineParts): Endpoints {
  return {
    'POST /open/offline/add_task_urls': (call) => addUrls(parts, call),
    'POST /open/offline/torrent': (call) => parseTorrent(parts, call),
    'POST /open/offline/add_task_bt': (call) => addTorrent(parts, call),
    'GET /open/offline/get_task_list': (call) => listTasks(parts, call),
    'POST /open/offline/del_task': (call) => deleteTask(parts, call),
    'POST /open/offline/clear_task': (call) => clearTasks(parts, call),
    'GET /open/offline/get_quota_info': () => quota(parts),
  };
}

function listTasks({ house, tasks }: OfflineParts, { fields }: ApiCall): unknown {
  const all = tasks().list();
  const page = Math.max(1, whole(fields, 'page', 1));
  const now = house.clock.now();
  return resourceReply({
    page,
    page_count: Math.max(1, Math.ceil(all.length / PAGE)),
    count: all.length,
    tasks: all.slice((page - 1) * PAGE, page * PAGE).map((task) => listedTask(task, now)),
  });
}

function listedTask(task: OfflineTask, now: number): unknown {
  const { status, percent, updated } = progressOf(task, now);
  return {
    info_hash: task.infoHash,
    add_time: Math.floor(task.added / 1000),
    percentDone: percent,
    size: task.files.reduce((sum, file) => sum + file.size, 0),
    name: task.name,
    last_update: Math.floor(updated / 1000),
    file_id: task.result ?? '',
    delete_file_id: task.result ?? '',
    status,
    url: task.url,
    wp_path_id: task.folder,
    def2: 0,
    play_long: 0,
    can_appeal: 0,
  };
}

function deleteTask(parts: OfflineParts, { fields }: ApiCall): unknown {
  const infoHash = (fields.get('info_hash') ?? '').toLowerCase();
  if (infoHash === '') throw new Refusal(1001);
  const task = parts.tasks().find(infoHash);
  if (task === null) throw new Refusal(990003);
  removeTasks(parts, [task], fields.get('del_source_file') === '1');
  return resourceReply([]);
}

function clearTasks(parts: OfflineParts, { fields }: ApiCall): unknown {
  const flag = whole(fields, 'flag', 0);
  const now = parts.house.clock.now();
  const statuses: readonly (readonly number[])[] = [[2], [-1, 0, 1, 2], [-1], [0, 1], [2], [-1, 0, 1, 2]];
  const chosen = statuses[flag];
  if (chosen === undefined) throw new Refusal(1001);
  const tasks = parts
    .tasks()
    .list()
    .filter((task) => chosen.includes(progressOf(task, now).status));
  removeTasks(parts, tasks, flag >= 4);
  return resourceReply([]);
}

function removeTasks(
  { house, drive, tasks }: OfflineParts,
  chosen: readonly OfflineTask[],
  withFiles: boolean,
): void {
  tasks().remove(chosen);
  if (!withFiles) return;
  for (const { result } of chosen) {
    const item = result === null ? null : drive().item(result);
    if (item !== null && !drive().isDeleted(item)) drive().remove(item.id, house.clock.seconds());
  }
}

function quota({ house, tasks }: OfflineParts): unknown {
  const count = house.profile.current.offlineTasks;
  const { used } = tasks();
  const surplus = Math.max(0, count - used);
  const expires = house.clock.seconds() + 30 * 24 * 3600;
  return resourceReply({
    package: [{ surplus, used, count, name: 'VIP', expire_info: [{ surplus, expire_time: expires }] }],
    count,
    surplus,
    used,
  });
}
