import { constants } from 'node:fs';
import { type FileHandle, mkdir, open, rmdir, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Env } from '../../lib/env.js';
import type { Descriptors } from './descriptors.js';
import type { Segment } from './segment.js';
import {
  DATA_OFFSET,
  decodeHeader,
  encodeHeader,
  HEADER_BYTES,
  SEGMENT_UNITS,
  slotOffset,
} from './segment-format.js';
import { writeAll } from './write-all.js';

/** Units written by one system call. */
const WRITE_UNITS = 16;

/** What a segment's file says of itself. */
export interface FoundFile {
  /** Null when it is damaged, or not the file of this segment. */
  readonly sums: Uint32Array | null;
  /** Bytes that it takes on the disk. */
  readonly bytes: number;
  /** Wall time, milliseconds. */
  readonly usedAt: number;
}

/** The segment files below the cache's directory: what is read from and written to the disk, and in which order. */
export class SegmentFiles {
  readonly #env: Env;
  readonly #directory: string;
  readonly #descriptors: Descriptors;

  constructor(env: Env, directory: string, descriptors: Descriptors) {
    this.#env = env;
    this.#directory = directory;
    this.#descriptors = descriptors;
  }

  path(segment: Segment): string {
    return join(this.#directory, segment.place);
  }

  /** Looks at the segment's file; null when there is none. Rejects as the system does. */
  async look(segment: Segment): Promise<FoundFile | null> {
    try {
      return await this.#descriptors.use(this.path(segment), async (file) => {
        const header = Buffer.alloc(HEADER_BYTES);
        const length = await readFully(file, header, 0);
        const { blocks, mtimeMs } = await file.stat();
        const sums = decodeHeader(segment.place, header.subarray(0, length));
        return { sums, bytes: blocks * 512, usedAt: mtimeMs };
      });
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return null;
      throw error;
    }
  }

  /** Fills the target from a slot on; how many bytes there were. Rejects as the system does. */
  read(segment: Segment, slot: number, target: Uint8Array): Promise<number> {
    return this.#descriptors.use(this.path(segment), (file) => readFully(file, target, slotOffset(slot)));
  }

  /** Notes in the file when it was used (wall time, ms). Rejects as the system does. */
  note(segment: Segment, usedAt: number): Promise<void> {
    return this.#descriptors.use(this.path(segment), (file) => file.utimes(usedAt / 1000, usedAt / 1000));
  }

  /**
   * Writes units of a known segment and then their checksums, so that a checksum never stands for a unit that was
   * not written. Resolves with the bytes that the file takes then. Rejects as the system does; the segment knows
   * nothing of these units then.
   */
  async write(
    segment: Segment,
    units: ReadonlyMap<number, Uint8Array>,
    sums: ReadonlyMap<number, number>,
  ): Promise<number> {
    const file = await this.#openForWriting(segment);
    try {
      for (const [slot, buffers] of runs(units)) await writeAll(file, buffers, slotOffset(slot));
      await this.#env.checkpoint('block-cache:units-written');
      const table = Uint32Array.from(segment.sums ?? new Uint32Array(SEGMENT_UNITS));
      for (const [slot, sum] of sums) table[slot] = sum;
      await writeAll(file, [encodeHeader(segment.place, table)], 0);
      const { blocks } = await file.stat();
      segment.load(table);
      return blocks * 512;
    } finally {
      await file.close();
    }
  }

  /** Removes the segment's file, and its folder when that is empty. Rejects as the system does. */
  async remove(segment: Segment): Promise<void> {
    const path = this.path(segment);
    this.#descriptors.retire(path);
    await unlink(path).catch(ignore('ENOENT'));
    await rmdir(dirname(path)).catch(ignore('ENOENT', 'ENOTEMPTY', 'EEXIST'));
  }

  /** A file without a header worth keeping begins anew; one that was deleted behind our back takes its units along. */
  async #openForWriting(segment: Segment): Promise<FileHandle> {
    const path = this.path(segment);
    const fresh = segment.sums === null ? constants.O_TRUNC : 0;
    const flags = constants.O_WRONLY | constants.O_CREAT | fresh;
    const file = await open(path, flags, 0o600).catch(async (error: unknown) => {
      if (codeOf(error) !== 'ENOENT') throw error;
      await mkdir(dirname(path), { recursive: true, mode: 0o700 });
      return await open(path, flags, 0o600);
    });
    try {
      if ((await file.stat()).size < DATA_OFFSET) {
        this.#descriptors.retire(path);
        segment.load(null);
      }
    } catch (error) {
      await file.close();
      throw error;
    }
    return file;
  }
}

/** The system's name for what went wrong; empty when it is none. */
export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

function ignore(...codes: readonly string[]): (error: unknown) => void {
  return (error) => {
    if (!codes.includes(codeOf(error))) throw error;
  };
}

/** Neighbouring units together, by the slot of the first. */
function runs(units: ReadonlyMap<number, Uint8Array>): ReadonlyMap<number, Uint8Array[]> {
  const found = new Map<number, Uint8Array[]>();
  let start = -1;
  for (const [slot, bytes] of [...units].sort(([one], [other]) => one - other)) {
    const run = found.get(start);
    if (run !== undefined && start + run.length === slot && run.length < WRITE_UNITS) run.push(bytes);
    else found.set((start = slot), [bytes]);
  }
  return found;
}

async function readFully(file: FileHandle, target: Uint8Array, position: number): Promise<number> {
  let length = 0;
  while (length < target.length) {
    const { bytesRead } = await file.read(target, length, target.length - length, position + length);
    if (bytesRead === 0) break;
    length += bytesRead;
  }
  return length;
}
