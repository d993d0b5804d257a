/** What a fault does; `value` is the meaning of its one parameter and the value when none is given. */
interface Fault {
  readonly what: string;
  readonly value?: readonly [meaning: string, initial: number];
}

/** Faults of the network, of every call, of login, listing and reading. */
export const READING_FAULTS = {
  'network-down': { what: 'every connection is reset, the open ones too' },
  'api-throttle-770004': { what: 'refusal with code 770004' },
  'api-throttle-406': { what: 'refusal with code 406' },
  'api-429': { what: 'HTTP 429 with X-RateLimit-Reset', value: ['seconds until reset', 60] },
  'api-html-405': { what: 'page of the web firewall with HTTP 405' },
  'api-html-200': { what: 'page of the web firewall with HTTP 200' },
  'api-empty-refusal': { what: 'state false, code 0, message empty, data empty' },
  'api-error': { what: 'refusal with a code of choice', value: ['code', 990003] },
  'api-5xx': { what: 'HTTP error with an HTML body', value: ['status', 502] },
  'api-reset': { what: 'connection reset before the answer' },
  'api-hang': { what: 'no answer at all' },
  'api-slow': { what: 'answer delayed', value: ['milliseconds', 2000] },
  'api-lost-answer': { what: 'the call is carried out, its answer is lost' },
  'api-wrong-json': { what: 'HTTP 200 with JSON that is cut off' },
  'list-wrong-cid': { what: 'the list answers for the root' },
  'list-page-repeated': { what: 'a page other than the first repeats the one before' },
  'list-page-missing-entry': { what: 'one entry is missing from the page, the count stays' },
  'list-count-moves': { what: 'count is larger', value: ['by', 1] },
  'list-empty-with-count': { what: 'no entries, the count stays' },
  'list-1150-refused': { what: 'pages above a size answer HTTP 404', value: ['largest page', 1000] },
  'list-order-refused': { what: 'code 20130827 for an order by name' },
  'token-expired': { what: 'access token refused with 40140125' },
  'refresh-dropped-answer': { what: 'both tokens are rotated, the answer is lost' },
  'refresh-too-often': { what: 'refresh refused with 40140117' },
  'refresh-error-text': { what: 'refresh refused with code 0 and an error text' },
  'refresh-error': { what: 'refresh refused with a code of choice', value: ['code', 40140121] },
  'passport-5xx': { what: 'HTTP error of the login service', value: ['status', 502] },
  'passport-reset': { what: 'connection to the login service reset before the answer' },
  'passport-hang': { what: 'no answer of the login service' },
  'link-403': { what: 'the link is refused for good from this request on; a new one works' },
  'link-expired': { what: 'links are handed out that live no longer than this', value: ['seconds', 0] },
  'link-revoked': { what: 'links handed out while this is on stop working' },
  'cdn-403': { what: 'one refusal' },
  'cdn-5xx': { what: 'HTTP error', value: ['status', 503] },
  'cdn-late': { what: 'first byte delayed', value: ['milliseconds', 3000] },
  'cdn-cut': { what: 'connection reset inside the body', value: ['bytes before', 65_536] },
  'cdn-stall': { what: 'body stops, the connection stays', value: ['bytes before', 65_536] },
  'cdn-stall-busy': { what: 'a connection above the cap is accepted and gets no byte' },
  'cdn-short': { what: 'body and Content-Length are shorter than Content-Range', value: ['bytes less', 1] },
  'cdn-wrong-range': { what: 'Content-Range and body are shifted', value: ['bytes', 1] },
  'cdn-200-for-206': { what: 'the whole file with HTTP 200 instead of the range' },
  'cdn-wrong-bytes': { what: 'right headers, the bytes of another file' },
  'cdn-redirect': { what: 'HTTP 302 to the same link under another host name' },
  'cdn-slow': { what: 'slow body', value: ['bytes per second', 65_536] },
  'file-changed': { what: 'the file has another size than the listing says', value: ['bytes more', 4096] },
  'type-chaos': { what: 'every field comes in any of the types it was ever seen in' },
  'documented-types': { what: 'fields come in the types of the documentation' },
  'data-array': { what: 'get_info wraps its data in an array' },
  'info-empty': { what: 'get_info answers state true and no data for what is missing' },
  'info-zero-time': { what: 'get_info answers times of "0"' },
} as const satisfies Readonly<Record<string, Fault>>;

/** Faults of changes, uploads, the storage and offline tasks. */
export const WRITING_FAULTS = {
  'hold-request': { what: 'the request is carried out only when it is released over the control path' },
  'hold-answer': { what: 'the answer is held until it is released over the control path' },
  'visibility-delay': { what: 'what is created is listed later', value: ['milliseconds', 3000] },
  'mutation-lost-answer': { what: 'a change is carried out, its answer is lost' },
  'mutation-busy': { what: 'copy, delete, restore answer 990009, move answers 990019' },
  'delete-slow': {
    what: 'a delete is answered at once, carried out later, and keeps the account busy until then',
    value: ['milliseconds', 3000],
  },
  'delete-gone-ok': { what: 'a delete of what is gone succeeds' },
  'copy-async': {
    what: 'copies appear one after another, and keep the account busy until then',
    value: ['milliseconds each', 1000],
  },
  'move-dangling': { what: 'a move to a folder that does not exist is accepted, the items are in no folder' },
  'rename-keeps-extension': { what: 'a rename does not change the extension of a file' },
  'name-changed': { what: 'new names are stored without their last character, ".." in its place' },
  'same-name-conflict': { what: 'a file whose name exists in the folder is refused with 20004' },
  'space-exhausted': { what: 'the account is full: copy and upload answer 91005' },
  'init-lost-answer': { what: 'upload/init is carried out, its answer is lost' },
  'upload-challenge': { what: 'known content of any size is challenged' },
  'upload-challenge-rounds': { what: 'right answers are challenged again', value: ['rounds', 3] },
  'upload-wrong-challenge': { what: 'a right answer to the challenge is called wrong (702)' },
  'upload-data-array': { what: 'init, resume and get_token wrap data and callback in arrays' },
  'upload-unknown': { what: 'known content is called unknown: the bytes must be sent' },
  'empty-file-refused': { what: 'upload/init of an empty file answers 1001' },
  'resume-refused': { what: 'upload/resume does not know the pick code' },
  'token-refused': { what: 'upload/get_token answers 990003' },
  'sts-expired': { what: 'the storage token in use has expired; a new one works' },
  'oss-5xx': { what: 'HTTP error of the storage', value: ['status', 503] },
  'oss-reset': { what: 'connection reset inside the body of an upload', value: ['bytes before', 65_536] },
  'oss-slow': { what: 'slow upload', value: ['bytes per second', 65_536] },
  'oss-stall': { what: 'the storage stops reading the body', value: ['bytes before', 65_536] },
  'oss-hang': { what: 'no answer of the storage' },
  'oss-lost-answer': { what: 'a storage request is carried out, its answer is lost' },
  'oss-corrupt': { what: 'a bit of the body changes on its way to the storage' },
  'oss-skewed': { what: 'the storage finds the clock of the client wrong' },
  'upload-gone': { what: 'the unfinished upload is forgotten: NoSuchUpload' },
  'complete-state-false': { what: 'the callback finds another content: state false, 10002, no file' },
  'complete-lost-answer': { what: 'the file is created, the answer of Complete or PutObject is lost' },
  'callback-failed-203': { what: 'the object is stored, 115 is not told: HTTP 203 CallbackFailed' },
  'offline-stuck': { what: 'offline tasks added while this is on never go beyond status 1' },
  'offline-fails': { what: 'offline tasks added while this is on end with status -1' },
} as const satisfies Readonly<Record<string, Fault>>;

/** Every fault that can be switched on. */
export const FAULTS = { ...READING_FAULTS, ...WRITING_FAULTS } as const;

export type ReadingFault = keyof typeof READING_FAULTS;
export type WritingFault = keyof typeof WRITING_FAULTS;
export type FaultName = ReadingFault | WritingFault;

export function faultNames(): readonly FaultName[] {
  return Object.keys(FAULTS) as FaultName[];
}

export function isFaultName(name: string): name is FaultName {
  return Object.hasOwn(FAULTS, name);
}
