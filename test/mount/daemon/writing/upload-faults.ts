import type { FaultName, FaultSetting } from '../../../clouds/house/faults.js';

/** small: goes in one request. large: in two parts. known: somebody else has uploaded the bytes before. */
export type UploadKind = 'small' | 'large' | 'known';

/** What goes wrong on the way of one file, and in which request. */
export interface UploadFault {
  readonly name: string;
  readonly kind: UploadKind;
  readonly faults: Readonly<Partial<Record<FaultName, FaultSetting>>>;
}

const INIT = { match: '/open/upload/init' };
const FIRST_PART = { match: 'partNumber=1' };
const SECOND_PART = { match: 'partNumber=2' };
const ONCE = { count: 1 };
const TWICE = { count: 2 };
/** Milliseconds: less than the account is believed to need. */
const LATE = { value: 1200 };

/** Nobody need hear of these: the upload goes on, or begins anew. */
export const HEALING: readonly UploadFault[] = [
  { name: 'init answers 5xx', kind: 'small', faults: { 'api-5xx': { ...INIT, ...ONCE } } },
  {
    name: 'init answers 200 with half of its JSON',
    kind: 'small',
    faults: { 'api-wrong-json': { ...INIT, ...ONCE } },
  },
  { name: 'answer of init is lost', kind: 'small', faults: { 'init-lost-answer': ONCE } },
  {
    name: 'answer of init that made the file is lost',
    kind: 'known',
    // The first init is answered by a challenge.
    faults: { 'init-lost-answer': { ...ONCE, skip: 1 } },
  },
  {
    name: 'answer of init that made the file is lost, and the file is listed late',
    kind: 'known',
    faults: { 'init-lost-answer': { ...ONCE, skip: 1 }, 'visibility-delay': { ...ONCE, ...LATE } },
  },
  {
    name: 'right answer to the challenge is called wrong',
    kind: 'known',
    faults: { 'upload-challenge': {}, 'upload-wrong-challenge': ONCE },
  },
  {
    name: 'challenge comes a second time',
    kind: 'known',
    faults: { 'upload-challenge': {}, 'upload-challenge-rounds': { value: 2 } },
  },
  {
    name: 'token for the storage expires and a new one is refused',
    kind: 'small',
    faults: { 'sts-expired': ONCE, 'token-refused': ONCE },
  },
  {
    name: 'token for the storage expires between two parts',
    kind: 'large',
    faults: { 'sts-expired': { ...SECOND_PART, ...ONCE } },
  },
  {
    name: 'token for the storage is asked for too often',
    kind: 'small',
    faults: { 'sts-expired': ONCE, 'api-throttle-406': { match: '/open/upload/get_token', ...ONCE } },
  },
  { name: 'storage finds the clock wrong', kind: 'small', faults: { 'oss-skewed': ONCE } },
  {
    name: 'file answers 5xx twice',
    kind: 'small',
    faults: { 'oss-5xx': TWICE },
  },
  { name: 'part answers 5xx twice', kind: 'large', faults: { 'oss-5xx': { ...SECOND_PART, ...TWICE } } },
  {
    name: 'connection is cut in the middle of a part, twice',
    kind: 'large',
    faults: { 'oss-reset': { ...SECOND_PART, ...TWICE, value: 500_000 } },
  },
  {
    name: 'connection is cut in the middle of a file',
    kind: 'small',
    faults: { 'oss-reset': { ...ONCE, value: 500_000 } },
  },
  {
    name: 'answer of a part is lost',
    kind: 'large',
    faults: { 'oss-lost-answer': { ...FIRST_PART, ...ONCE } },
  },
  { name: 'part arrives damaged', kind: 'large', faults: { 'oss-corrupt': { ...FIRST_PART, ...ONCE } } },
  { name: 'file arrives damaged', kind: 'small', faults: { 'oss-corrupt': ONCE } },
  {
    name: 'upload is forgotten between two parts',
    kind: 'large',
    faults: { 'upload-gone': { ...SECOND_PART, ...ONCE } },
  },
  { name: 'completion answers state false', kind: 'large', faults: { 'complete-state-false': ONCE } },
  {
    name: 'end of a small file answers state false',
    kind: 'small',
    faults: { 'complete-state-false': ONCE },
  },
  { name: 'answer of the completion is lost', kind: 'large', faults: { 'complete-lost-answer': ONCE } },
  { name: 'answer of a small file is lost', kind: 'small', faults: { 'complete-lost-answer': ONCE } },
  {
    name: 'answer of the completion is lost, and the file is listed late',
    kind: 'large',
    faults: { 'complete-lost-answer': ONCE, 'visibility-delay': { ...ONCE, ...LATE } },
  },
  { name: 'callback of parts is lost', kind: 'large', faults: { 'callback-failed-203': ONCE } },
  { name: 'callback of a small file is lost', kind: 'small', faults: { 'callback-failed-203': ONCE } },
];

/** A fault that stays, and what people are told until it is over. */
export interface LastingFault extends UploadFault {
  readonly told: RegExp;
  /** What close(2) says where it waits for the cloud. */
  readonly errno: string;
}

/** What stands in the way for good: a person has to decide. */
export const LASTING: readonly LastingFault[] = [
  {
    name: 'init is refused',
    kind: 'small',
    faults: { 'api-error': { ...INIT, value: 20003 } },
    told: /upload\/init: the name holds one of " < >.*20003/,
    errno: 'EINVAL',
  },
  {
    name: 'every answer to the challenge is called wrong',
    kind: 'known',
    faults: { 'upload-challenge': {}, 'upload-wrong-challenge': {} },
    told: /right answers to its challenges were not accepted/,
    errno: 'EIO',
  },
  {
    name: 'every completion answers state false',
    kind: 'large',
    faults: { 'complete-state-false': {} },
    told: /other bytes arrived than were announced.*10002/,
    errno: 'EIO',
  },
];
