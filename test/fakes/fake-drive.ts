import type { OpenContent } from '../../src/content/range-reader.js';
import type { Driver, Space } from '../../src/driver/driver.js';
import type { DirectoryEntry, Entry, FileEntry } from '../../src/driver/entry.js';
import { abortable } from '../../src/lib/abortable.js';
import type { Call } from '../../src/lib/call.js';
import { FsError, notFound } from '../../src/lib/errors.js';
import { shownName } from '../../src/metadata/name-mapping.js';
import { childPath, type DirectoryNode, type FileNode, type Node, pathOf } from '../../src/metadata/node.js';
import type { DriveContent, DriveTree, VfsDrive } from '../../src/vfs/drive.js';
import { FakeAttributes } from './fake-attributes.js';

const MODIFIED = Date.UTC(2024, 4, 6, 7, 8, 9);

type Change = (change: { readonly paths: readonly string[] }) => void;

/** A node whose entry, name and place may change. */
type Changing<N extends Node> = { -readonly [Key in keyof N]: N[Key] };

/** A tree in memory, as the file system sees one. `add` makes what is missing on the way. */
export class FakeTree implements DriveTree {
  readonly root: DirectoryNode = directory('0', '', null);
  readonly attributes = new FakeAttributes();
  readonly local = {
    entry: (id: string) => this.#nodes.get(id)?.entry ?? null,
    idle: () => this.showing,
  };
  /** What is asked for is shown when this resolves. */
  showing: Promise<void> = Promise.resolve();
  /** Names are shown as on a cloud that refuses these. */
  forbidden = '';
  spaceKnown: Space | null = { total: 100 * 2 ** 30, used: 40 * 2 ** 30 };
  readonly #children = new Map<DirectoryNode, Map<string, Node>>([[this.root, new Map()]]);
  readonly #nodes = new Map<string, Changing<FileNode> | Changing<DirectoryNode>>([['0', this.root]]);
  readonly #listeners = new Set<Change>();
  #lastId = 0;

  addDirectory(path: string): DirectoryNode {
    let at = this.root;
    for (const name of path.split('/').filter((part) => part !== '')) {
      const known = this.#childrenOf(at).get(name);
      if (known?.kind === 'file') throw new Error(`${path}: ${name} is a file`);
      at = known ?? this.#addNode(directory(this.nextId(), name, at));
    }
    return at;
  }

  addFile(path: string, size: number, changes: Partial<FileEntry> = {}): FileNode {
    const parent = this.addDirectory(path.slice(0, path.lastIndexOf('/')));
    const name = path.slice(path.lastIndexOf('/') + 1);
    const id = this.nextId();
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
    return this.#addNode({ kind: 'file', entry, name, parent });
  }

  /** Shows an entry of any kind in the directory that it names. */
  add(entry: Entry): void {
    const parent = this.#nodes.get(entry.parentId);
    if (parent?.kind !== 'directory') throw new Error(`${entry.name}: no directory ${entry.parentId}`);
    const name = shownName(entry.name, this.forbidden);
    const node = entry.kind === 'file' ? { kind: 'file' as const, entry, name, parent } : null;
    this.#addNode(node ?? { ...directory(entry.id, name, parent), entry: entry as DirectoryEntry });
    this.tell(childPath(pathOf(parent), name));
  }

  /** Shows an entry in the place of another one. */
  replace(id: string, entry: FileEntry): void {
    const node = this.#nodes.get(id);
    if (node?.kind !== 'file') throw new Error(`${id} is no file`);
    this.#nodes.delete(id);
    this.#nodes.set(entry.id, node);
    node.entry = entry;
    this.tell(pathOf(node));
  }

  move(id: string, parentId: string, name: string): void {
    const node = this.#nodes.get(id);
    const parent = this.#nodes.get(parentId);
    if (!node?.parent || parent?.kind !== 'directory') throw new Error(`${id} cannot be moved`);
    this.tell(pathOf(node));
    this.#childrenOf(node.parent).delete(node.name);
    node.name = shownName(name, this.forbidden);
    node.parent = parent;
    if (node.kind === 'file') node.entry = { ...node.entry, parentId, name };
    else node.entry = { ...node.entry, parentId, name };
    this.#childrenOf(parent).set(node.name, node);
    this.tell(pathOf(node));
  }

  hide(id: string): void {
    const node = this.#nodes.get(id);
    if (!node?.parent) throw new Error(`${id} is not shown`);
    this.#nodes.delete(id);
    const siblings = this.#childrenOf(node.parent);
    if (siblings.get(node.name) === node) siblings.delete(node.name);
    this.tell(pathOf(node));
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

  lookup(at: DirectoryNode, name: string): Promise<Node> {
    const found = this.#childrenOf(at).get(name);
    return found === undefined ? Promise.reject(notFound(name)) : Promise.resolve(found);
  }

  list(at: DirectoryNode): Promise<readonly Node[]> {
    return Promise.resolve([...this.#childrenOf(at).values()]);
  }

  knownSpace(): Space | null {
    return this.spaceKnown;
  }

  expectSpace(): void {
    return;
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

  nextId(): string {
    this.#lastId += 1;
    return `${this.#lastId}`;
  }

  #addNode<N extends Node>(node: N): N {
    if (node.parent !== null) this.#childrenOf(node.parent).set(node.name, node);
    if (node.kind === 'directory') this.#children.set(node, new Map());
    this.#nodes.set(node.entry.id, node);
    return node;
  }

  #childrenOf(at: DirectoryNode): Map<string, Node> {
    const children = this.#children.get(at);
    if (children === undefined) throw new Error(`${at.name} is not of this tree`);
    return children;
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
  /** Bytes of files by id, where they are not made from it. */
  readonly stored = new Map<string, Uint8Array>();
  /** How many files may be expected. */
  ahead = 0;
  /** Names of the files that were expected. */
  readonly expected: (readonly string[])[] = [];
  /** Handles opened and not yet closed. */
  handles = 0;

  bytesOf({ id, size }: FileEntry, start: number, end: number): Uint8Array {
    const stored = this.stored.get(id);
    if (stored !== undefined) return stored.slice(start, end);
    const length = Math.max(0, Math.min(end, size) - start);
    return Uint8Array.from({ length }, (_, index) => byteAt(id, start + index));
  }

  horizon(): number {
    return this.ahead;
  }

  expect(_source: unknown, files: readonly FileEntry[]): void {
    this.expected.push(files.map(({ name }) => name));
  }

  open(_source: unknown, file: FileEntry): OpenContent {
    this.handles += 1;
    const read: OpenContent['read'] = async (position, length, call) => {
      this.calls.push(call);
      if (file.name.startsWith('dead')) {
        return await abortable(call.signal, new Promise<never>(() => undefined));
      }
      return this.bytesOf(file, position, position + length);
    };
    return {
      read,
      borrow: read,
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

/** A drive that can only be read. */
export function fakeDrive(name = 'films', account = 'main'): FakeDrive {
  const facts = { forbiddenCharacters: '', nameBytes: 255 };
  const source = { account, driver: { facts } as Driver, connections: 8 };
  return { name, tree: new FakeTree(), content: new FakeContent(), source, writes: null };
}
