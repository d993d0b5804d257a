const POLYNOMIAL = 0xc96c5795d7870f42n;
const MASK = 0xffff_ffffn;

/** Eight tables of 256 entries, each as low and high 32 bits: one step for eight bytes. */
const tables = (() => {
  const words = new Int32Array(8 * 256 * 2);
  const set = (index: number, value: bigint): void => {
    words[2 * index] = Number(value & MASK) | 0;
    words[2 * index + 1] = Number(value >> 32n) | 0;
  };
  const get = (index: number): bigint =>
    (BigInt((words[2 * index + 1] ?? 0) >>> 0) << 32n) | BigInt((words[2 * index] ?? 0) >>> 0);
  for (let byte = 0; byte < 256; byte += 1) {
    let value = BigInt(byte);
    for (let bit = 0; bit < 8; bit += 1)
      value = (value & 1n) === 1n ? (value >> 1n) ^ POLYNOMIAL : value >> 1n;
    set(byte, value);
  }
  for (let index = 256; index < 8 * 256; index += 1) {
    const before = get(index - 256);
    set(index, get(Number(before & 0xffn)) ^ (before >> 8n));
  }
  return words;
})();

/** CRC-64 of ECMA-182 as OSS gives it in `x-oss-hash-crc64ecma`. */
export class Crc64 {
  #low = -1;
  #high = -1;

  update(bytes: Uint8Array): void {
    const whole = bytes.length - (bytes.length % 8);
    for (let at = 0; at < whole; at += 8) this.#step(bytes, at);
    for (let at = whole; at < bytes.length; at += 1) this.#stepByte(bytes[at] ?? 0);
  }

  /** As an unsigned decimal number. */
  digest(): string {
    return ((BigInt(~this.#high >>> 0) << 32n) | BigInt(~this.#low >>> 0)).toString();
  }

  #step(bytes: Uint8Array, at: number): void {
    const low = this.#low ^ word(bytes, at);
    const high = this.#high ^ word(bytes, at + 4);
    let nextLow = 0;
    let nextHigh = 0;
    for (let shift = 0; shift < 4; shift += 1) {
      const first = 2 * ((7 - shift) * 256 + ((low >>> (8 * shift)) & 0xff));
      const second = 2 * ((3 - shift) * 256 + ((high >>> (8 * shift)) & 0xff));
      nextLow ^= (tables[first] ?? 0) ^ (tables[second] ?? 0);
      nextHigh ^= (tables[first + 1] ?? 0) ^ (tables[second + 1] ?? 0);
    }
    this.#low = nextLow;
    this.#high = nextHigh;
  }

  #stepByte(byte: number): void {
    const index = 2 * ((this.#low ^ byte) & 0xff);
    this.#low = ((this.#low >>> 8) | (this.#high << 24)) ^ (tables[index] ?? 0);
    this.#high = (this.#high >>> 8) ^ (tables[index + 1] ?? 0);
  }
}

function word(bytes: Uint8Array, at: number): number {
  return (
    (bytes[at] ?? 0) |
    ((bytes[at + 1] ?? 0) << 8) |
    ((bytes[at + 2] ?? 0) << 16) |
    ((bytes[at + 3] ?? 0) << 24)
  );
}
