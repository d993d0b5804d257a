import type { Entry } from '../driver/entry.js';
import type { Env } from '../lib/env.js';
import { toFsError } from '../lib/errors.js';
import { isLocalId } from '../lib/local-id.js';
import type { DirectoryCache } from './directory-cache.js';
import type { LocalAttributes } from './local-attributes.js';
import type { LocalChanges } from './local-changes.js';
import { LocalView } from './local-view.js';
import type { Pins } from './pins.js';
import type { Refresher } from './refresher.js';
import type { Successors } from './successors.js';
import type { TreeStorage } from './tree-storage.js';
import { Fulfilment, idsOf, type Outcome, type Standing, type Wish } from './wishes.js';

interface LocalTreeParts {
  readonly cache: DirectoryCache;
  readonly storage: TreeStorage;
  readonly pins: Pins;
  readonly successors: Successors;
  readonly refresher: Refresher;
  readonly attributes: LocalAttributes;
  readonly announce: (paths: readonly string[]) => void;
  /** Milliseconds for which something new may be missing from the cloud's listings. */
  readonly listingLag: number;
  /** Whether programs can have looked: what is done before is a repetition. */
  readonly isInUse: () => boolean;
}

interface Waiting {
  readonly wish: Wish;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

const NANOSECONDS_PER_MILLISECOND = 1_000_000n;

/** The local changes of a tree: wishes that come together are fulfilled together, one group after the other. */
export class LocalTree implements LocalChanges {
  readonly #env: Env;
  readonly #parts: LocalTreeParts;
  readonly #view: LocalView;
  #waiting: Waiting[] = [];
  #running: Promise<void> | null = null;

  constructor(env: Env, parts: LocalTreeParts) {
    this.#env = env;
    this.#parts = parts;
    this.#view = new LocalView(parts);
  }

  async add(entry: Entry): Promise<void> {
    await this.#wish({ kind: 'add', entry });
  }

  async update(entry: Entry): Promise<void> {
    await this.#wish({ kind: 'update', entry });
  }

  async move(id: string, parentId: string, name: string): Promise<void> {
    await this.#wish({ kind: 'move', id, parentId, name });
  }

  async hide(id: string): Promise<void> {
    await this.#wish({ kind: 'hide', id });
  }

  async reveal(entry: Entry): Promise<void> {
    await this.#wish({ kind: 'reveal', entry });
  }

  async settle(id: string, entry?: Entry): Promise<void> {
    await this.#wish({ kind: 'settle', id, entry: entry ?? null });
  }

  entry(id: string): Entry | null | Promise<Entry | null> {
    const now = this.#parts.successors.resolve(id);
    const pin = this.#parts.pins.get(now);
    if (pin !== undefined) return pin.shown;
    const directory = this.#parts.cache.directories.get(now);
    if (directory?.parent === null) return directory.entry;
    return isLocalId(now)
      ? null
      : this.#find([now], new Set([now])).then((found) => found.get(now)?.entry ?? null);
  }

  async idle(): Promise<void> {
    while (this.#running !== null) await this.#running;
  }

  async #wish(wish: Wish): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#waiting.push({ wish, resolve, reject });
      this.#running ??= this.#run();
    });
  }

  async #run(): Promise<void> {
    // Whoever calls several of these without waiting in between means one change.
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      const group = this.#waiting;
      this.#waiting = [];
      try {
        const errors = await this.#fulfil(group.map(({ wish }) => wish));
        for (const { wish, resolve, reject } of group) {
          const error = errors.get(wish);
          if (error === undefined) resolve();
          else reject(error);
        }
      } catch (error) {
        for (const { reject } of group) reject(toFsError(error));
      }
    }
    this.#running = null;
  }

  async #fulfil(wishes: readonly Wish[]): Promise<Outcome['errors']> {
    const { cache, storage } = this.#parts;
    for (;;) {
      const seen = cache.commits;
      const standings = await this.#standings(wishes);
      const involved = this.#involved(wishes, standings);
      const listed = await this.#listedAlready(wishes);
      await storage.touch(involved);
      // The cloud may have said meanwhile that something stands elsewhere: then it must be found again.
      const outcome = await this.#view.change(involved, () =>
        cache.commits === seen ? this.#decide(wishes, standings, listed) : null,
      );
      if (outcome !== null) return await this.#conclude(outcome);
    }
  }

  #decide(
    wishes: readonly Wish[],
    standings: ReadonlyMap<string, Standing>,
    listed: ReadonlySet<string>,
  ): Outcome {
    const { pins, successors, cache, refresher, listingLag } = this.#parts;
    const fulfilment = new Fulfilment({
      pins,
      successors,
      directories: cache.directories,
      standings,
      until: this.#env.clock.monotonic() + listingLag,
      headerOf: ({ id }) => (listed.has(id) ? null : refresher.freshHeader()),
    });
    for (const wish of wishes) fulfilment.fulfil(wish);
    return fulfilment.outcome;
  }

  /** What follows from it beside the listings. */
  async #conclude({ successions, advanced, ended, errors }: Outcome): Promise<Outcome['errors']> {
    const { cache, pins, storage, refresher, attributes, isInUse } = this.#parts;
    const work: Promise<void>[] = [];
    for (const { localId, shown, entry } of successions) {
      // The cloud tells when it was uploaded; programs have seen when it was written.
      const isOther = shown?.kind === 'file' && shown.modifiedAt !== entry.modifiedAt;
      work.push(attributes.succeed(localId, entry.id, isOther ? exactTime(shown) : null));
    }
    for (const id of ended) {
      work.push(attributes.drop(id));
      if (!isLocalId(id) || cache.directories.get(id) === undefined) continue;
      cache.drop(id);
      cache.directories.forget(id);
    }
    for (const id of isInUse() ? advanced : []) {
      cache.directories.get(id)?.advance(this.#env.clock.now());
      work.push(attributes.forgetTimes(id));
    }
    pins.expire(refresher.oldestListing);
    storage.pinsChanged();
    await Promise.all(work);
    return errors;
  }

  /** The directories in which something happens. */
  #involved(wishes: readonly Wish[], standings: ReadonlyMap<string, Standing>): Set<string> {
    const { pins, successors } = this.#parts;
    const involved = new Set<string>();
    for (const { entries, directories } of wishes.map(idsOf)) {
      for (const id of directories) involved.add(successors.resolve(id));
      for (const id of entries.map((one) => successors.resolve(one))) {
        const directory = pins.get(id)?.shown?.parentId ?? standings.get(id)?.directory;
        if (directory !== undefined) involved.add(directory);
      }
    }
    return involved;
  }

  async #standings(wishes: readonly Wish[]): Promise<ReadonlyMap<string, Standing>> {
    const { pins, successors } = this.#parts;
    const ids = wishes.flatMap((wish) => idsOf(wish).entries).map((id) => successors.resolve(id));
    const changed = wishes.filter((wish) => wish.kind === 'move' || wish.kind === 'hide');
    return await this.#find(
      ids.filter((id) => !isLocalId(id) && pins.get(id) === undefined),
      new Set(changed.map(({ id }) => id)),
    );
  }

  /** Where entries stand that are not pinned; those that somebody sees also when the disk does not tell. */
  async #find(ids: readonly string[], seen: ReadonlySet<string>): Promise<ReadonlyMap<string, Standing>> {
    const found = new Map<string, Standing>();
    if (ids.length === 0) return found;
    const { storage, cache } = this.#parts;
    const places = await storage.elsewhere(ids, null);
    for (const id of ids) {
      const stored = await this.#standingIn(places.get(id) ?? null, id);
      const isLost = stored === null && seen.has(id);
      const standing = isLost ? await this.#standingIn(cache.directoryInMemory(id), id) : stored;
      if (standing !== null) found.set(id, standing);
    }
    return found;
  }

  async #standingIn(directory: string | null, id: string): Promise<Standing | null> {
    const entry = directory === null ? null : await this.#parts.cache.entryIn(directory, id);
    return directory === null || entry === null ? null : { directory, entry };
  }

  /** Directories of the cloud, about to take the place of local ones, whose content is known. */
  async #listedAlready(wishes: readonly Wish[]): Promise<ReadonlySet<string>> {
    const listed = new Set<string>();
    for (const wish of wishes) {
      if (wish.kind !== 'settle' || wish.entry?.kind !== 'directory') continue;
      if ((await this.#parts.storage.read(wish.entry.id)) !== null) listed.add(wish.entry.id);
    }
    return listed;
  }
}

function exactTime({ modifiedAt }: Entry): bigint {
  return BigInt(Math.trunc(modifiedAt)) * NANOSECONDS_PER_MILLISECOND;
}
