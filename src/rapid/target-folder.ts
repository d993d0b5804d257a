import type { Content, ContentSource } from '../content/content.js';
import type { Call } from '../lib/call.js';
import type { Clock } from '../lib/env.js';
import { FsError } from '../lib/errors.js';
import { isLocalId } from '../lib/local-id.js';
import { childPath, type DirectoryNode, type Node, pathOf } from '../metadata/node.js';
import type { Tree } from '../metadata/tree.js';
import type { Place } from '../upload/drive-writes.js';
import type { Writes } from '../upload/writes.js';
import { cloudNameFor } from '../vfs/typed-names.js';

/** A drive that files are made in. */
export interface TargetDrive {
  readonly name: string;
  readonly source: ContentSource;
  readonly content: Pick<Content, 'readExactly'>;
  readonly tree: Pick<Tree, 'resolve' | 'list' | 'refresh'>;
  readonly writes: Pick<Writes, 'create' | 'makeDirectory' | 'makeKnown' | 'remove' | 'transfers'>;
}

/** How long the cloud may take to make a folder that was asked for. */
const PATIENCE = 60_000;
const PAUSE = 250;

/** The folder of a drive below which files are made. Rejects with FsError, or the signal's reason. */
export class TargetFolder {
  readonly drive: TargetDrive;
  readonly #clock: Clock;
  readonly #path: string;
  /** What is in folders below, by their paths inside the drive: looked up once. */
  readonly #names = new Map<string, Map<string, Node>>();

  /** `path` is that of a folder inside the drive. */
  constructor(clock: Clock, drive: TargetDrive, path: string) {
    this.#clock = clock;
    this.drive = drive;
    this.#path = path;
  }

  /** For people. */
  shown(relative: string): string {
    return `${this.drive.name}:${this.#pathOf(relative)}`;
  }

  /** What has this name now; null when it is free. Folders that are old acquaintances are listed again once. */
  async occupant(relative: string, call: Call): Promise<Node | null> {
    const path = this.#pathOf(relative);
    const names = await this.#namesIn(parentOf(path), call);
    return names.get(nameOf(path)) ?? null;
  }

  /** The name is taken from now on, by something that was made here. */
  async taken(relative: string, call: Call): Promise<void> {
    const path = this.#pathOf(relative);
    const node = await this.drive.tree.resolve(path, call);
    (await this.#namesIn(parentOf(path), call)).set(nameOf(path), node);
  }

  /** Asks for a folder, and those above it, unless they are there. ENOTDIR when a file is in the way. */
  async makeDirectory(relative: string, call: Call): Promise<void> {
    let above = '';
    for (const name of relative.split('/').filter((part) => part !== '')) {
      above = above === '' ? name : `${above}/${name}`;
      const there = await this.occupant(above, call);
      if (there?.kind === 'file')
        throw new FsError('ENOTDIR', `${this.shown(above)} is a file`, { expected: true });
      if (there === null) await this.#make(above, call);
    }
  }

  /** Where a file is to be made. Waits until the cloud has its folder, which was asked for. */
  async place(relative: string, call: Call): Promise<Place> {
    const path = this.#pathOf(relative);
    const directory = await this.#inCloud(parentOf(path), call);
    return this.#placeIn(directory, nameOf(path));
  }

  async #make(relative: string, call: Call): Promise<void> {
    const path = this.#pathOf(relative);
    const parent = await this.#directory(parentOf(path), call);
    await this.drive.writes.makeDirectory(this.#placeIn(parent, nameOf(path)), call);
    await this.taken(relative, call);
    this.#names.set(path, new Map());
  }

  async #inCloud(path: string, call: Call): Promise<DirectoryNode> {
    const end = this.#clock.monotonic() + PATIENCE;
    for (;;) {
      const node = await this.#directory(path, call);
      if (!isLocalId(node.entry.id)) return node;
      if (this.#clock.monotonic() >= end) {
        throw new FsError('EAGAIN', `${this.drive.name}:${path} is not in the cloud yet: panfuse transfers`, {
          expected: true,
        });
      }
      await this.#clock.sleep(PAUSE, call.signal);
    }
  }

  async #directory(path: string, call: Call): Promise<DirectoryNode> {
    const node = await this.drive.tree.resolve(path, call);
    if (node.kind === 'directory') return node;
    throw new FsError('ENOTDIR', `${this.drive.name}:${path} is a file`, { expected: true });
  }

  async #namesIn(path: string, call: Call): Promise<Map<string, Node>> {
    const known = this.#names.get(path);
    if (known !== undefined) return known;
    const directory = await this.#known(path, call);
    if (directory === null) return new Map();
    // What others have put there since must not get a twin.
    if (!isLocalId(directory.entry.id)) await this.drive.tree.refresh(path, { recursive: false }, call);
    const nodes = await this.drive.tree.list(directory, call);
    const names = new Map(nodes.map((node) => [node.name, node]));
    this.#names.set(path, names);
    return names;
  }

  /** Null when there is none: what is only planned needs none. */
  async #known(path: string, call: Call): Promise<DirectoryNode | null> {
    try {
      return await this.#directory(path, call);
    } catch (error) {
      if (error instanceof FsError && error.errno === 'ENOENT') return null;
      throw error;
    }
  }

  #placeIn(directory: DirectoryNode, name: string): Place {
    const { facts } = this.drive.source.driver;
    return {
      directory: directory.entry,
      name: cloudNameFor(name, facts),
      path: childPath(pathOf(directory), name),
    };
  }

  #pathOf(relative: string): string {
    return relative === '' ? this.#path : childPath(this.#path, relative);
  }
}

function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/')) || '/';
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
