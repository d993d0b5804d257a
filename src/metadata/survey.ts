import { setImmediate as nextTurn } from 'node:timers/promises';
import { FsError, notFound } from '../lib/errors.js';
import type { DirectoryCache } from './directory-cache.js';
import type { KnownDirectory } from './known-node.js';
import { type DirectoryNode, type Node, pathOf } from './node.js';

/** A directory as far as it is known. */
export interface SurveyedDirectory {
  readonly directory: DirectoryNode;
  /** In no promised order; null when it was never listed. */
  readonly children: readonly Node[] | null;
}

const ENTRIES_PER_TURN = 2000;

/** A directory and all that is known below it, parents first, however old: asks nothing and refreshes nothing. */
export async function* survey(
  cache: DirectoryCache,
  start: KnownDirectory,
  signal: AbortSignal,
): AsyncGenerator<SurveyedDirectory, void> {
  const waiting = [start];
  let entries = 0;
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    signal.throwIfAborted();
    const listing = await cache.read(next);
    const children = listing === null ? null : [...listing.nodes.values()];
    for (const child of children ?? []) if (child.kind === 'directory') waiting.push(cache.own(child));
    yield { directory: next, children };
    entries += 1 + (children?.length ?? 0);
    if (entries < ENTRIES_PER_TURN) continue;
    entries = 0;
    // What is in memory would be walked through without letting anybody else run.
    await nextTurn();
  }
}

/**
 * The node of an absolute path inside the drive, without a call; null when the cloud would have to say what is there.
 * Rejects with FsError: ENOENT when a known listing lacks it, ENOTDIR below a file.
 */
export async function knownNode(
  cache: DirectoryCache,
  root: KnownDirectory,
  path: string,
): Promise<Node | null> {
  let node: Node = root;
  for (const name of path.split('/')) {
    if (name === '') continue;
    if (node.kind === 'file')
      throw new FsError('ENOTDIR', `${pathOf(node)}: not a directory`, { expected: true });
    const listing = await cache.read(cache.own(node));
    if (listing === null) return null;
    const child = listing.nodes.get(name);
    if (child === undefined) throw notFound(path);
    node = child;
  }
  return node;
}
