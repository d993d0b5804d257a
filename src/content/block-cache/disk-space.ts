import { mkdir, statfs } from 'node:fs/promises';

/** What stays free on the disk: so many bytes, or a share (0 to 1) of the whole disk. */
export type KeepFree = { readonly bytes: number } | { readonly share: number };

/** The free space of the disk that a directory lies on. */
export class DiskSpace {
  readonly #directory: string;
  readonly #keepFree: KeepFree;

  constructor(directory: string, keepFree: KeepFree) {
    this.#directory = directory;
    this.#keepFree = keepFree;
  }

  /** Makes the directory when it is gone. Bytes that are missing from what must stay free; 0 or less when enough is free. Rejects as the system does. */
  async shortfall(): Promise<number> {
    await mkdir(this.#directory, { recursive: true, mode: 0o700 });
    const { bsize, blocks, bavail } = await statfs(this.#directory);
    const floor = 'bytes' in this.#keepFree ? this.#keepFree.bytes : this.#keepFree.share * blocks * bsize;
    return floor - bavail * bsize;
  }
}
