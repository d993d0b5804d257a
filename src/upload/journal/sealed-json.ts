import { crc32 } from 'node:zlib';

/** What lies in a row: its values as JSON, and the CRC-32 of that text under the row's key. */
export interface SealedJson {
  readonly body: string;
  readonly crc: number;
}

/** The same key must be given to read it: what was copied over another row is seen. */
export function sealJson(key: string, value: unknown): SealedJson {
  const body = JSON.stringify(value);
  return { body, crc: sum(key, body) };
}

/** Undefined when it is not what was written. */
export function openJson(key: string, { body, crc }: SealedJson): unknown {
  // SQLite keeps what it is given, so a damaged column may be of any type.
  if (typeof body !== 'string' || sum(key, body) !== crc) return undefined;
  return JSON.parse(body) as unknown;
}

function sum(key: string, body: string): number {
  return crc32(body, crc32(key));
}
