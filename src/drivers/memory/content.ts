import { type ByteRange, rangeLength } from '../../lib/range.js';

/** The bytes of a file in the memory cloud: kept, or made when asked for. */
export interface MemoryContent {
  /** Bytes. */
  readonly size: number;
  /** Fills the whole buffer with the bytes from `position`; position and buffer lie within the size. */
  fill(position: number, buffer: Uint8Array): void;
}

/** Content that holds exactly these bytes. The array must not change afterwards. */
export function bytesContent(bytes: Uint8Array): MemoryContent {
  return {
    size: bytes.length,
    fill: (position, buffer) => buffer.set(bytes.subarray(position, position + buffer.length)),
  };
}

/** Content of any size that takes no room: the same seed and position always give the same byte. */
export function patternContent(seed: number, size: number): MemoryContent {
  return { size, fill: (position, buffer) => fillPattern(seed, position, buffer) };
}

/** The bytes of a range, which must lie within the content. */
export function readContent(content: MemoryContent, range: ByteRange): Uint8Array {
  const buffer = new Uint8Array(rangeLength(range));
  content.fill(range.start, buffer);
  return buffer;
}

function fillPattern(seed: number, position: number, buffer: Uint8Array): void {
  let word = Math.floor(position / 4);
  let shift = (position % 4) * 8;
  let bits = patternWord(seed, word);
  for (let index = 0; index < buffer.length; index += 1) {
    buffer[index] = bits >>> shift;
    shift += 8;
    if (shift === 32) {
      shift = 0;
      word += 1;
      bits = patternWord(seed, word);
    }
  }
}

/** 32 bits that differ wherever seed or word differ: the finisher of MurmurHash3. Words may exceed 32 bits. */
function patternWord(seed: number, word: number): number {
  let bits = seed ^ Math.imul(Math.floor(word / 2 ** 32), 0x9e3779b1) ^ (word | 0);
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return bits ^ (bits >>> 16);
}
