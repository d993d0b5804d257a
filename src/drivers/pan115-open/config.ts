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

const endpoints = v.strictObject({
  api: v.optional(address('https://proapi.115.com'), 'https://proapi.115.com'),
  passport: v.optional(address('https://passportapi.115.com'), 'https://passportapi.115.com'),
  qrcode: v.optional(address('https://qrcodeapi.115.com'), 'https://qrcodeapi.115.com'),
});

const calls = v.strictObject({
  perSecond: v.optional(between(0.01, 20, 'calls a second'), 1),
  burst: v.optional(count(1, 100, 'calls at once after a pause'), 4),
  perDay: v.optional(count(1, 1_000_000, 'calls a day'), 8000),
});

const breaker = v.strictObject({
  first: v.optional(duration(1, 3_600_000, '60s'), '60s'),
  max: v.optional(duration(1, 86_400_000, '1h'), '1h'),
});

/**
 * The keys of a 115 Open account in the configuration, with their defaults; unknown keys are errors.
 * `calls` paces the whole account (115-open.md §5), `breaker` is how long nothing is asked after a refusal:
 * `first`, doubling up to `max`, both milliseconds after parsing.
 */
export const pan115OpenSchema = v.strictObject({
  clientId: v.exactOptional(secret('the APP ID')),
  clientSecret: v.exactOptional(secret('the client secret')),
  refreshToken: v.exactOptional(secret('the refresh token')),
  accessToken: v.exactOptional(secret('the access token')),
  renewUrl: v.exactOptional(address('https://renew.example/115')),
  endpoints: v.optional(endpoints, {}),
  userAgent: v.optional(
    v.pipe(
      v.string('write the User-Agent as text'),
      v.regex(/^[\x20-\x7e]{1,512}$/, 'write 1 to 512 ASCII characters'),
    ),
    'Mozilla/5.0 (compatible; panfuse)',
  ),
  calls: v.optional(calls, {}),
  breaker: v.optional(breaker, {}),
  connections: v.optional(count(1, 64, 'download connections of the account'), 8),
  pageSize: v.optional(count(20, 1150, 'entries a listing call'), 1150),
  linkBatch: v.optional(count(1, 200, 'files a link call'), 20),
});

/** A 115 Open account's settings after the schema: every default filled in, times in milliseconds. */
export type Pan115OpenConfig = v.InferOutput<typeof pan115OpenSchema>;
