import type { Random } from '../lib/env.js';

/** An id for something that the cloud does not have yet: `local-<uuid>`. */
export function newLocalId(random: Random): string {
  const bytes = Buffer.from(random.bytes(16));
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x40, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  const digits = bytes.toString('hex');
  const groups = [digits.slice(0, 8), digits.slice(8, 12), digits.slice(12, 16), digits.slice(16, 20)];
  return `local-${groups.join('-')}-${digits.slice(20)}`;
}
