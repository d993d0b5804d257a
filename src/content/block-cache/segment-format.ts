import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { UNIT } from './units.js';

/*
 * A segment file holds up to 16 MiB of one content: a header, a hole up to the first page, and each unit at its
 * place, so that units that are not cached are holes. Evicting a segment is unlinking its file.
 *
 *   0     32 bytes  identity: SHA-256 of the format and of the segment's place in the cache
 *   32   512 bytes  a checksum for each unit, 0 for a unit that is not here
 *   4096            the units
 *
 * Numbers are in the order of this machine: elsewhere every checksum fails, which costs a download.
 */

/** Units of one segment. */
export const SEGMENT_UNITS = 128;
/** Where the first unit begins: a whole page, so that units lie on pages. */
export const DATA_OFFSET = 4096;

const IDENTITY_BYTES = 32;

/** Bytes of the part of the header that is read and written. */
export const HEADER_BYTES = IDENTITY_BYTES + 4 * SEGMENT_UNITS;

/** Where a unit lies in its segment's file. */
export function slotOffset(slot: number): number {
  return DATA_OFFSET + slot * UNIT;
}

/** The header of the segment at `place`. */
export function encodeHeader(place: string, sums: Uint32Array): Uint8Array {
  return Buffer.concat([identityOf(place), new Uint8Array(sums.buffer, sums.byteOffset, sums.byteLength)]);
}

/** The checksums in a header; null when it is not whole, or the header of another segment or format. */
export function decodeHeader(place: string, header: Uint8Array): Uint32Array | null {
  if (header.length < HEADER_BYTES) return null;
  if (!identityOf(place).equals(header.subarray(0, IDENTITY_BYTES))) return null;
  const sums = new Uint32Array(SEGMENT_UNITS);
  new Uint8Array(sums.buffer).set(header.subarray(IDENTITY_BYTES, HEADER_BYTES));
  return sums;
}

/** The checksum of a unit, never 0. It covers the content and the unit's number: bytes of another place fail. */
export function sumOf(folder: string, unit: number, bytes: Uint8Array): number {
  const sum = crc32(bytes, crc32(`${folder}:${unit}`));
  return sum === 0 ? 1 : sum;
}

function identityOf(place: string): Buffer {
  return createHash('sha256').update(`panfuse segment 1\n${place}`).digest();
}
