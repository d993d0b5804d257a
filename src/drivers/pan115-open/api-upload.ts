import type * as v from 'valibot';
import type { Call } from '../../lib/call.js';
import { FsError } from '../../lib/errors.js';
import type { OssCredentials } from '../oss/credentials.js';
import type { OssCallback } from '../oss/request.js';
import type { CallFields, ResourceCalls } from './calls.js';
import { initReply, resumeReply, storageToken } from './wire-upload.js';
import { readReply } from './wire.js';

export type InitReply = v.InferOutput<typeof initReply>['data'];

/** What is to become a file, as 115 wants to be told (§17.2). */
export interface Announcement {
  readonly name: string;
  readonly size: number;
  /** The id of the folder. */
  readonly folder: string;
  /** Upper-case hexadecimal. */
  readonly sha1: string;
  /** Of the first 128 KiB; null when nobody has read them. */
  readonly headSha1: string | null;
}

/** The answer to a challenge. */
export interface Proof {
  readonly key: string;
  /** Upper-case SHA-1 of the range that was asked for. */
  readonly value: string;
}

/** Where the bytes go, and how 115 hears of it. */
export interface UploadTask {
  readonly pickCode: string;
  readonly bucket: string;
  readonly object: string;
  readonly callback: OssCallback;
}

/** Credentials for the storage and when they end, as the cloud's clock has it; null when it does not say. */
export interface StorageToken {
  readonly credentials: OssCredentials;
  readonly expiresAt: number | null;
}

/** The resource calls of an upload (115-open.md §17); each is one request. */
export class UploadApi {
  readonly #calls: ResourceCalls;

  constructor(calls: ResourceCalls) {
    this.#calls = calls;
  }

  /** §17.2: it may make the file, so it is never repeated after a lost answer. */
  async init(file: Announcement, proof: Proof | null, call: Call): Promise<InitReply> {
    const path = 'upload/init';
    const form: CallFields = {
      file_name: file.name,
      file_size: file.size,
      target: targetOf(file.folder),
      fileid: file.sha1,
      ...(file.headSha1 === null ? {} : { preid: file.headSha1 }),
      topupload: 0,
      ...(proof === null ? {} : { sign_key: proof.key, sign_val: proof.value }),
    };
    const reply = await this.#calls.post(path, form, call, { repeatable: false });
    return readReply(initReply, reply.json, path).data;
  }

  /** §17.5: the same object with a callback that is valid now. */
  async resume(file: Announcement, pickCode: string, call: Call): Promise<UploadTask> {
    const path = 'upload/resume';
    const { size, folder, sha1 } = file;
    const form = { file_size: size, target: targetOf(folder), fileid: sha1, pick_code: pickCode };
    const reply = await this.#calls.post(path, form, call, { repeatable: true });
    return taskOf(path, readReply(resumeReply, reply.json, path).data);
  }

  /** §17.4. */
  async storageToken(call: Call): Promise<StorageToken> {
    const path = 'upload/get_token';
    const { data } = readReply(storageToken, (await this.#calls.get(path, {}, call)).json, path);
    const expiresAt = Date.parse(data.Expiration);
    return {
      credentials: {
        endpoint: data.endpoint,
        accessKeyId: data.AccessKeyId,
        accessKeySecret: data.AccessKeySecret,
        securityToken: data.SecurityToken,
      },
      expiresAt: Number.isNaN(expiresAt) ? null : expiresAt,
    };
  }
}

/** The task in an answer. Throws FsError EIO reason `reply` when a part of it is missing. */
export function taskOf(
  path: string,
  data: Pick<InitReply, 'bucket' | 'callback' | 'object' | 'pick_code'>,
): UploadTask {
  const { pick_code: pickCode, bucket, object, callback } = data;
  if (pickCode !== '' && bucket !== '' && object !== '' && callback !== null) {
    const { callback: told, callback_var: variables } = callback;
    return { pickCode, bucket, object, callback: { callback: told, variables } };
  }
  const words = `115 Open: ${path}: the answer has an unknown shape: it does not say where to send the bytes`;
  throw new FsError('EIO', words, { reason: 'reply' });
}

function targetOf(folder: string): string {
  return `U_1_${folder}`;
}
