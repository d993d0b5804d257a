import type { Blocks, Content, ContentSource } from '../../content/content.js';
import { wantedRanges, warmFile, type Warmed } from '../../content/warming.js';
import type { FileEntry } from '../../driver/entry.js';
import type { CacheWarmInput, CacheWarmOutput, CacheWarmProgress } from '../../lib/cache-protocol.js';
import type { Call } from '../../lib/call.js';
import type { Env } from '../../lib/env.js';
import { FsError, toFsError } from '../../lib/errors.js';
import { isLocalId } from '../../lib/local-id.js';
import { formatSize } from '../../lib/quantity.js';
import { rangeLength } from '../../lib/range.js';
import type { DirectoryNode, FileNode, Node } from '../../metadata/node.js';
import type { Tree } from '../../metadata/tree.js';
import { placeOf } from '../trees/known-trees.js';
import { type Locators, locatePlace } from '../place-names.js';

/** A drive as far as its files are read ahead of need. */
interface WarmedDrive {
  readonly name: string;
  readonly source: ContentSource;
  readonly tree: Pick<Tree, 'resolve' | 'list'>;
}

export interface CacheWarmingParts {
  readonly content: Pick<Content, 'open' | 'expect' | 'horizon'>;
  readonly blocks: Blocks;
  readonly locators: Locators<WarmedDrive>;
}

/** Failures that are told by name. */
const TOLD = 10;
/** What no other file would fare better with. */
const HOPELESS = new Set(['login', 'throttle', 'network']);

/** Reads files into the block cache before anybody asks for them, one after the other, after everybody who waits. */
export class CacheWarming {
  readonly #env: Env;
  readonly #parts: CacheWarmingParts;

  constructor(env: Env, parts: CacheWarmingParts) {
    this.#env = env;
    this.#parts = parts;
  }

  /**
   * Rejects with FsError: ENOENT, ENOSPC when the cache is too small for it, EAGAIN when what is left of the calls of
   * today is for others, or with what would stop every other file too.
   */
  async warm(
    { path, head }: CacheWarmInput,
    tell: (progress: CacheWarmProgress) => void,
    signal: AbortSignal,
  ): Promise<CacheWarmOutput> {
    const call: Call = { signal, urgency: 'probe' };
    const { drive, path: inside } = await locatePlace(path, this.#parts.locators, {
      signal,
      urgency: 'lookup',
    });
    const files = await filesBelow(drive, await drive.tree.resolve(inside, call), call);
    const wanted = files.map(({ entry }) => wantedBytes(entry, head));
    const ofBytes = wanted.reduce((sum, bytes) => sum + bytes, 0);
    this.#refuseTooMuch(path, ofBytes, head);
    const course = new Course(drive, files, ofBytes, tell);
    for (const [index, file] of files.entries()) {
      course.begin(file);
      this.#expect(drive, files, index);
      await this.#warmOne(drive, file, head, course, call);
    }
    return course.output;
  }

  async #warmOne(
    drive: WarmedDrive,
    file: FileNode,
    head: boolean,
    course: Course,
    call: Call,
  ): Promise<void> {
    refuseWithoutCalls(drive, file);
    const parts = { clock: this.#env.clock, content: this.#parts.content, blocks: this.#parts.blocks };
    const ranges = wantedRanges(file.entry.size, head);
    try {
      course.end(await warmFile(parts, drive.source, file.entry, ranges, (bytes) => course.add(bytes), call));
    } catch (thrown) {
      call.signal.throwIfAborted();
      const error = toFsError(thrown);
      if (HOPELESS.has(error.reason)) throw error;
      course.fail(file, error);
    }
  }

  /** Their links are asked for in one call, where the cloud gives several at once. */
  #expect({ source }: WarmedDrive, files: readonly FileNode[], index: number): void {
    const { content } = this.#parts;
    const next = files.slice(index, index + content.horizon(source)).map(({ entry }) => entry);
    if (next.length > 1) content.expect(source, next);
  }

  #refuseTooMuch(path: string, bytes: number, head: boolean): void {
    const { limit, probeLimit } = this.#parts.blocks.status();
    const most = head ? probeLimit : limit;
    if (bytes <= most) return;
    const what = head ? 'the heads of its files are' : 'its files are';
    const advice = head ? 'raise cache.probes' : 'raise cache.size, or warm the heads alone';
    const words = `${path}: ${what} ${formatSize(bytes)}, the cache keeps ${formatSize(most)}: ${advice}`;
    throw new FsError('ENOSPC', words, { reason: 'refused', expected: true });
  }
}

/** How far it is. */
class Course {
  readonly #drive: WarmedDrive;
  readonly #files: number;
  readonly #ofBytes: number;
  readonly #tell: (progress: CacheWarmProgress) => void;
  readonly #failures: { readonly path: string; readonly message: string }[] = [];
  #path = '';
  #begun = 0;
  #failed = 0;
  #bytes = 0;
  #done: Warmed = { bytes: 0, cached: 0, read: 0 };

  constructor(
    drive: WarmedDrive,
    files: readonly FileNode[],
    ofBytes: number,
    tell: (progress: CacheWarmProgress) => void,
  ) {
    this.#drive = drive;
    this.#files = files.length;
    this.#ofBytes = ofBytes;
    this.#tell = tell;
  }

  begin(file: FileNode): void {
    this.#path = placeOf({ drive: this.#drive, node: file });
    this.#begun += 1;
    this.add(0);
  }

  add(bytes: number): void {
    this.#bytes += bytes;
    const progress = { files: this.#begun - 1, of: this.#files, bytes: this.#bytes, ofBytes: this.#ofBytes };
    this.#tell({ ...progress, path: this.#path });
  }

  end({ bytes, cached, read }: Warmed): void {
    const { bytes: before, cached: kept, read: fetched } = this.#done;
    this.#done = { bytes: before + bytes, cached: kept + cached, read: fetched + read };
  }

  fail(file: FileNode, { message }: FsError): void {
    this.#failed += 1;
    const path = placeOf({ drive: this.#drive, node: file });
    if (this.#failures.length < TOLD) this.#failures.push({ path, message });
  }

  get output(): CacheWarmOutput {
    return { files: this.#files, ...this.#done, failed: this.#failed, failures: this.#failures };
  }
}

function wantedBytes({ size }: FileEntry, head: boolean): number {
  return wantedRanges(size, head).reduce((sum, range) => sum + rangeLength(range), 0);
}

/** The files at a node and below it that the cloud has, in the order of their paths; asks for what is not known. */
async function filesBelow(drive: WarmedDrive, node: Node, call: Call): Promise<readonly FileNode[]> {
  if (node.kind === 'file') return [node].filter(isInCloud);
  const files: FileNode[] = [];
  const waiting: DirectoryNode[] = [node];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    refuseWithoutCalls(drive, next);
    const children = [...(await drive.tree.list(next, call))].sort(byName);
    files.push(...children.filter(isInCloud));
    waiting.push(...children.filter((child) => child.kind === 'directory').reverse());
  }
  return files;
}

/** Throws FsError EAGAIN when what is left of the calls of today is for others. */
function refuseWithoutCalls(drive: WarmedDrive, node: Node): void {
  if (drive.source.spare?.() !== false) return;
  const why = 'what is left of the calls of today is kept for programs that wait';
  throw new FsError('EAGAIN', `stopped at ${placeOf({ drive, node })}: ${why}`, {
    reason: 'throttle',
    expected: true,
  });
}

/** Bytes that the cloud does not have yet lie here anyway. */
function isInCloud(node: Node): node is FileNode {
  return node.kind === 'file' && !isLocalId(node.entry.id);
}

function byName(one: Node, other: Node): number {
  return one.name < other.name ? -1 : 1;
}
