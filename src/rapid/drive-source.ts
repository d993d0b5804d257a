import type { Content, ContentSource } from '../content/content.js';
import type { FileEntry } from '../driver/entry.js';
import type { KnownHashes } from '../driver/writer.js';
import type { Call } from '../lib/call.js';
import { isLocalId } from '../lib/local-id.js';
import { type ByteRange, rangeLength } from '../lib/range.js';
import { type DirectoryNode, type FileNode, type Node, pathOf } from '../metadata/node.js';
import type { Tree } from '../metadata/tree.js';
import { HEAD, type SourceEntry, type SourceFile } from './source-file.js';

const PIECE = 1024 * 1024;

/** A drive as far as its files are read. */
export interface ReadDrive {
  readonly name: string;
  readonly source: ContentSource;
  readonly content: Pick<Content, 'open' | 'readExactly' | 'expect' | 'horizon'>;
  readonly tree: Pick<Tree, 'list'>;
}

/** A file of a cloud. */
export class DriveSource implements SourceFile {
  readonly from: string;
  readonly path: string;
  readonly size: number;
  readonly isReadable = true;
  readonly entry: FileEntry;
  readonly stream = (call: Call): AsyncIterable<Uint8Array> => this.#stream(call);
  readonly #drive: ReadDrive;
  readonly #neighbours: readonly FileEntry[];

  /** When bytes of this one are needed, links of the `neighbours` are asked for along with its own. */
  constructor(drive: ReadDrive, node: FileNode, path: string, neighbours: readonly FileEntry[] = []) {
    this.#drive = drive;
    this.#neighbours = neighbours;
    this.entry = node.entry;
    this.from = `${drive.name}:${pathOf(node)}`;
    this.path = path;
    this.size = node.entry.size;
  }

  hashes(): Promise<KnownHashes> {
    return Promise.resolve(hashesOf(this.entry));
  }

  async read(range: ByteRange, signal: AbortSignal): Promise<Uint8Array> {
    const { content, source } = this.#drive;
    if (this.#neighbours.length > 1) content.expect(source, this.#neighbours);
    return await content.readExactly(source, this.entry, range, { signal, urgency: 'lookup' });
  }

  async *#stream(call: Call): AsyncGenerator<Uint8Array> {
    const { content, source } = this.#drive;
    const open = content.open(source, this.entry);
    try {
      for (let at = 0; at < this.size; at += PIECE) {
        const range = { start: at, end: Math.min(at + PIECE, this.size) };
        yield await open.read(range.start, rangeLength(range), call);
      }
    } finally {
      open.close();
    }
  }
}

/**
 * A file or folder of a drive with all that is in it: folders before what they hold. What is known costs no call. Rejects
 * as Tree.list does.
 */
export async function* driveEntries(
  drive: ReadDrive,
  node: Node,
  call: Call,
  path = node.name,
): AsyncGenerator<SourceEntry> {
  const from = `${drive.name}:${pathOf(node)}`;
  if (isLocalId(node.entry.id)) {
    yield { kind: 'other', from, path, why: 'it is not in the cloud yet: try again in a moment' };
  } else if (node.kind === 'file') {
    yield { kind: 'file', file: new DriveSource(drive, node, path) };
  } else {
    yield { kind: 'directory', from, path };
    yield* childrenOf(drive, node, call, path === '' ? '' : `${path}/`);
  }
}

async function* childrenOf(
  drive: ReadDrive,
  directory: DirectoryNode,
  call: Call,
  prefix: string,
): AsyncGenerator<SourceEntry> {
  const children = await drive.tree.list(directory, call);
  const sorted = [...children].sort((one, other) => (one.name < other.name ? -1 : 1));
  const files = sorted.filter((node) => node.kind === 'file' && !isLocalId(node.entry.id)) as FileNode[];
  const many = Math.max(1, drive.content.horizon(drive.source));
  for (let at = 0; at < files.length; at += many) {
    const nodes = files.slice(at, at + many);
    const neighbours = nodes.map(({ entry }) => entry);
    for (const node of nodes) {
      yield { kind: 'file', file: new DriveSource(drive, node, prefix + node.name, neighbours) };
    }
  }
  for (const node of sorted) {
    if (node.kind === 'directory' || isLocalId(node.entry.id)) {
      yield* driveEntries(drive, node, call, prefix + node.name);
    }
  }
}

/** The hashes that a file of a cloud carries. */
export function hashesOf({ hash, size }: FileEntry): KnownHashes {
  const sha1 = hash?.kind === 'sha1' ? hash.value : null;
  const md5 = hash?.kind === 'md5' ? hash.value : null;
  return { sha1, md5, headSha1: size <= HEAD ? sha1 : null };
}
