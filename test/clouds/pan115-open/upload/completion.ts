import type { Drive } from '../../house/drive.js';
import type { Exchange } from '../../house/exchange.js';
import type { Callback } from '../../oss/callback.js';
import { birth } from '../changes/change.js';
import { resourceReply } from '../envelope.js';
import type { UploadParts } from './upload-parts.js';
import { callbackOf, type UploadTask } from './upload-tasks.js';

const MISMATCH = { state: false, message: '校验文件失败，请重新上传。', code: 10002 } as const;
const NO_FOLDER = { state: false, message: '上传目录不存在，请重新上传。', code: 10014 } as const;

/** What 115 answers when the storage tells it of an upload that ended (API document, 17.6 and 17.7). */
export function completeCallback(parts: UploadParts, callback: Callback, exchange: Exchange): unknown {
  const drive = parts.drive();
  const task = parts.tasks.find(callback.form.get('pick_code') ?? '');
  if (task === null || !isGenuine(drive, task, callback)) return refused(exchange, MISMATCH);
  if (exchange.struck('complete-state-false')) return refused(exchange, MISMATCH);
  if (!drive.isDirectory(task.folder)) return refused(exchange, NO_FOLDER);
  const { object } = callback;
  const first = task.created.length === 0;
  // A second callback of the same upload makes a second file of the same name.
  const file = drive.addFile(task.folder, task.name, {
    ...birth(parts.house, exchange),
    ...(first ? { id: task.fileId, pickCode: task.pickCode } : {}),
    size: task.size,
    sha1: task.sha1,
    content: { kind: 'disk', path: object.path },
  });
  task.created = [...task.created, file.id];
  return resourceReply({
    pick_code: file.pickCode,
    file_name: file.name,
    file_size: file.size,
    file_id: file.id,
    thumb_url: '',
    sha1: task.sha1,
    aid: 1,
    cid: task.folder,
  });
}

/** The strings are those of init or resume, and the object is what init was told. */
function isGenuine(drive: Drive, task: UploadTask, { callback, variables, form, object }: Callback): boolean {
  const issued = callbackOf(task, drive.userId);
  return (
    callback === issued.callback &&
    variables === issued.callback_var &&
    object.name === task.object &&
    form.get('size') === String(task.size) &&
    form.get('sha1') === task.sha1
  );
}

function refused<Body extends { readonly code: number }>(exchange: Exchange, body: Body): Body {
  exchange.notes.code = body.code;
  return body;
}
