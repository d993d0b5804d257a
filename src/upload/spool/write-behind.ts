/** Writes under way at once: one goes to the disk, the next is ready. Whoever writes more waits. */
const DEPTH = 2;
/** What the kernel passes on at most at once; only such buffers are used again. */
const BUFFER = 1024 * 1024;

/** Puts bytes into the file. */
export type Put = (position: number, bytes: Uint8Array) => Promise<void>;

/**
 * Writes that are answered once their bytes are copied, so that a program that writes a large file and the disk work at
 * the same time. They reach the file one after the other; a write that fails is told to `failed`, and those behind it
 * are dropped.
 */
export class WriteBehind {
  readonly #put: Put;
  readonly #failed: (error: unknown) => void;
  readonly #spare: Buffer[] = [];
  /** The oldest first; none rejects. */
  readonly #underWay: Promise<void>[] = [];
  #broken = false;

  constructor(put: Put, failed: (error: unknown) => void) {
    this.#put = put;
    this.#failed = failed;
  }

  /** Resolves when the caller may use the bytes for something else. */
  async add(position: number, bytes: Uint8Array): Promise<void> {
    while (this.#underWay.length >= DEPTH) await this.#underWay[0];
    const buffer = this.#bufferFor(bytes.length);
    buffer.set(bytes);
    const before = this.#underWay.at(-1) ?? Promise.resolve();
    const written = before.then(() => this.#write(position, buffer.subarray(0, bytes.length)));
    this.#underWay.push(written);
    void written.then(() => this.#written(buffer));
  }

  /** Resolves when everything so far is in the file, or `failed` was told. */
  async idle(): Promise<void> {
    await this.#underWay.at(-1);
  }

  /** Forgets that a write failed: what was lost is not wanted any more. */
  mend(): void {
    this.#broken = false;
  }

  #bufferFor(length: number): Buffer {
    if (length > BUFFER) return Buffer.allocUnsafeSlow(length);
    return this.#spare.pop() ?? Buffer.allocUnsafeSlow(BUFFER);
  }

  #written(buffer: Buffer): void {
    void this.#underWay.shift();
    // Only a program that is writing on will want it.
    if (this.#underWay.length === 0) this.#spare.length = 0;
    else if (buffer.length === BUFFER) this.#spare.push(buffer);
  }

  async #write(position: number, bytes: Uint8Array): Promise<void> {
    if (this.#broken) return;
    try {
      await this.#put(position, bytes);
    } catch (error) {
      this.#broken = true;
      this.#failed(error);
    }
  }
}
