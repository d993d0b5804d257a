import type { ApiCall } from '../api-service.js';
import { Refusal } from '../envelope.js';
import type { UploadData, UploadParts } from './upload-parts.js';
import { BUCKET, callbackOf } from './upload-tasks.js';

/** POST /open/upload/resume: the same object, a valid callback. Only the pick code is looked at (17.5). */
export function resumeUpload(parts: UploadParts, { fields, exchange }: ApiCall): UploadData {
  const given = ['file_size', 'target', 'fileid', 'pick_code'].every(
    (name) => (fields.get(name) ?? '') !== '',
  );
  if (!given || !/^U_1_\d+$/.test(fields.get('target') ?? '')) throw new Refusal(1001);
  const task = parts.tasks.find(fields.get('pick_code') ?? '');
  if (task === null || exchange.struck('resume-refused')) throw new Refusal(50003);
  return {
    pick_code: task.pickCode,
    target: task.target,
    version: '3.0',
    bucket: BUCKET,
    object: task.object,
    callback: callbackOf(task, parts.drive().userId),
  };
}
