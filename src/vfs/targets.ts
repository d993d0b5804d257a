import type { Entry, FileEntry } from '../driver/entry.js';
import type { Call } from '../lib/call.js';
import { FsError } from '../lib/errors.js';
import { isLocalId } from '../lib/local-id.js';
import type { FileNode, Node } from '../metadata/node.js';
import {
  attributesOf,
  drivesAttributes,
  type Attributes,
  type LocalKnowledge,
  type Ownership,
} from './attributes.js';
import type { VfsDrive, VfsLayout } from './drive.js';
import { locate } from './location.js';
import type { OpenFiles } from './open-files.js';
import type { OpenNode } from './open-node.js';
import type { UnlinkedFiles } from './unlinked-files.js';

/** A file or directory of a drive. */
export interface Target {
  readonly kind: 'entry';
  readonly drive: VfsDrive;
  /** As the tree shows it. */
  readonly entry: Entry;
  /** Null when its name is gone. */
  readonly node: Node | null;
  /** The open file that has lost its name, when that is what the path means. */
  readonly unlinked: OpenNode | null;
  /** Inside the mount, for messages. */
  readonly path: string;
}

/** A file that is open or may be opened. */
export interface FileTarget {
  readonly file: OpenNode;
  /** Its name in the tree; null when that is gone. */
  readonly node: FileNode | null;
}

/** The directory of all drives. */
export interface DrivesTarget {
  readonly kind: 'drives';
  readonly drives: readonly VfsDrive[];
}

/** What paths mean to a program: names of the tree, and files that are open although their name is gone. */
export class Targets {
  readonly #layout: VfsLayout;
  readonly #ownership: Ownership;
  readonly #files: OpenFiles;
  readonly #unlinked: UnlinkedFiles;

  constructor(layout: VfsLayout, ownership: Ownership, files: OpenFiles, unlinked: UnlinkedFiles) {
    this.#layout = layout;
    this.#ownership = ownership;
    this.#files = files;
    this.#unlinked = unlinked;
  }

  /** Rejects as `locate` does. */
  async any(path: string, call: Call): Promise<Target | DrivesTarget> {
    const unlinked = this.#unlinked.get(path);
    if (unlinked !== undefined)
      return { kind: 'entry', drive: unlinked.drive, entry: unlinked.entry, node: null, unlinked, path };
    await this.#unlinked.decided(path);
    const location = await locate(this.#layout, path, call);
    if (location.kind === 'drives') return location;
    const { drive, node } = location;
    return { kind: 'entry', drive, entry: node.entry, node, unlinked: null, path };
  }

  /** As `any`; what the cloud got just now is shown as it has it. */
  async #settled(path: string, call: Call): Promise<Target | DrivesTarget> {
    const target = await this.any(path, call);
    if (target.kind === 'drives' || target.unlinked !== null || !isLocalId(target.entry.id)) return target;
    if ((target.drive.writes?.local(target.entry.id) ?? null) !== null) return target;
    await target.drive.tree.local.idle();
    return await this.any(path, call);
  }

  /** As `any`; EPERM for the directory of all drives. */
  async entry(path: string, call: Call): Promise<Target> {
    const target = await this.any(path, call);
    if (target.kind === 'entry') return target;
    throw new FsError('EPERM', `${path}: the directory of all drives stays as it is`, { expected: true });
  }

  /** As `any`; EISDIR for a directory, EACCES for what is in the trash: it has no bytes. The file is the open one, or one that nobody has open. */
  async file(path: string, call: Call): Promise<FileTarget> {
    const target = await this.#settled(path, call);
    if (target.kind === 'drives' || target.entry.kind === 'directory') {
      throw new FsError('EISDIR', `${path}: is a directory`, { expected: true });
    }
    const { drive, entry, node, unlinked } = target;
    if (unlinked === null && drive.writes?.isTrashed(entry.id) === true) {
      const message = `${path}: it is in the recycle bin of the cloud; take it out of the trash to read it`;
      throw new FsError('EACCES', message, { expected: true });
    }
    return {
      file: unlinked ?? this.#files.nodeOf(path, drive, entry),
      node: node?.kind === 'file' ? node : null,
    };
  }

  /** What stat shows of a target. */
  attributes(target: Target | DrivesTarget): Attributes {
    if (target.kind === 'drives') return drivesAttributes(target.drives, this.#ownership);
    return target.unlinked === null
      ? this.attributesOf(target.drive, target.entry)
      : this.attributesOfNode(target.unlinked);
  }

  /** What stat shows of an entry of a drive. */
  attributesOf(drive: VfsDrive, entry: Entry): Attributes {
    const kept = drive.tree.attributes.of(entry.id);
    const written = entry.kind === 'file' ? this.#writtenOf(drive, entry) : null;
    return attributesOf(entry, this.#ownership, { written, kept });
  }

  /** What stat shows of an open file. */
  attributesOfNode({ drive, entry, local, id, size, unlinked }: OpenNode): Attributes {
    const kept = drive.tree.attributes.of(id);
    const written = local === null ? null : { size, modifiedAt: local.modifiedAt };
    const shown = attributesOf(entry, this.#ownership, { written, kept });
    return unlinked ? { ...shown, nlink: 0 } : shown;
  }

  // What is open may be longer than what was written so far.
  #writtenOf(drive: VfsDrive, entry: FileEntry): LocalKnowledge['written'] {
    const local = drive.writes?.local(entry.id) ?? null;
    if (local === null) return null;
    const size = this.#files.find(drive, entry)?.size ?? local.size;
    return { size, modifiedAt: local.modifiedAt };
  }
}

/** Under which id the attributes of a target are kept. */
export function keptId({ entry, unlinked }: Target): string {
  return unlinked?.id ?? entry.id;
}
