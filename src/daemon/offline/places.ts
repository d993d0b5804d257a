import type { DirectoryEntry, FileEntry } from '../../driver/entry.js';
import type { Call } from '../../lib/call.js';
import type { Clock } from '../../lib/env.js';
import { FsError } from '../../lib/errors.js';
import { isLocalId } from '../../lib/local-id.js';
import { type Node, pathOf } from '../../metadata/node.js';
import type { Tree } from '../../metadata/tree.js';
import type { OpenDrive } from '../drives.js';
import { type Locators, locatePlace } from '../place-names.js';

/** How long something made here may take to reach the cloud before the person has to ask again. */
const PATIENCE = 30_000;
const PAUSE = 500;

/** A drive as far as places in it go. */
export type PlaceDrive = Pick<OpenDrive, 'name' | 'account' | 'source'> & {
  readonly tree: Pick<Tree, 'resolve'>;
};

/** What a person named. */
export interface Place<E> {
  readonly drive: PlaceDrive;
  readonly path: string;
  readonly entry: E;
}

export type PlaceParts = Locators<PlaceDrive>;

/** Finds what people name as `films:/folder` or as a path inside a mount, in the cloud. */
export class Places {
  readonly #clock: Clock;
  readonly #parts: PlaceParts;

  constructor(clock: Clock, parts: PlaceParts) {
    this.#clock = clock;
    this.#parts = parts;
  }

  /** Rejects with FsError: ENOENT, ENOTDIR, EAGAIN when it is not in the cloud yet, or as the drive does. */
  async directory(name: string, call: Call): Promise<Place<DirectoryEntry>> {
    const { drive, path, node } = await this.#find(name, call);
    if (node.kind === 'directory') return { drive, path, entry: node.entry };
    throw new FsError('ENOTDIR', `${name} is a file, not a folder`, { expected: true });
  }

  /** Rejects with FsError: ENOENT, EISDIR, EAGAIN when it is not in the cloud yet, or as the drive does. */
  async file(name: string, call: Call): Promise<Place<FileEntry>> {
    const { drive, path, node } = await this.#find(name, call);
    if (node.kind === 'file') return { drive, path, entry: node.entry };
    throw new FsError('EISDIR', `${name} is a folder, not a file`, { expected: true });
  }

  async #find(
    name: string,
    call: Call,
  ): Promise<{ readonly drive: PlaceDrive; readonly path: string; readonly node: Node }> {
    const { drive, path } = await locatePlace(name, this.#parts, call);
    const end = this.#clock.monotonic() + PATIENCE;
    for (;;) {
      const node = await drive.tree.resolve(path, call);
      if (!isLocalId(node.entry.id)) return { drive, path: pathOf(node), node };
      if (this.#clock.monotonic() >= end) {
        throw new FsError('EAGAIN', `${name} is not in the cloud yet: try again in a moment`, {
          expected: true,
        });
      }
      await this.#clock.sleep(PAUSE, call.signal);
    }
  }
}
