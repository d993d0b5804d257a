import * as v from 'valibot';
import { BandwidthSchedule } from '../upload/queue/bandwidth-schedule.js';
import { type ListenAddress, parseListenAddress } from '../lib/listen-address.js';
import { formatDuration, formatSize, parseDuration, parseSize } from '../lib/quantity.js';

/** What `sun_path` holds, without the zero at its end; Node cuts a longer path off without a word. */
const SOCKET_BYTES = 107;

/** Any text. */
export function text(description: string): v.GenericSchema<string> {
  return v.pipe(
    v.string('write text in quotes'),
    v.nonEmpty('must not be empty'),
    v.description(description),
  );
}

export function flag(description: string): v.GenericSchema<boolean> {
  return v.pipe(v.boolean('write true or false'), v.description(description));
}

/** A size such as `128MiB`, in bytes after parsing. */
export function size(
  description: string,
  least: number,
  most: number,
): v.GenericSchema<string | number, number> {
  const message = `write a size from ${compact(formatSize(least))} to ${compact(formatSize(most))}, such as 128MiB`;
  return v.pipe(
    v.union([v.string(), v.number()], message),
    v.transform((value) => parseSize(String(value)) ?? -1),
    v.check((bytes) => bytes >= least && bytes <= most, message),
    v.description(description),
  );
}

/** A size in bytes, or a share of a disk such as `5%` (0.05), after parsing. */
export function sizeOrShare(
  description: string,
): v.GenericSchema<string | number, { readonly bytes: number } | { readonly share: number }> {
  const message = 'write a share such as 5%, or a size such as 10GiB';
  return v.pipe(
    v.union([v.string(), v.number()], message),
    v.check((value) => shareOf(value) !== null || parseSize(String(value)) !== null, message),
    v.transform((value) => {
      const share = shareOf(value);
      return share === null ? { bytes: parseSize(String(value)) ?? 0 } : { share };
    }),
    v.description(description),
  );
}

/** A time such as `24h`, in milliseconds after parsing. */
export function duration(description: string, least: number, most: number): v.GenericSchema<string, number> {
  const message = `write a time from ${formatDuration(least)} to ${formatDuration(most)}, such as 90s or 24h`;
  return v.pipe(
    v.string(message),
    v.transform((value) => parseDuration(value) ?? -1),
    v.check((ms) => ms >= least && ms <= most, message),
    v.description(description),
  );
}

/** How fast bytes may leave at what time of the day, such as `2M` or `08:00,2M 23:00,off`. */
export function bandwidth(description: string): v.GenericSchema<string, BandwidthSchedule> {
  const message = 'write a rate such as 2M (bytes a second), off, or a day such as "08:00,2M 23:00,off"';
  return v.pipe(
    v.string(message),
    v.rawTransform(({ dataset, addIssue, NEVER }) => {
      const schedule = BandwidthSchedule.parse(dataset.value);
      if (schedule !== null) return schedule;
      addIssue({ message });
      return NEVER;
    }),
    v.description(description),
  );
}

/** What the names of files are compared with. */
export function namePattern(): v.GenericSchema<string> {
  const message = 'write the name of a file without a slash, such as Thumbs.db or "*.part"';
  return v.pipe(v.string(message), v.regex(/^[^/\0]+$/, message));
}

/** The extension of files, without its dot. */
export function extension(): v.GenericSchema<string> {
  const message = 'write an extension without its dot, such as mkv';
  return v.pipe(v.string(message), v.regex(/^[^./\0]+$/, message));
}

/** A whole number. */
export function count(description: string, least: number, most: number): v.GenericSchema<number> {
  const message = `write a whole number from ${least} to ${most}`;
  return v.pipe(
    v.number(message),
    v.integer(message),
    v.minValue(least, message),
    v.maxValue(most, message),
    v.description(description),
  );
}

/** A user or group number. */
export function identity(description: string): v.GenericSchema<number> {
  const message = 'write a number such as 1000 (the command id shows yours)';
  return v.pipe(
    v.number(message),
    v.integer(message),
    v.minValue(0, message),
    v.maxValue(0xfffffffe, message),
    v.description(description),
  );
}

/** Permission bits to take away, such as "022"; a number after parsing. */
export function umask(description: string): v.GenericSchema<string, number> {
  const message = 'write octal digits in quotes, such as "022" (without quotes YAML reads another number)';
  return v.pipe(
    v.string(message),
    v.regex(/^0?[0-7]{3}$/, message),
    v.transform((digits) => Number.parseInt(digits, 8)),
    v.description(description),
  );
}

/** An absolute path; without a slash at its end and without `..` after parsing. */
export function path(description: string): v.GenericSchema<string> {
  const message = 'write an absolute path, such as /mnt/films (~ and $HOME are not replaced)';
  return v.pipe(
    v.string(message),
    v.startsWith('/', message),
    v.check((value) => !value.includes('\0'), message),
    v.transform((value) => `/${value.split('/').reduce<string[]>(step, []).join('/')}`),
    v.description(description),
  );
}

/** The path of a unix socket. */
export function socket(description: string): v.GenericSchema<string> {
  const message = `write a path of at most ${SOCKET_BYTES} bytes (the kernel takes no longer one for a socket)`;
  return v.pipe(
    path(description),
    v.check((value) => Buffer.byteLength(value) <= SOCKET_BYTES, message),
    v.description(description),
  );
}

/** Where something listens, such as `127.0.0.1:8115`. */
export function listenAddress(description: string): v.GenericSchema<string, ListenAddress> {
  const message = 'write an address and a port, such as 127.0.0.1:8115, [::1]:8115 or 0.0.0.0:8115';
  return v.pipe(
    v.string(message),
    v.rawTransform(({ dataset, addIssue, NEVER }) => {
      const address = parseListenAddress(dataset.value);
      if (address !== null) return address;
      addIssue({ message });
      return NEVER;
    }),
    v.description(description),
  );
}

/** A web address that others are put behind, as it is written. */
export function webAddress(description: string, example: string): v.GenericSchema<string> {
  const message = `write a web address, such as ${example}`;
  return v.pipe(
    v.string(message),
    v.check((text) => /^https?:$/.test(URL.canParse(text) ? new URL(text).protocol : ''), message),
    v.description(description),
  );
}

/** The name of an account or drive. */
export function name(): v.GenericSchema<string> {
  const message =
    'names hold letters, digits, dots, hyphens and underscores, and begin with a letter or digit';
  return v.pipe(v.string(message), v.regex(/^[\p{L}\p{N}][\p{L}\p{M}\p{N}._-]*$/u, message));
}

function shareOf(value: string | number): number | null {
  const match = /^\s*(\d{1,2}(?:\.\d+)?)\s*%\s*$/.exec(String(value));
  return match === null ? null : Number(match[1]) / 100;
}

function step(parts: readonly string[], part: string): string[] {
  if (part === '' || part === '.') return [...parts];
  return part === '..' ? parts.slice(0, -1) : [...parts, part];
}

function compact(quantity: string): string {
  return quantity.replace(' ', '').replace(/\.0+(?=[A-Z])/, '');
}
