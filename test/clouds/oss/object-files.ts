import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, open, rm, truncate, type FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const zeros = Buffer.alloc(256 * 1024);

/** The bytes of uploads as files on disk, in a given folder that stays or in one that goes with the cloud. */
export class ObjectFiles {
  readonly #given: string | null;
  #folder: Promise<string> | null = null;

  constructor(folder: string | null) {
    this.#given = folder;
  }

  /** Path of a new empty file. */
  async create(): Promise<string> {
    this.#folder ??= this.#prepare();
    const path = join(await this.#folder, randomUUID());
    await (await open(path, 'wx')).close();
    return path;
  }

  async remove(path: string): Promise<void> {
    await rm(path, { force: true });
  }

  /** Takes everything away that is not meant to stay. */
  async close(): Promise<void> {
    if (this.#given === null && this.#folder !== null) await rm(await this.#folder, { recursive: true });
  }

  async #prepare(): Promise<string> {
    if (this.#given === null) return mkdtemp(join(tmpdir(), 'cloud-objects-'));
    await mkdir(this.#given, { recursive: true });
    return this.#given;
  }
}

/** Writes a stretch of a file; zeros stay holes, so that a sparse file costs nothing here either. */
export class StretchWriter {
  readonly #file: FileHandle;
  readonly #path: string;
  #position: number;

  private constructor(file: FileHandle, path: string, position: number) {
    this.#file = file;
    this.#path = path;
    this.#position = position;
  }

  static async open(path: string, position: number): Promise<StretchWriter> {
    return new StretchWriter(await open(path, 'r+'), path, position);
  }

  async write(bytes: Buffer): Promise<void> {
    for (let done = 0; done < bytes.length; done += zeros.length) {
      const piece = bytes.subarray(done, done + zeros.length);
      if (!piece.equals(zeros.subarray(0, piece.length))) {
        await this.#file.write(piece, 0, piece.length, this.#position);
      }
      this.#position += piece.length;
    }
  }

  /** The file reaches at least to the end of what was written, holes included. */
  async close(): Promise<void> {
    const { size } = await this.#file.stat();
    await this.#file.close();
    if (size < this.#position) await truncate(this.#path, this.#position);
  }
}

/** Writes stretches of one file into another, one behind the other. */
export async function copyStretches(
  from: string,
  to: string,
  stretches: readonly { readonly position: number; readonly size: number }[],
): Promise<void> {
  const source = await open(from, 'r');
  const target = await StretchWriter.open(to, 0);
  const buffer = Buffer.allocUnsafe(zeros.length);
  try {
    for (const { position, size } of stretches) {
      for (let done = 0; done < size;) {
        const wanted = Math.min(buffer.length, size - done);
        const { bytesRead } = await source.read(buffer, 0, wanted, position + done);
        if (bytesRead === 0) throw new Error(`${from} is shorter than its parts`);
        await target.write(buffer.subarray(0, bytesRead));
        done += bytesRead;
      }
    }
  } finally {
    await source.close();
    await target.close();
  }
}
