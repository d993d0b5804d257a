import { CachedContent } from './cached-content.js';
import type { CacheKind } from './content-folder.js';
import type { Segment } from './segment.js';

/** Everything that is known to be in the cache: bytes by kind, and who was used least recently. */
export class Inventory {
  readonly #contents = new Map<string, CachedContent>();
  /** Segments with a file, the least recently used first. */
  readonly #stored = { data: new Set<Segment>(), probe: new Set<Segment>() };
  readonly #bytes = { data: 0, probe: 0 };

  /** How many contents have something cached, or a reader. */
  get contents(): number {
    return this.#contents.size;
  }

  /** Those contents. */
  all(): readonly CachedContent[] {
    return [...this.#contents.values()];
  }

  /** The content of a folder, when something of it is cached or it has a reader. */
  find(folder: string): CachedContent | undefined {
    return this.#contents.get(folder);
  }

  /** Bytes on the disk. */
  bytes(kind: CacheKind): number {
    return this.#bytes[kind];
  }

  /** The content of a folder (below the cache's directory), with one reader more. */
  enter(folder: string, size: number): CachedContent {
    const content = this.#contents.get(folder) ?? new CachedContent(folder, size);
    this.#contents.set(folder, content);
    content.readerCame();
    return content;
  }

  /** The content has one reader less. */
  leave(content: CachedContent): void {
    content.readerWent();
    for (const segment of content.segments()) this.settle(segment);
    this.#forgetUnused(content);
  }

  /** The segment's file has so many bytes now; none: there is no file. */
  resize(segment: Segment, bytes: number): void {
    this.#bytes[segment.kind] += bytes - segment.bytes;
    segment.bytes = bytes;
    if (bytes === 0) this.#stored[segment.kind].delete(segment);
    else this.#stored[segment.kind].add(segment);
  }

  /** The segment has just been used: it is evicted after all others of its kind. */
  touch(segment: Segment): void {
    const stored = this.#stored[segment.kind];
    if (stored.delete(segment)) stored.add(segment);
  }

  /** Segments of a kind that have a file, the least recently used first. */
  oldest(kind: CacheKind): Iterable<Segment> {
    return this.#stored[kind];
  }

  /** Puts all in the order of their last use, for segments that were found on the disk in any order. */
  sort(): void {
    for (const kind of ['data', 'probe'] as const) {
      const sorted = [...this.#stored[kind]].sort((one, other) => one.usedAt - other.usedAt);
      this.#stored[kind].clear();
      for (const segment of sorted) this.#stored[kind].add(segment);
    }
  }

  /** Frees what only readers need when a segment has none, and forgets what is not there. */
  settle(segment: Segment): void {
    const content = this.#contents.get(segment.owner.folder);
    if (content === undefined || content.open || segment.held) return;
    segment.unload();
    if (segment.bytes === 0) content.drop(segment);
    this.#forgetUnused(content);
  }

  #forgetUnused(content: CachedContent): void {
    if (!content.open && content.empty) this.#contents.delete(content.folder);
  }
}
