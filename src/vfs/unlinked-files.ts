import { LRUCache } from 'lru-cache';
import type { FileEntry } from '../driver/entry.js';
import type { Env, Timer } from '../lib/env.js';
import { FsError } from '../lib/errors.js';
import type { OpenNode } from './open-node.js';

/**
 * What libfuse calls a file that is unlinked or replaced while it is open; the kernel asks for it by this name until
 * the last handle is closed.
 */
const HIDDEN_NAME = /\/\.fuse_hidden[0-9a-f]{16}$/;

/** Whether libfuse gives such a name to a file that is open. */
export function isHiddenPath(path: string): boolean {
  return HIDDEN_NAME.test(path);
}

/** A file whose name was taken away, and what that means is not known yet. */
export interface Undecided {
  /** What has the name as long as it is not decided. */
  entry(): Promise<FileEntry>;
  /** What is to happen when nothing takes its place. */
  remove(entry: FileEntry): Promise<void>;
}

interface Waiting {
  readonly undecided: Undecided;
  /** Null once it has begun to be removed. */
  timer: Timer | null;
  readonly decided: Promise<void>;
  readonly decide: () => void;
}

/**
 * How long a rename may follow the name that it takes, in milliseconds; libfuse asks for both within one request, but a
 * busy machine may let it wait in between.
 */
const RENAME_FOLLOWS = 250;
/** How many names of libfuse's are known to have been used. */
const REMEMBERED_NAMES = 10_000;

/**
 * Files that are open and have no name any more. libfuse takes the name of an open file away by a rename of its own,
 * before an unlink and before a rename over it alike. Which of the two it is shows only by what follows: until then
 * whoever asks for the name waits, so that a name that is replaced is never missing.
 */
export class UnlinkedFiles {
  readonly #env: Env;
  readonly #nodes = new Map<string, OpenNode>();
  /** Names that libfuse has given up although a program came with them at the last moment. */
  readonly #leaving = new Set<string>();
  // With `max` it would take the room for all of them at once.
  readonly #forgotten = new LRUCache<string, true>({ maxSize: REMEMBERED_NAMES, sizeCalculation: () => 1 });
  /** By the path that the file had. */
  readonly #waiting = new Map<string, Waiting>();

  constructor(env: Env) {
    this.#env = env;
  }

  /**
   * The open file behind a name that libfuse gave. Throws ESTALE when the last handle is closed: a program that had
   * found the file before its name was taken comes with this name, and the kernel looks up its own again.
   */
  get(path: string): OpenNode | undefined {
    const node = this.#nodes.get(path);
    if (node !== undefined || !this.#forgotten.has(path)) return node;
    throw new FsError('ESTALE', `${path}: the file was unlinked and closed`, { expected: true });
  }

  /** The name of an open file is taken away, and shown no longer once it is removed or replaced. */
  hide(path: string, hidden: string, node: OpenNode, undecided: Undecided): void {
    node.unlink(hidden);
    this.#nodes.set(hidden, node);
    let decide = (): void => undefined;
    const decided = new Promise<void>((resolve) => {
      decide = resolve;
    });
    const waiting: Waiting = { undecided, timer: null, decided, decide };
    waiting.timer = this.#env.clock.after(RENAME_FOLLOWS, () => void this.#remove(path, waiting));
    this.#waiting.set(path, waiting);
  }

  /**
   * Something takes the name: runs `replace` with what had it (null when nobody waits), and whoever asked for the
   * name goes on when that has ended.
   */
  async replaced(path: string, replace: (before: FileEntry | null) => Promise<void>): Promise<void> {
    const waiting = this.#waiting.get(path);
    const timer = waiting?.timer ?? null;
    if (waiting === undefined || timer === null) {
      await waiting?.decided;
      await replace(null);
      return;
    }
    timer.cancel();
    waiting.timer = null;
    try {
      await replace(await waiting.undecided.entry());
    } finally {
      this.#settle(path, waiting);
    }
  }

  /** Resolves when it is known what a name means. */
  async decided(path: string): Promise<void> {
    await this.#waiting.get(path)?.decided;
  }

  /** Resolves when it is known what the names in a directory mean. */
  async decidedIn(directory: string): Promise<void> {
    const prefix = directory.endsWith('/') ? directory : `${directory}/`;
    const inside = [...this.#waiting].filter(([path]) => path.startsWith(prefix));
    await Promise.all(inside.map(([, { decided }]) => decided));
  }

  /** A directory stands at another path now, and with it the names that libfuse gave in it. */
  moved(from: string, to: string): void {
    for (const [hidden, node] of [...this.#nodes]) {
      if (!hidden.startsWith(`${from}/`)) continue;
      this.#nodes.delete(hidden);
      this.#nodes.set(to + hidden.slice(from.length), node);
      if (this.#leaving.delete(hidden)) this.#leaving.add(to + hidden.slice(from.length));
    }
  }

  /** libfuse gives its name up. While it is open all the same, programs may ask for what they have open by that name. */
  forget(hidden: string, isOpen: boolean): void {
    if (isOpen) {
      this.#leaving.add(hidden);
      return;
    }
    this.#nodes.get(hidden)?.forget();
    if (this.#nodes.delete(hidden)) this.#forgotten.set(hidden, true);
  }

  /** The last handle is closed. */
  closed({ path }: OpenNode): void {
    if (this.#leaving.delete(path)) this.forget(path, false);
  }

  /** Nothing follows any more: what lost its name is removed, and nothing is kept of it. */
  async close(): Promise<void> {
    for (const hidden of [...this.#nodes.keys()]) this.forget(hidden, false);
    const all = [...this.#waiting];
    for (const [path, waiting] of all) {
      if (waiting.timer === null) continue;
      waiting.timer.cancel();
      void this.#remove(path, waiting);
    }
    await Promise.all(all.map(([, { decided }]) => decided));
  }

  async #remove(path: string, waiting: Waiting): Promise<void> {
    waiting.timer = null;
    try {
      const { undecided } = waiting;
      await undecided.remove(await undecided.entry());
    } catch (error) {
      this.#env.log.warn(`${path}: unlinked while it was open, and could not be removed: it is shown again`, {
        path,
        error,
      });
    } finally {
      this.#settle(path, waiting);
    }
  }

  #settle(path: string, waiting: Waiting): void {
    waiting.decide();
    if (this.#waiting.get(path) === waiting) this.#waiting.delete(path);
  }
}
