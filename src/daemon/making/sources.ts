import { join } from 'node:path';
import type { Call } from '../../lib/call.js';
import type { Clock } from '../../lib/env.js';
import { FsError } from '../../lib/errors.js';
import type { MountStatus } from '../../lib/protocol.js';
import { DriveSource, driveEntries } from '../../rapid/drive-source.js';
import { localEntries } from '../../rapid/local-source.js';
import type { SourceEntry, SourceFile } from '../../rapid/source-file.js';
import { WatchedHasher } from '../../rapid/watched-hasher.js';
import type { Hasher } from '../../upload/hasher/hasher.js';
import type { OpenDrive } from '../drives.js';
import { nodeAt } from './place.js';
import { type Locators, locatePlace } from '../place-names.js';

export interface MakingSourcesParts extends Locators<OpenDrive> {
  readonly mounts: Locators<OpenDrive>['mounts'] & { status(): readonly Pick<MountStatus, 'path'>[] };
  /** A thread of its own for each request: uploads do not wait for it. */
  readonly newHasher: () => Pick<Hasher, 'hash' | 'bytesRead' | 'close'>;
}

/** What files can be made of: those of this machine, of drives, and of drives as a mount shows them. */
export class MakingSources {
  readonly locators: Locators<OpenDrive>;
  readonly #clock: Clock;
  readonly #parts: MakingSourcesParts;

  constructor(clock: Clock, parts: MakingSourcesParts) {
    this.#clock = clock;
    this.#parts = parts;
    this.locators = parts;
  }

  /** Whether a path of this machine shows something of a drive. */
  isMounted(path: string): boolean {
    return this.#parts.mounts
      .status()
      .some((mount) => path === mount.path || path.startsWith(`${mount.path.replace(/\/$/, '')}/`));
  }

  /** Whether a name means something of a drive. */
  isInDrive(name: string): boolean {
    return !name.startsWith('/') || this.isMounted(name);
  }

  /** Lends what reads them. */
  async use<T>(work: (reader: SourceReader) => Promise<T>): Promise<T> {
    const hasher = this.#parts.newHasher();
    try {
      return await work(new SourceReader(this, new WatchedHasher(this.#clock, hasher)));
    } finally {
      await hasher.close();
    }
  }
}

/** Reads sources by their names. Rejects with FsError, or the signal's reason. */
export class SourceReader {
  readonly #sources: MakingSources;
  readonly #hasher: WatchedHasher;

  constructor(sources: MakingSources, hasher: WatchedHasher) {
    this.#sources = sources;
    this.#hasher = hasher;
  }

  /** A file, or a folder with all in it, called `as` unless that is null. */
  async *entries(name: string, as: string | null, call: Call): AsyncGenerator<SourceEntry> {
    if (!this.#sources.isInDrive(name)) {
      yield* this.localEntries(name, as);
      return;
    }
    const { drive, path } = await locatePlace(name, this.#sources.locators, call);
    const node = await drive.tree.resolve(path, call);
    yield* driveEntries(drive, node, call, as ?? node.name);
  }

  /** As `entries`, of this machine. */
  localEntries(path: string, as: string | null): AsyncGenerator<SourceEntry> {
    return as === null ? localEntries(this.#hasher, path) : localEntries(this.#hasher, path, as);
  }

  /** A file below a folder; null when there is none. */
  async fileAt(folder: string, relative: string, call: Call): Promise<SourceFile | null> {
    if (!this.#sources.isInDrive(folder)) return await this.#localFile(join(folder, relative));
    const { drive, path } = await locatePlace(folder, this.#sources.locators, call);
    const node = await nodeAt({ drive, path: join(path, relative) }, call);
    return node?.kind === 'file' ? new DriveSource(drive, node, relative) : null;
  }

  async #localFile(path: string): Promise<SourceFile | null> {
    try {
      for await (const entry of localEntries(this.#hasher, path))
        return entry.kind === 'file' ? entry.file : null;
    } catch (error) {
      if (!(error instanceof FsError) || error.errno !== 'ENOENT') throw error;
    }
    return null;
  }
}
