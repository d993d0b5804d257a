import { folderAt } from '../../house/subtree.js';
import type { ApiCall } from '../api-service.js';
import { birth, checkFolderLimit, checkSpace } from '../changes/change.js';
import { checkConflict, uploadedName } from '../changes/names.js';
import { Refusal } from '../envelope.js';
import { isAnswer, type Challenge } from './challenges.js';
import { readInitQuery, type InitQuery } from './init-query.js';
import type { KnownContent } from './known-content.js';
import type { UploadData, UploadParts } from './upload-parts.js';
import { BUCKET, callbackOf, type NewTask, type UploadTask } from './upload-tasks.js';

const NOTHING_TO_SEND = { bucket: '', object: '', callback: [] } as const;

/** POST /open/upload/init (API document, 17.2 and 17.3). */
export async function initUpload(parts: UploadParts, { fields, exchange }: ApiCall): Promise<UploadData> {
  const query = readInitQuery(fields);
  const drive = parts.drive();
  if (!drive.isDirectory(query.folder)) throw new Refusal(10014);
  if (query.size === 0 && exchange.struck('empty-file-refused')) throw new Refusal(1001);
  const call: InitCall = { query, exchange };
  const found = await parts.known.find(drive, query.sha1, query.size);
  const known = found !== null && exchange.struck('upload-unknown') ? null : found;
  const challenge = known === null ? null : await examine(parts, known, call);
  if (challenge !== null) return challengeReply(parts, call, challenge);
  checkSpace(drive, exchange, query.size);
  const folder = folderAt(drive, query.folder, query.path, () => birth(parts.house, exchange));
  checkFolderLimit(parts.house, drive, folder, 1);
  checkConflict(drive, exchange, folder, query.name);
  const { sha1, size } = query;
  const task = { folder, name: uploadedName(query.name, exchange), sha1, size, target: `U_1_${folder}` };
  return known === null ? sendReply(parts, call, task) : rapidReply(parts, call, task, known);
}

type InitCall = { readonly query: InitQuery } & Pick<ApiCall, 'exchange'>;

/** What is asked before the upload is taken as done; null when the client has shown that it has the bytes. */
interface Examination {
  readonly status: 6 | 7 | 8;
  readonly code: 700 | 701 | 702;
  readonly challenge: Challenge;
}

async function examine(
  { house, challenges }: UploadParts,
  known: KnownContent,
  { query, exchange }: InitCall,
): Promise<Examination | null> {
  const forced = known.size > 0 && exchange.struck('upload-challenge');
  if (known.size < house.profile.current.challengeFrom && !forced && query.signKey === '') return null;
  const ask = (status: 6 | 7 | 8, code: 700 | 701 | 702, round: number): Examination => ({
    status,
    code,
    challenge: challenges.ask(known, round),
  });
  if (query.signKey === '') return ask(7, 701, 0);
  const asked = challenges.take(query.signKey, known.sha1);
  if (asked === null) return ask(6, 700, 0);
  const right = await isAnswer(asked, known, query.signValue);
  if (!right || exchange.struck('upload-wrong-challenge')) return ask(8, 702, asked.round);
  const rounds = exchange.struck('upload-challenge-rounds')
    ? exchange.faultValue('upload-challenge-rounds')
    : 1;
  return asked.round + 1 < rounds ? ask(7, 701, asked.round + 1) : null;
}

function challengeReply(
  parts: UploadParts,
  { query }: InitCall,
  { status, code, challenge }: Examination,
): UploadData {
  const { folder, name, sha1, size, pickCode } = query;
  const target = `U_1_${folder}`;
  const task =
    parts.tasks.find(pickCode) ?? parts.tasks.begin(parts.drive(), { folder, name, sha1, size, target });
  return {
    pick_code: task.pickCode,
    status,
    code,
    sign_key: challenge.key,
    sign_check: `${challenge.first}-${challenge.last}`,
    file_id: '',
    target,
    ...NOTHING_TO_SEND,
  };
}

/** A pick code of an earlier init of the same content goes on with that upload. */
function taskFor(parts: UploadParts, pickCode: string, task: NewTask): UploadTask {
  const earlier = parts.tasks.find(pickCode);
  const same =
    earlier?.sha1 === task.sha1 &&
    earlier.size === task.size &&
    earlier.folder === task.folder &&
    earlier.name === task.name &&
    earlier.created.length === 0;
  return same ? earlier : parts.tasks.begin(parts.drive(), task);
}

function sendReply(parts: UploadParts, { query }: InitCall, wanted: NewTask): UploadData {
  const task = taskFor(parts, query.pickCode, wanted);
  return {
    pick_code: task.pickCode,
    status: 1,
    sign_key: '',
    sign_check: '',
    file_id: '',
    target: task.target,
    bucket: BUCKET,
    object: task.object,
    callback: callbackOf(task, parts.drive().userId),
  };
}

function rapidReply(
  parts: UploadParts,
  { query, exchange }: InitCall,
  wanted: NewTask,
  { content }: KnownContent,
): UploadData {
  const task = taskFor(parts, query.pickCode, wanted);
  const { id, pickCode } = parts.drive().addFile(task.folder, task.name, {
    ...birth(parts.house, exchange),
    id: task.fileId,
    pickCode: task.pickCode,
    size: task.size,
    sha1: task.sha1,
    content,
  });
  task.created = [id];
  return { status: 2, file_id: id, pick_code: pickCode, target: '', ...NOTHING_TO_SEND };
}
