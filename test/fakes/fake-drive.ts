import type { OpenContent } from '../../src/content/range-reader.js';
import type { Driver, Space } from '../../src/driver/driver.js';
import type { DirectoryEntry, FileEntry } from '../../src/driver/entry.js';
import { abortable } from '../../src/lib/abortable.js';
import type { Call } from '../../src/lib/call.js';
import { FsError, notFound } from '../../src/lib/errors.js';
import type { DirectoryNode, FileNode, Node } from '../../src/metadata/node.js';
import type { DriveContent, DriveTree, VfsDrive } from '../../src/vfs/drive.js';

const MODIFIED = Date.UTC(2024, 4, 6, 7, 8, 9);

type Change = (change: { readonly paths: readonly string[] }) => void;

/** A tree in memory, as the file system sees one. `add` makes what is missing on the way. */
export class FakeTree implements DriveTree {
  readonly root: DirectoryNode = directory('0', '', null);
  spaceKnown: Space | null = { total: 100 * 2 ** 30, used: 40 * 2 ** 30 };
  readonly #children = new Map<DirectoryNode, Map<string, Node>>([[this.root, new Map()]]);
  readonly #listeners = new Set<Change>();
  #lastId = 0;

  addDirectory(path: string): DirectoryNode {
    let at = this.root;
    for (const name of path.split('/').filter((part) => part !== '')) {
      const known = this.#childrenOf(at).get(name);
      if (known?.kind === 'file') throw new Error(`${path}: ${name} is a file`);
      const next: DirectoryNode = known ?? directory(this.#nextId(), name, at);
      this.#childrenOf(at).set(name, next);
      if (known === undefined) this.#children.set(next, new Map());
      at = next;
    }
    return at;
  }

  addFile(path: string, size: number, changes: Partial<FileEntry> = {}): FileNode {
    const parent = this.addDirectory(path.slice(0, path.lastIndexOf('/')));
    const name = path.slice(path.lastIndexOf('/') + 1);
    const id = this.#nextId();
    const entry: FileEntry = {
      kind: 'file',
      id,
      parentId: parent.entry.id,
      name,
      size,
      modifiedAt: MODIFIED,
      createdAt: MODIFIED + 1000,
      hash: { kind: 'sha1', value: id.padStart(40, 'A') },
      attributes: { pickcode: `pick${id}` },
      ...changes,
    };
    const node: FileNode = { kind: 'file', entry, name, parent };
    this.#childrenOf(parent).set(name, node);
    return node;
  }

  remove(path: string): void {
    const parent = this.addDirectory(path.slice(0, path.lastIndexOf('/')));
    this.#childrenOf(parent).delete(path.slice(path.lastIndexOf('/') + 1));
  }

  /** Tells the listeners that these paths changed. */
  tell(...paths: string[]): void {
    for (const listener of this.#listeners) listener({ paths });
  }

  resolve(path: string): Promise<Node> {
    let at: Node = this.root;
    for (const name of path.split('/').filter((part) => part !== '')) {
      if (at.kind === 'file') return Promise.reject(new FsError('ENOTDIR', path, { expected: true }));
      const next = this.#childrenOf(at).get(name);
      if (next === undefined) return Promise.reject(notFound(path));
      at = next;
    }
    return Promise.resolve(at);
  }

  list(at: DirectoryNode): Promise<readonly Node[]> {
    return Promise.resolve([...this.#childrenOf(at).values()]);
  }

  space(): Promise<Space | null> {
    return Promise.resolve(this.spaceKnown);
  }

  onChange(listener: Change): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  status(): { readonly entries: number } {
    return { entries: this.#lastId };
  }

  #childrenOf(at: DirectoryNode): Map<string, Node> {
    const children = this.#children.get(at);
    if (children === undefined) throw new Error(`${at.name} is not of this tree`);
    return children;
  }

  #nextId(): string {
    this.#lastId += 1;
    return `${this.#lastId}`;
  }
}

function directory(id: string, name: string, parent: DirectoryNode | null): DirectoryNode {
  const entry: DirectoryEntry = {
    kind: 'directory',
    id,
    parentId: parent?.entry.id ?? '',
    name,
    modifiedAt: MODIFIED,
    createdAt: MODIFIED,
    attributes: {},
  };
  return { kind: 'directory', entry, name, parent };
}

/** The byte at a position of any file of FakeContent: different for neighbouring positions and for files. */
export function byteAt(id: string, position: number): number {
  return (Number(id) * 31 + position * 7 + Math.floor(position / 251)) % 256;
}

/** Bytes made from the file's id. Files whose name begins with `dead` never answer. */
export class FakeContent implements DriveContent {
  /** Urgency getters of the reads so far, to see what they become. */
  readonly calls: Call[] = [];
  /** Handles opened and not yet closed. */
  handles = 0;

  open(_source: unknown, file: FileEntry): OpenContent {
    this.handles += 1;
    return {
      read: async (position, length, call) => {
        this.calls.push(call);
        if (file.name.startsWith('dead')) {
          return await abortable(call.signal, new Promise<never>(() => undefined));
        }
        const end = Math.min(position + length, file.size);
        return Uint8Array.from({ length: Math.max(0, end - position) }, (_, index) =>
          byteAt(file.id, position + index),
        );
      },
      close: () => {
        this.handles -= 1;
      },
    };
  }
}

/** A drive of fakes. */
export interface FakeDrive extends VfsDrive {
  readonly tree: FakeTree;
  readonly content: FakeContent;
}

export function fakeDrive(name = 'films', account = 'main'): FakeDrive {
  const source = { account, driver: {} as Driver, connections: 8 };
  return { name, tree: new FakeTree(), content: new FakeContent(), source };
}
