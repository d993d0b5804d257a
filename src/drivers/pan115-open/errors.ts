import { type ErrnoName, type FailureReason, FsError } from '../../lib/errors.js';

/** What a code of 115 means. A reason of `login` stands only where the refresh token itself is refused. */
export type Meaning =
  | { readonly kind: 'throttled'; readonly words: string }
  | { readonly kind: 'unauthorized'; readonly words: string }
  | {
      readonly kind: 'temporary' | 'failed';
      readonly errno: ErrnoName;
      readonly reason: FailureReason;
      readonly words: string;
    };

/** Codes that a caller handles itself. */
export const ORDER_NOT_SUPPORTED = 20130827;
export const NAME_TAKEN = 20004;
export const CONTENT_DIFFERS = 10002;
export const OFFLINE_TASK_EXISTS = 10008;
export const QR_SIGN_REFUSED = 40140104;
export const QR_EXPIRED = 40199002;

const throttled = (words: string): Meaning => ({ kind: 'throttled', words });
const unauthorized = (words: string): Meaning => ({ kind: 'unauthorized', words });
const temporary = (errno: ErrnoName, words: string, reason: FailureReason = 'refused'): Meaning => ({
  kind: 'temporary',
  errno,
  reason,
  words,
});
const busy = (words: string): Meaning => temporary('EBUSY', words, 'throttle');
const failed = (errno: ErrnoName, words: string, reason: FailureReason = 'refused'): Meaning => ({
  kind: 'failed',
  errno,
  reason,
  words,
});
const gone = failed('ENOENT', 'it does not exist or was deleted', 'gone');
const askTheDeveloper = (words: string): Meaning =>
  failed('EACCES', `${words}: only the owner of the app can change that, at https://open.115.com/`);

/** 115-open.md §3.5 and §4. */
const MEANINGS: ReadonlyMap<number, Meaning> = new Map([
  [2, failed('EDQUOT', 'the folder holds its limit of 50,000 entries')],
  [99, unauthorized('log in again')],
  [406, throttled('the limit of calls is reached')],
  [
    911,
    throttled('the account must be verified by a person: open the 115 app or website and solve the captcha'),
  ],
  [1001, failed('EINVAL', 'wrong parameter')],
  [CONTENT_DIFFERS, failed('EIO', 'other bytes arrived than were announced')],
  [10004, failed('EINVAL', 'wrong link')],
  [OFFLINE_TASK_EXISTS, failed('EEXIST', 'there is an offline download of this link already')],
  [10010, failed('EDQUOT', 'the quota of offline downloads is used up')],
  [10014, failed('ENOENT', 'the target folder does not exist', 'gone')],
  [20001, failed('EINVAL', 'the name is empty')],
  [20002, failed('ENAMETOOLONG', 'the name is too long')],
  [20003, failed('EINVAL', 'the name holds one of " < >')],
  [NAME_TAKEN, failed('EEXIST', 'the name exists already')],
  [20009, failed('ENOENT', 'the parent folder does not exist', 'gone')],
  [20020, failed('EINVAL', 'the file name extension is not accepted')],
  [20021, failed('EINVAL', 'the file name extension is not accepted')],
  [21003, failed('EEXIST', 'the target exists already')],
  [31004, failed('EIO', 'the file is not completely uploaded')],
  [50028, failed('EFBIG', 'the file is too big to be downloaded this way')],
  [50038, failed('EACCES', 'the cloud has blocked this content')],
  [51011, failed('EPERM', 'empty folders cannot be transferred')],
  [70004, failed('EIO', 'the file is not completely uploaded')],
  [91002, failed('EINVAL', 'a folder cannot be copied into itself')],
  [91004, failed('EINVAL', 'more than 50,000 items in one operation')],
  [91005, failed('ENOSPC', 'not enough space')],
  [320001, failed('EACCES', 'the security password is wrong or missing')],
  [590075, throttled('calls come too often')],
  [770004, throttled('calls come too often')],
  [800006, failed('EINVAL', 'a folder cannot be moved into itself')],
  [980006, failed('EIO', 'the cloud does not know this call')],
  [990001, unauthorized('the login timed out')],
  [990002, failed('EINVAL', 'wrong parameter')],
  [990003, temporary('EIO', 'the operation failed', 'throttle')],
  [990005, busy('another task of this account is under way')],
  [990009, busy('a delete, restore or copy is still under way')],
  [990019, busy('a move is still under way')],
  [990023, failed('EINVAL', 'more than 50,000 items in one operation')],
  [ORDER_NOT_SUPPORTED, failed('EINVAL', 'this order is not supported for this folder')],
  [40100000, failed('EINVAL', 'a parameter is missing')],
  [40101004, throttled('115 finds the address of this login abnormal')],
  [40101017, unauthorized('the user could not be verified')],
  [40101032, unauthorized('log in again')],
  [40110000, temporary('EIO', 'the request was found abnormal')],
  [40140100, failed('EACCES', 'the clientId is wrong: compare it with the APP ID at https://open.115.com/')],
  [QR_SIGN_REFUSED, failed('EACCES', 'the QR code is no longer valid')],
  [40140105, temporary('EIO', 'no QR code could be made')],
  [40140106, failed('EACCES', 'the clientId is wrong: compare it with the APP ID at https://open.115.com/')],
  [40140107, failed('EACCES', 'there is no app with this clientId: compare it at https://open.115.com/')],
  [40140108, askTheDeveloper('the app is not approved')],
  [40140109, askTheDeveloper('the app is disabled')],
  [40140110, askTheDeveloper("the app's approval has expired")],
  [40140111, failed('EACCES', 'the clientSecret is wrong: compare it at https://open.115.com/')],
  [40140113, failed('EACCES', 'the login could not be verified: begin it again')],
  [40140114, failed('EACCES', 'the refresh token is damaged: check that it was pasted whole', 'login')],
  [40140115, failed('EACCES', 'the refresh token is damaged: check that it was pasted whole', 'login')],
  [
    40140116,
    failed(
      'EACCES',
      "the login was taken away: a third login of the same app pushed it out, or it was removed in the 115 app's device list",
      'login',
    ),
  ],
  [40140117, throttled('the login was renewed too often')],
  [40140118, askTheDeveloper("the developer's certification has expired")],
  [40140119, failed('EACCES', 'the refresh token has expired (it lasts a year from the login)', 'login')],
  [
    40140120,
    failed(
      'EACCES',
      'the refresh token was used elsewhere: by another program that holds the same token, or the answer to a renewal was lost',
      'login',
    ),
  ],
  [40140121, temporary('EIO', 'the login could not be renewed')],
  [40140122, failed('EACCES', 'too many apps are authorized: remove one in the 115 app')],
  [40140123, unauthorized('the access token is not accepted')],
  [40140124, unauthorized('the access token is not accepted')],
  [40140125, unauthorized('the access token has expired or was revoked')],
  [40140126, unauthorized('the access token is not accepted')],
  [40140130, askTheDeveloper('the app has no redirect domain')],
  [40140131, askTheDeveloper('the redirect address is not one of the app')],
  [40140133, failed('EACCES', 'the clientSecret is wrong: compare it at https://open.115.com/')],
  [40140134, failed('EACCES', 'the authorization code is wrong or was used already: begin the login again')],
  [40140135, failed('EACCES', 'the clientId is wrong: compare it with the APP ID at https://open.115.com/')],
  [40140136, failed('EACCES', 'the redirect address differs from the one of the consent page')],
  [QR_EXPIRED, failed('EACCES', 'the QR code has expired')],
  ...[20013, 20018, 31003, 50001, 50003, 50015, 70005, 70008, 90008, 231011, 430004, 800001].map(
    (code): [number, Meaning] => [code, gone],
  ),
]);

/** Refusals that come without a code, told by their text. */
const TEXTS: readonly (readonly [RegExp, Meaning])[] = [
  [/访问上限|频繁|too (often|frequent|many)/i, throttled('calls come too often')],
  [/refresh token error/i, failed('EACCES', 'the refresh token is not accepted', 'login')],
];

const unknownRefusal = failed('EIO', 'the cloud refused');
const silentRefusal = throttled('the cloud refused without a reason');

/** The meaning of a failed answer; an unknown code is a refusal, none at all and no text a throttle (§1.3). */
export function meaningOf(code: number, message: string): Meaning {
  const known = MEANINGS.get(code);
  if (known !== undefined) return known;
  const told = TEXTS.find(([pattern]) => pattern.test(message));
  if (told !== undefined) return told[1];
  return code === 0 && message === '' ? silentRefusal : unknownRefusal;
}

/** What 115 itself said, kept as the cause of an FsError. */
class CloudRefusal extends Error {
  override readonly name = 'CloudRefusal';
  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

/** An FsError that says what the answer means and passes on what 115 said, word for word. */
export function refusal(
  call: string,
  told: { readonly code: number; readonly message: string },
  meaning: { readonly errno: ErrnoName; readonly reason: FailureReason; readonly words: string },
): FsError {
  return new FsError(meaning.errno, `115 Open: ${call}: ${sentence(meaning.words, told)}`, {
    reason: meaning.reason,
    cause: new CloudRefusal(told.code, told.message),
    expected: meaning.reason === 'gone',
  });
}

/** What an answer says that reached us by way of somebody else (§17.7): there is nobody to slow down or log in again. */
export function relayedRefusal(
  call: string,
  told: { readonly code: number; readonly message: string },
): FsError {
  const meaning = meaningOf(told.code, told.message);
  if (meaning.kind === 'temporary' || meaning.kind === 'failed') return refusal(call, told, meaning);
  return refusal(call, told, { errno: 'EIO', reason: 'network', words: meaning.words });
}

/** The meaning in words, with the cloud's own text and code behind it. */
export function sentence(words: string, told: { readonly code: number; readonly message: string }): string {
  const said = [told.message, told.code === 0 ? '' : `code ${told.code}`].filter((part) => part !== '');
  return said.length === 0 ? words : `${words} (115 says: ${said.join(', ')})`;
}

/** The code that 115 gave with a refusal; null when the error is something else. */
export function cloudCode(error: unknown): number | null {
  return error instanceof FsError && error.cause instanceof CloudRefusal ? error.cause.code : null;
}

/** Whether 115 said that the same call may succeed later. */
export function isTemporary(error: unknown): boolean {
  const code = cloudCode(error);
  return code !== null && MEANINGS.get(code)?.kind === 'temporary';
}
