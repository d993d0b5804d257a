import { randomBytes } from 'node:crypto';
import type { Drive } from '../../house/drive.js';
import { pickCodeOf } from '../../house/identity.js';

/** An upload that init asked the bytes of. */
export interface UploadTask {
  readonly pickCode: string;
  /** Of the file to come. */
  readonly fileId: string;
  readonly object: string;
  readonly name: string;
  readonly size: number;
  /** Upper-case hex. */
  readonly sha1: string;
  readonly folder: string;
  /** `U_1_<folder>` as it was asked for. */
  readonly target: string;
  /** Files that were made of it. */
  created: readonly string[];
}

/** What a task begins with. */
export type NewTask = Pick<UploadTask, 'folder' | 'name' | 'sha1' | 'size' | 'target'>;

/** The two strings a client must hand to the storage byte for byte. */
export interface CallbackStrings {
  readonly callback: string;
  readonly callback_var: string;
}

export const BUCKET = 'fhnfile';

/** Uploads by their pick codes. */
export class UploadTasks {
  #tasks = new Map<string, UploadTask>();

  list(): readonly UploadTask[] {
    return [...this.#tasks.values()];
  }

  load(tasks: readonly UploadTask[]): void {
    this.#tasks = new Map(tasks.map((task) => [task.pickCode, { ...task }]));
  }

  find(pickCode: string): UploadTask | null {
    return this.#tasks.get(pickCode) ?? null;
  }

  begin(drive: Drive, task: NewTask): UploadTask {
    const fileId = drive.newId();
    const begun: UploadTask = {
      ...task,
      fileId,
      pickCode: pickCodeOf(fileId, 'file', drive.userId),
      object: randomBytes(20).toString('hex'),
      created: [],
    };
    this.#tasks.set(begun.pickCode, begun);
    return begun;
  }
}

/** The callback of a task, as init and resume give it (API document, 17.2). */
export function callbackOf(task: UploadTask, userId: string): CallbackStrings {
  const fields = ['pick_code', 'user_id', 'behavior_type', 'source', 'target', 'task_uid'];
  const body = [
    ...['bucket', 'object', 'size', 'sha1'].map((name) => `${name}=\${${name}}`),
    ...fields.map((name) => `${name}=\${x:${name}}`),
  ].join('&');
  const variables = {
    'x:pick_code': task.pickCode,
    'x:user_id': userId,
    'x:behavior_type': '0',
    'x:source': '100',
    'x:target': task.target,
    'x:task_uid': '',
  };
  const callback = { callbackUrl: 'http://uplb.115.com/3.0/completeupload.php', callbackBody: body };
  return {
    callback: JSON.stringify(callback).replaceAll('/', '\\/'),
    callback_var: JSON.stringify(variables),
  };
}
