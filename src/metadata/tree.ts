import type { Driver, Space } from '../driver/driver.js';
import type { DirectoryEntry } from '../driver/entry.js';
import type { Call } from '../lib/call.js';
import type { Env } from '../lib/env.js';
import { FsError, notFound, toFsError } from '../lib/errors.js';
import { isLocalId } from '../lib/local-id.js';
import type { StateDatabase } from '../store/state-database.js';
import { DirectoryCache } from './directory-cache.js';
import { believesAbsence, isFresh } from './freshness.js';
import type { KnownDirectory } from './known-node.js';
import type { Listing } from './listing.js';
import { type AttributesRow, LocalAttributes } from './local-attributes.js';
import type { LocalChanges } from './local-changes.js';
import { LocalTree } from './local-tree.js';
import { LONGEST_NAME, NameRules } from './naming.js';
import { childPath, type DirectoryNode, type Node, pathOf } from './node.js';
import { Pins } from './pins.js';
import { RefreshQueue } from './refresh-queue.js';
import { type RefreshOptions, type RefreshReport, refreshWalk } from './refresh-walk.js';
import { Refresher } from './refresher.js';
import { SpaceCache } from './space-cache.js';
import { Successors } from './successors.js';
import { knownNode, survey, type SurveyedDirectory } from './survey.js';
import { sweep, type SweepReport } from './sweep.js';
import { DEFAULT_TREE_OPTIONS, type TreeOptions, type TreeSettings } from './tree-options.js';
import { TreeStorage } from './tree-storage.js';

export { DEFAULT_TREE_OPTIONS, type TreeOptions } from './tree-options.js';

/** Milliseconds for which a directory that is listed nowhere may be found again. */
const SWEEP_AGE = 24 * 3_600_000;

export interface TreeParts {
  readonly driver: Driver;
  readonly database: StateDatabase;
  /** The drive's name: trees of several drives share a database. */
  readonly drive: string;
  /** Account and root folder as configured: when it differs from the stored tree's, the tree begins anew. */
  readonly fingerprint?: string;
}

/** Names whose meaning changed. */
export interface TreeChange {
  readonly paths: readonly string[];
}

export interface TreeStatus {
  /** Directories that have been listed. */
  readonly directories: number;
  /** Entries in them. */
  readonly entries: number;
  /** When the oldest listing on disk was made, milliseconds since the epoch; null when there is none. */
  readonly oldestListing: number | null;
  /** Directories that wait to be written to disk. */
  readonly unwritten: number;
  /** Directories that are being listed behind, or wait for it. */
  readonly refreshing: number;
  /** What failed last, in the cloud or on disk. */
  readonly lastError: { readonly at: number; readonly message: string } | null;
}

/**
 * The names and attributes of one drive: what the cloud listed, kept across restarts. What is known is answered at
 * once, however old; an old listing is refreshed behind, and nothing but a complete answer of the cloud removes a
 * name. Methods reject with FsError, or with the signal's reason when their call is aborted.
 */
export class Tree {
  /** What programs have set of entries and the cloud does not keep. */
  readonly attributes: LocalAttributes;
  readonly #env: Env;
  readonly #parts: TreeParts;
  readonly #settings: TreeSettings;
  readonly #pins: Pins;
  readonly #storage: TreeStorage;
  readonly #cache: DirectoryCache;
  readonly #refresher: Refresher;
  readonly #local: LocalTree;
  readonly #behind: RefreshQueue;
  readonly #space: SpaceCache;
  readonly #listeners = new Set<(change: TreeChange) => void>();
  readonly #closing = new AbortController();
  #root: KnownDirectory | null = null;
  /** Whether anybody has looked since the start. */
  #isInUse = false;

  constructor(env: Env, parts: TreeParts, options: TreeOptions) {
    this.#env = { ...env, log: env.log.child({ drive: parts.drive }) };
    this.#parts = parts;
    this.#settings = { ...DEFAULT_TREE_OPTIONS, ...options };
    const { driver, database, drive, fingerprint = '' } = parts;
    const pins = new Pins();
    const successors = new Successors();
    const announce = (paths: readonly string[]): void => this.#announce(paths);
    const storage = new TreeStorage(this.#env, database, drive, pins);
    const rules = new NameRules(driver.facts.forbiddenCharacters);
    const { entriesInMemory } = this.#settings;
    const cache = new DirectoryCache({ storage, pins, rules, entriesInMemory, announce });
    this.#pins = pins;
    this.#storage = storage;
    this.#cache = cache;
    this.#refresher = new Refresher(this.#env, { driver, cache, storage, pins }, this.#settings);
    // Ids mean something in one account alone.
    const rows = database.store<AttributesRow>(`attributes ${drive} ${fingerprint}`);
    this.attributes = new LocalAttributes(this.#env, rows, successors);
    this.#local = new LocalTree(this.#env, {
      cache,
      storage,
      pins,
      successors,
      refresher: this.#refresher,
      attributes: this.attributes,
      announce,
      listingLag: driver.facts.listingLag,
      isInUse: () => this.#isInUse,
    });
    this.#behind = new RefreshQueue((directory) => this.#refreshBehind(directory));
    const { spaceTtl, patience } = this.#settings;
    this.#space = new SpaceCache(
      this.#env,
      { driver, rows: database.store('space'), key: `${drive} ${fingerprint}` },
      { ttl: spaceTtl, patience: patience.progress },
    );
  }

  /**
   * A tree that was stored is there without a call. Otherwise connects, which proves login and root folder; rejects
   * as Driver.connect does.
   */
  async open(call: Call): Promise<void> {
    const fingerprint = this.#parts.fingerprint ?? '';
    const stored = await this.#storage.open(fingerprint);
    const until = this.#env.clock.monotonic() + this.#parts.driver.facts.listingLag;
    for (const { id, shown } of this.#storage.settledPins) this.#pins.set({ id, shown, until });
    await this.attributes.open();
    this.#root = this.#cache.root(stored ?? (await this.#connect(fingerprint, call)));
  }

  /** Throws before `open` has resolved. */
  get root(): DirectoryNode {
    if (this.#root === null) throw new FsError('EIO', `drive ${this.#parts.drive} is not open`);
    return this.#root;
  }

  /** What is shown before the cloud lists it. */
  get local(): LocalChanges {
    return this.#local;
  }

  /**
   * The child of that name. ENOENT when a fresh listing lacks it; when the listing is old a missing name waits for a
   * new one, and is answered from the old one if that does not come. Names that were added or hidden here wait for
   * nobody. ENAMETOOLONG above 255 bytes, ETIMEDOUT when
   * nothing is known and the cloud does not answer.
   */
  async lookup(directory: DirectoryNode, name: string, call: Call): Promise<Node> {
    if (Buffer.byteLength(name) > LONGEST_NAME) {
      throw new FsError(
        'ENAMETOOLONG',
        `${name.slice(0, 20)}…: the name is longer than ${LONGEST_NAME} bytes`,
      );
    }
    this.#use();
    const own = this.#cache.own(directory);
    const early = this.#pins.concerns(own.entry.id) ? await this.#pinned(own, name) : null;
    if (early !== null) return early;
    const known = await this.#listing(own, call);
    const node = known.nodes.get(name) ?? (await this.#lookAgain(own, known, name, call));
    if (node === undefined) throw notFound(childPath(pathOf(own), name));
    return node;
  }

  /** The children in no promised order; of an old listing at once. ETIMEDOUT when nothing is known. */
  async list(directory: DirectoryNode, call: Call): Promise<readonly Node[]> {
    this.#use();
    return [...(await this.#listing(this.#cache.own(directory), call)).nodes.values()];
  }

  /** The node of an absolute path inside the drive. Rejects as `lookup` does, and with ENOTDIR below a file. */
  async resolve(path: string, call: Call): Promise<Node> {
    let node: Node = this.root;
    for (const name of path.split('/')) {
      if (name === '') continue;
      if (node.kind === 'file')
        throw new FsError('ENOTDIR', `${pathOf(node)}: not a directory`, { expected: true });
      node = await this.lookup(node, name, call);
    }
    return node;
  }

  /**
   * The node of an absolute path inside the drive, without a call; null when the cloud would have to say what is there.
   * Rejects with FsError: ENOENT when a known listing lacks it, however old, ENOTDIR below a file.
   */
  async known(path: string): Promise<Node | null> {
    return await knownNode(this.#cache, this.#cache.own(this.root), path);
  }

  /**
   * A directory and all that is known below it, parents first, however old: asks nothing and refreshes nothing. Ends
   * with the signal's reason on abort.
   */
  survey(start: DirectoryNode, signal: AbortSignal): AsyncGenerator<SurveyedDirectory, void> {
    return survey(this.#cache, this.#cache.own(start), signal);
  }

  /**
   * Forgets what is stored of directories that no listing leads to any more, except for those listed within the last
   * day or met since the start. Asks nothing. Rejects with FsError EIO when a listing cannot be read.
   */
  async sweep(signal: AbortSignal): Promise<SweepReport> {
    const parts = { cache: this.#cache, storage: this.#storage, pins: this.#pins };
    return await sweep(parts, this.root.entry.id, this.#env.clock.now() - SWEEP_AGE, signal);
  }

  /**
   * Lists a directory (or the one that holds a file) again now, whatever its age; with `recursive` everything below it
   * too, in the background's turn, or with `unknownOnly` what is not known yet. Rejects with what stopped it.
   */
  async refresh(path: string, options: RefreshOptions, call: Call): Promise<RefreshReport> {
    const node = await this.resolve(path, call);
    const start = this.#cache.own(node.kind === 'file' ? node.parent : node);
    const parts = { refresher: this.#refresher, cache: this.#cache };
    const walking: Call = options.recursive ? { signal: call.signal, urgency: 'background' } : call;
    return await refreshWalk(parts, start, options, walking);
  }

  /**
   * Space of the account, as old as it may be, or as `maxAge` (milliseconds) if the cloud answers; null when it is not
   * known. Rejects only when the call is aborted.
   */
  async space(call: Call, maxAge = Infinity): Promise<Space | null> {
    return await this.#space.get(call, maxAge);
  }

  /** The space as it was learned last, without asking; null when it was not. */
  knownSpace(): Space | null {
    return this.#space.known;
  }

  /** Somebody will want to know the space soon: it is asked for behind, when it is not known. */
  expectSpace(): void {
    this.#space.expect();
  }

  /** Tells which paths mean something else than before: the kernel must forget them. Answers how to stop. */
  onChange(listener: (change: TreeChange) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  status(): TreeStatus {
    const { trouble, pending, summary } = this.#storage;
    return {
      ...this.#cache.counts,
      oldestListing: summary.oldestListing,
      unwritten: pending,
      refreshing: this.#behind.length,
      lastError: trouble ?? this.#refresher.lastError,
    };
  }

  /** Ends what is under way; resolves when everything known is on disk. */
  async close(): Promise<void> {
    this.#closing.abort(new FsError('EIO', 'the drive is being closed', { expected: true }));
    this.#behind.clear();
    await Promise.all([this.#refresher.close(), this.#space.close(), this.#local.idle()]);
    await this.attributes.close();
    await this.#storage.close();
  }

  async #connect(fingerprint: string, call: Call): Promise<DirectoryEntry> {
    const root = await this.#parts.driver.connect(call);
    await this.#storage.setRoot(fingerprint, root);
    return root;
  }

  /** What is known, however old; waits for the cloud only when nothing is. */
  async #listing(directory: KnownDirectory, call: Call): Promise<Listing> {
    call.signal.throwIfAborted();
    const known = await this.#cache.read(directory);
    if (known !== null) {
      if (!isFresh(known.header, this.#env.clock.now()) && !this.#isResting(directory))
        this.#behind.add(directory);
      return known;
    }
    const failure = this.#refresher.failure(directory);
    const rest = this.#settings.retry.unknown;
    if (failure !== undefined && this.#env.clock.monotonic() < failure.failedAt + rest) throw failure.error;
    await this.#refresher.refresh(directory, call);
    const listed = await this.#cache.read(directory);
    if (listed === null) throw new FsError('EIO', `${pathOf(directory)}: the listing could not be kept`);
    return listed;
  }

  /** Somebody looks: what was not repeated by now is owed by nobody. */
  #use(): void {
    if (this.#isInUse) return;
    this.#isInUse = true;
    for (const id of this.#storage.localDirectories)
      if (this.#pins.get(id) === undefined) this.#storage.drop(id);
  }

  /** What was put into a directory that was never listed. Null when the cloud must be asked; ENOENT for what went. */
  async #pinned(directory: KnownDirectory, name: string): Promise<Node | null> {
    if ((await this.#cache.read(directory)) !== null) return null;
    const { id } = directory.entry;
    const entry = this.#pins.shownIn(id).find((one) => this.#cache.rules.plain(one) === name);
    if (entry !== undefined) return this.#cache.nodeOf(entry, name, directory);
    if (this.#pins.lacks(id, name)) throw notFound(childPath(pathOf(directory), name));
    return null;
  }

  async #lookAgain(
    directory: KnownDirectory,
    known: Listing,
    name: string,
    call: Call,
  ): Promise<Node | undefined> {
    const { id } = directory.entry;
    if (isLocalId(id) || this.#pins.lacks(id, name)) return undefined;
    const now = this.#env.clock.now();
    if (believesAbsence(known.header, now, this.#settings.negativeTtl)) return undefined;
    if (this.#isResting(directory)) return undefined;
    try {
      await this.#refresher.refresh(directory, call);
    } catch (error) {
      call.signal.throwIfAborted();
      const path = childPath(pathOf(directory), name);
      this.#env.log.debug('a missing name is answered from an old listing', { path, error });
      return undefined;
    }
    return (await this.#cache.read(directory))?.nodes.get(name);
  }

  /** True while a directory is left alone after a failure. */
  #isResting(directory: KnownDirectory): boolean {
    const failure = this.#refresher.failure(directory);
    return failure !== undefined && this.#env.clock.monotonic() < failure.retryAt;
  }

  async #refreshBehind(directory: KnownDirectory): Promise<void> {
    try {
      await this.#refresher.refresh(directory, { signal: this.#closing.signal, urgency: 'probe' });
    } catch (thrown) {
      if (this.#closing.signal.aborted) return;
      const { errno, message, expected } = toFsError(thrown);
      const fields = { path: pathOf(directory), errno, error: message };
      if (expected) this.#env.log.debug('a directory was not refreshed', fields);
      else this.#env.log.warn('a directory could not be refreshed: what is known stays', fields);
    }
  }

  #announce(paths: readonly string[]): void {
    if (paths.length === 0) return;
    for (const listener of this.#listeners) {
      try {
        listener({ paths });
      } catch (error) {
        this.#env.log.error('a listener of tree changes failed', { error });
      }
    }
  }
}
