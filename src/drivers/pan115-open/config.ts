import * as v from 'valibot';
import { parseDuration } from '../../lib/quantity.js';

/** Longer than any token or key of 115; what is longer was pasted by mistake. */
const LONGEST_SECRET = 4096;

function secret(what: string) {
  return v.pipe(
    v.string(`write ${what} as text in quotes`),
    v.trim(),
    v.nonEmpty(`write ${what}, or leave the key out`),
    v.maxLength(LONGEST_SECRET, `this is too long to be ${what}`),
    v.regex(/^[\x21-\x7e]+$/, `${what} holds no spaces and only ASCII characters`),
  );
}

function address(example: string) {
  const message = `write a web address such as "${example}"`;
  return v.pipe(
    v.string(message),
    v.trim(),
    v.check((text) => isWebAddress(text), message),
    v.transform((text) => text.replace(/\/+$/, '')),
  );
}

function isWebAddress(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
}

function between(least: number, most: number, unit: string) {
  const message = `write a number from ${least} to ${most} (${unit})`;
  return v.pipe(v.number(message), v.minValue(least, message), v.maxValue(most, message));
}

function count(least: number, most: number, unit: string) {
  return v.pipe(
    between(least, most, unit),
    v.integer(`write a whole number from ${least} to ${most} (${unit})`),
  );
}

function duration(least: number, most: number, example: string) {
  const message = `write a time such as "${example}"`;
  return v.pipe(
    v.string(message),
    v.transform((text) => parseDuration(text) ?? -1),
    v.check((ms) => ms >= least && ms <= most, message),
  );
}

/** The schema with the words that `panfuse config options` shows for it. */
function described<const S extends v.GenericSchema>(words: string, schema: S) {
  return v.pipe(schema, v.description(words));
}

const endpoints = v.strictObject({
  api: v.optional(described('where the API is', address('https://proapi.115.com')), 'https://proapi.115.com'),
  passport: v.optional(
    described('where tokens are given out', address('https://passportapi.115.com')),
    'https://passportapi.115.com',
  ),
  qrcode: v.optional(
    described('where a QR login is followed', address('https://qrcodeapi.115.com')),
    'https://qrcodeapi.115.com',
  ),
});

const calls = v.strictObject({
  perSecond: v.optional(described('calls a second, steadily', between(0.01, 20, 'calls a second')), 1),
  burst: v.optional(
    described('calls at once after a pause', count(1, 100, 'calls at once after a pause')),
    4,
  ),
  perDay: v.optional(described('calls of one day', count(1, 1_000_000, 'calls a day')), 8000),
});

const breaker = v.strictObject({
  first: v.optional(
    described('how long nothing is asked after the cloud refused', duration(1, 3_600_000, '60s')),
    '60s',
  ),
  max: v.optional(
    described('the longest such pause, after many refusals', duration(1, 86_400_000, '1h')),
    '1h',
  ),
});

/**
 * The keys of a 115 Open account in the configuration, with their defaults; unknown keys are errors.
 * `calls` paces the whole account (115-open.md §5), `breaker` is how long nothing is asked after a refusal:
 * `first`, doubling up to `max`, both milliseconds after parsing.
 */
export const pan115OpenSchema = v.strictObject({
  clientId: v.exactOptional(described('the APP ID, for panfuse login', secret('the APP ID'))),
  clientSecret: v.exactOptional(described('for a login by authorization code', secret('the client secret'))),
  refreshToken: v.exactOptional(
    described('a pasted token; what was stored since wins', secret('the refresh token')),
  ),
  accessToken: v.exactOptional(described('a pasted token', secret('the access token'))),
  renewUrl: v.exactOptional(
    described('a renewal server in place of the cloud', address('https://renew.example/115')),
  ),
  endpoints: v.optional(endpoints, {}),
  userAgent: v.optional(
    described(
      'what the cloud sees, and links are bound to',
      v.pipe(
        v.string('write the User-Agent as text'),
        v.regex(/^[\x20-\x7e]{1,512}$/, 'write 1 to 512 ASCII characters'),
      ),
    ),
    'Mozilla/5.0 (compatible; panfuse)',
  ),
  calls: v.optional(calls, {}),
  breaker: v.optional(breaker, {}),
  connections: v.optional(
    described('downloads at once', count(1, 64, 'download connections of the account')),
    8,
  ),
  pageSize: v.optional(
    described('entries a listing call asks for', count(20, 1150, 'entries a listing call')),
    1150,
  ),
  linkBatch: v.optional(
    described('files a link call asks for at most', count(1, 200, 'files a link call')),
    20,
  ),
  changeBatch: v.optional(
    described('entries a move, copy or delete call names at most', count(1, 10_000, 'entries a change call')),
    1000,
  ),
  listingLag: v.optional(
    described('how long something new may be missing from listings', duration(0, 3_600_000, '14s')),
    '14s',
  ),
});

/** A 115 Open account's settings after the schema: every default filled in, times in milliseconds. */
export type Pan115OpenConfig = v.InferOutput<typeof pan115OpenSchema>;

/** Every web address that an account is asked at, that of the API first. */
export function pan115OpenAddresses({ endpoints, renewUrl }: Pan115OpenConfig): readonly string[] {
  const { api, passport, qrcode } = endpoints;
  return [api, passport, qrcode, ...(renewUrl === undefined ? [] : [renewUrl])];
}
