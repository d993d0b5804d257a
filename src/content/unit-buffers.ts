import { setImmediate as nextTurn } from 'node:timers/promises';

/** Buffers that are asked of the system at once. */
const SLAB_UNITS = 16;

/**
 * Memory for units, used again and again: collecting it as garbage would cost a third more memory and a full
 * collection every few hundred milliseconds of reading.
 */
export class UnitBuffers {
  readonly #length: number;
  /** How many buffers of each slab are free. */
  readonly #slabs = new Map<ArrayBufferLike, number>();
  #free: Uint8Array[] = [];
  #retired: Uint8Array[] = [];

  /** Each of `length` bytes. */
  constructor(length: number) {
    this.#length = length;
  }

  /** A buffer with whatever bytes were in it. */
  take(): Uint8Array {
    const buffer = this.#free.pop() ?? this.#grow();
    this.#count(buffer, -1);
    return buffer;
  }

  /**
   * Takes back a buffer, or a part of one that begins where it does. Whoever was given its bytes in this turn of the
   * event loop finds them until the turn ends.
   */
  give(bytes: Uint8Array): void {
    this.#retired.push(new Uint8Array(bytes.buffer, bytes.byteOffset, this.#length));
    if (this.#retired.length === 1) void this.#recycle();
  }

  async #recycle(): Promise<void> {
    await nextTurn();
    for (const buffer of this.#retired) {
      this.#count(buffer, 1);
      this.#free.push(buffer);
    }
    this.#retired = [];
    this.#shrink();
  }

  #grow(): Uint8Array {
    const memory = new ArrayBuffer(SLAB_UNITS * this.#length);
    this.#slabs.set(memory, SLAB_UNITS);
    const buffer = (index: number): Uint8Array => new Uint8Array(memory, index * this.#length, this.#length);
    for (let index = SLAB_UNITS - 1; index > 0; index -= 1) this.#free.push(buffer(index));
    return buffer(0);
  }

  #count({ buffer }: Uint8Array, change: 1 | -1): void {
    this.#slabs.set(buffer, (this.#slabs.get(buffer) ?? 0) + change);
  }

  /** Keeps one slab of which nothing is used; others go back to the system. */
  #shrink(): void {
    const unused = [...this.#slabs].filter(([, free]) => free === SLAB_UNITS).slice(1);
    if (unused.length === 0) return;
    for (const [memory] of unused) this.#slabs.delete(memory);
    this.#free = this.#free.filter(({ buffer }) => this.#slabs.has(buffer));
  }
}
