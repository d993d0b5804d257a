import * as v from 'valibot';
import { FsError } from '../../../lib/errors.js';
import { parseJson } from '../../../net/json.js';
import { CONTENT_DIFFERS, relayedRefusal } from '../errors.js';
import { madeFile } from '../wire-upload.js';
import { readEnvelope } from '../wire.js';
import type { Outcome, UploadJob } from './job.js';

const CALL = 'upload';

/**
 * What 115 answered to the storage when all bytes were there, and the storage to us (115-open.md §17.7). Only a file
 * that is confirmed by id, size and hash counts as made; what is unclear is looked up in the folder.
 */
export async function confirmed(job: UploadJob, answer: string, pickCode: string): Promise<Outcome> {
  const json = parseJson(answer);
  const envelope = readEnvelope(json);
  if (envelope?.state === true && envelope.code === 0) return await ofSuccess(job, json, pickCode);
  if (envelope === null || (envelope.state === null && envelope.code === 0)) {
    return await ofUnclear(job, pickCode);
  }
  const error = relayedRefusal(CALL, envelope);
  if (envelope.code !== CONTENT_DIFFERS) throw error;
  const file = await job.look(pickCode);
  return file === null ? { kind: 'over', error } : { kind: 'made', file };
}

async function ofSuccess(job: UploadJob, json: unknown, pickCode: string): Promise<Outcome> {
  const read = v.safeParse(madeFile, json);
  if (!read.success || read.output.data.file_id === null) return await ofUnclear(job, pickCode);
  const { file_id: id, file_name: name, file_size: size, sha1, pick_code: told } = read.output.data;
  const same =
    (size ?? job.file.size) === job.file.size && (sha1 || job.file.sha1).toUpperCase() === job.file.sha1;
  if (same && size !== null && sha1 !== '') {
    return { kind: 'made', file: job.entry(id, told === '' ? pickCode : told, name) };
  }
  if (same) return await ofUnclear(job, pickCode);
  const words = `115 Open: ${CALL}: the cloud made a file of ${size ?? '?'} bytes and SHA-1 ${sha1}, not the one that was sent`;
  throw new FsError('EIO', words, { reason: 'reply' });
}

async function ofUnclear(job: UploadJob, pickCode: string): Promise<Outcome> {
  const file = await job.find(pickCode);
  if (file !== null) return { kind: 'made', file };
  const words = `115 Open: ${CALL}: the answer has an unknown shape, and the file is not listed`;
  throw new FsError('EIO', words, { reason: 'reply' });
}
