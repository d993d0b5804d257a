import { type BlockCache, UNIT } from '../../content/block-cache/block-cache.js';
import { contentFolder } from '../../content/block-cache/content-folder.js';
import type { PinnedContents } from '../../content/block-cache/pinned-contents.js';
import { CachedBytes } from '../../content/cached-bytes.js';
import { contentKey } from '../../content/content-key.js';
import type {
  CacheChoiceInput,
  CacheEvictOutput,
  CachePinOutput,
  CacheStatus,
  CacheUnpinOutput,
  CacheVerifyOutput,
  CacheVerifyProgress,
  PinRow,
  SweptDrive,
} from '../../lib/cache-protocol.js';
import type { Call } from '../../lib/call.js';
import { FsError } from '../../lib/errors.js';
import { isLocalId } from '../../lib/local-id.js';
import { formatSize } from '../../lib/quantity.js';
import { pathOf } from '../../metadata/node.js';
import type { Tree } from '../../metadata/tree.js';
import { type KnownTrees, surveyed, UnknownCount } from '../trees/known-trees.js';
import { type Locators, locatePlace } from '../place-names.js';

/** What is kept on the local disk. */
export interface KeptBlocks {
  readonly blocks: BlockCache;
  readonly pins: PinnedContents;
  /** Where it lies. */
  readonly path: string;
}

export interface CacheActionsParts {
  /** Null when nothing is kept. */
  readonly kept: KeptBlocks | null;
  readonly trees: KnownTrees;
  readonly locators: Locators<{ readonly name: string }>;
  readonly drives: {
    opened(): readonly { readonly name: string; readonly tree: Pick<Tree, 'sweep'> }[];
  };
}

/** A file as the cache knows it. */
interface CachedContentOf {
  readonly key: string;
  readonly size: number;
  readonly folder: string;
  readonly drive: string;
  readonly path: string;
}

/** Of the cache: what pinned files may take, so that there is room for what is read. */
const PINNED_SHARE = 0.9;

/** What people see of the block cache, and do about it. Methods reject with FsError, or the signal's reason on abort. */
export class CacheActions {
  readonly #parts: CacheActionsParts;

  constructor(parts: CacheActionsParts) {
    this.#parts = parts;
  }

  status(): CacheStatus | null {
    if (this.#parts.kept === null) return null;
    const { blocks, pins, path } = this.#parts.kept;
    const { bytes, limit, probeBytes, probeLimit, files, state, ...counts } = blocks.status();
    return {
      ...{ path, bytes, limit, probeBytes, probeLimit, contents: files },
      pinned: { contents: pins.all.length, bytes: pins.bytes },
      hits: counts.hits * UNIT,
      misses: counts.misses * UNIT,
      damaged: counts.damaged * UNIT,
      dropped: counts.dropped * UNIT,
      evicted: counts.evicted,
      message: state.kind === 'off' ? state.message : null,
    };
  }

  async pins(): Promise<readonly PinRow[]> {
    const { blocks, pins } = this.#kept();
    const rows: PinRow[] = [];
    for (const { drive, path, size, key } of pins.all) {
      const file = new CachedBytes(blocks, key, size);
      rows.push({ drive, path, size, cached: await file.within({ start: 0, end: size }) });
      file.close();
    }
    return rows.sort((one, other) => (`${one.drive}:${one.path}` < `${other.drive}:${other.path}` ? -1 : 1));
  }

  /** Files at a path and below it that are known, whether they are cached yet or not. */
  async pin(path: string, call: Call): Promise<CachePinOutput> {
    const { blocks, pins } = this.#kept();
    const unknown = new UnknownCount();
    const contents = await this.#contentsAt(path, unknown, call);
    const bytes = contents.reduce((sum, { size }) => sum + size, 0);
    const fresh = contents.filter(({ folder }) => !pins.has(folder));
    const more = fresh.reduce((sum, { size }) => sum + size, 0);
    const most = Math.floor(blocks.status().limit * PINNED_SHARE);
    if (pins.bytes + more > most) {
      const words = `${path}: ${formatSize(pins.bytes + more)} would be pinned, but that may be ${formatSize(most)} at most: raise cache.size`;
      throw new FsError('ENOSPC', words, { reason: 'refused', expected: true });
    }
    for (const content of contents) await pins.add(content);
    return { files: contents.length, bytes, unknown: unknown.told };
  }

  /** Also what has another name by now, or none. */
  async unpin({ path, all }: CacheChoiceInput, call: Call): Promise<CacheUnpinOutput> {
    const { pins } = this.#kept();
    const chosen = one(path, all) === null ? pins.all : await this.#pinsAt(path ?? '', pins, call);
    for (const { folder } of chosen) await pins.remove(folder);
    return { contents: chosen.length };
  }

  async evict({ path, all }: CacheChoiceInput, call: Call): Promise<CacheEvictOutput> {
    const { blocks, pins } = this.#kept();
    if (one(path, all) === null) return { ...(await blocks.evictAll()), pinned: pins.all.length };
    let [contents, bytes, pinned] = [0, 0, 0];
    for (const { key, size, folder } of await this.#contentsAt(path ?? '', new UnknownCount(), call)) {
      call.signal.throwIfAborted();
      if (pins.has(folder)) pinned += 1;
      else if (blocks.holds(key, size)) {
        bytes += await blocks.evict(key, size);
        contents += 1;
      }
    }
    return { contents, bytes, pinned };
  }

  async verify(
    tell: (progress: CacheVerifyProgress) => void,
    signal: AbortSignal,
  ): Promise<CacheVerifyOutput> {
    const { blocks } = this.#kept();
    const { bytes, probeBytes } = blocks.status();
    return await blocks.verify((report) => tell({ ...report, of: bytes + probeBytes }), signal);
  }

  /** What is stored of folders of open drives that no listing leads to any more. */
  async sweep(signal: AbortSignal): Promise<readonly SweptDrive[]> {
    const swept: SweptDrive[] = [];
    for (const { name, tree } of this.#parts.drives.opened())
      swept.push({ drive: name, ...(await tree.sweep(signal)) });
    return swept;
  }

  #kept(): KeptBlocks {
    if (this.#parts.kept !== null) return this.#parts.kept;
    const words = 'nothing is kept on the disk: cache.size and cache.probes are 0';
    throw new FsError('EOPNOTSUPP', words, { reason: 'refused', expected: true });
  }

  /** The contents of files that are known at a path and below it, each once. */
  async #contentsAt(path: string, unknown: UnknownCount, call: Call): Promise<readonly CachedContentOf[]> {
    const place = await this.#parts.trees.place(path, call);
    const account = place.drive.account.name;
    const contents = new Map<string, CachedContentOf>();
    for await (const { children } of surveyed(place, unknown, call.signal)) {
      for (const node of children ?? []) {
        if (node.kind === 'directory' || node.entry.size === 0 || isLocalId(node.entry.id)) continue;
        const key = contentKey(account, node.entry);
        const { size } = node.entry;
        const folder = contentFolder(key, size);
        contents.set(folder, { key, size, folder, drive: place.drive.name, path: pathOf(node) });
      }
    }
    return [...contents.values()];
  }

  /** Those of files that are there now, and those that were there when they were pinned. */
  async #pinsAt(
    name: string,
    pins: PinnedContents,
    call: Call,
  ): Promise<readonly { readonly folder: string }[]> {
    const { drive, path } = await locatePlace(name, this.#parts.locators, call);
    const below = path.replace(/\/+$/, '');
    const folders = new Set<string>();
    for (const pin of pins.all) {
      const wasThere = pin.path === below || pin.path.startsWith(`${below}/`);
      if (pin.drive === drive.name && wasThere) folders.add(pin.folder);
    }
    for (const { folder } of await this.#contentsOrNone(name, call))
      if (pins.has(folder)) folders.add(folder);
    return [...folders].map((folder) => ({ folder }));
  }

  async #contentsOrNone(name: string, call: Call): Promise<readonly CachedContentOf[]> {
    try {
      return await this.#contentsAt(name, new UnknownCount(), call);
    } catch (error) {
      // What is there no longer may have been pinned all the same.
      if (error instanceof FsError && (error.errno === 'ENOENT' || error.errno === 'ENOTDIR')) return [];
      throw error;
    }
  }
}

/** The path that is meant; null for all. Throws FsError EINVAL when it is neither or both. */
function one(path: string | undefined, all: boolean): string | null {
  if ((path === undefined) === all) return path ?? null;
  throw new FsError('EINVAL', 'say which path is meant, or that all is, not both');
}
