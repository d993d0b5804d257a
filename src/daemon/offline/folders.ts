import type { Account } from '../../driver/account.js';
import type { Call } from '../../lib/call.js';
import type { Clock } from '../../lib/env.js';
import { type DirectoryNode, type Node, pathOf } from '../../metadata/node.js';
import type { Tree } from '../../metadata/tree.js';

/** A drive as far as its folders go. */
export interface FolderDrive {
  readonly name: string;
  readonly account: Pick<Account, 'name'>;
  readonly tree: Pick<Tree, 'root' | 'list' | 'resolve' | 'refresh'> & {
    readonly local: Pick<Tree['local'], 'entry'>;
  };
  readonly source: { readonly driver: { readonly facts: { readonly listingLag: number } } };
}

export interface FolderDrives {
  opened(): readonly FolderDrive[];
  open(name: string, call: Call): Promise<FolderDrive>;
}

/** A place in a drive. */
export interface DrivePath {
  readonly drive: string;
  readonly path: string;
}

/** What ended in a folder. */
export interface EndedIn {
  readonly account: string;
  readonly folderId: string;
  /** What is there now; null when the cloud does not say. */
  readonly entryId: string | null;
  /** Where it was asked for; null when that was elsewhere. */
  readonly asked: DrivePath | null;
}

/** The folders that downloads of the clouds go to, as the drives show them. */
export class OfflineFolders {
  readonly #clock: Clock;
  readonly #drives: FolderDrives;

  constructor(clock: Clock, drives: FolderDrives) {
    this.#clock = clock;
    this.#drives = drives;
  }

  /** Where an open drive of the account shows this id; null when none does. Asks no cloud for what is known. */
  async find(account: string, id: string, call: Call): Promise<DrivePath | null> {
    for (const drive of this.#of(account)) {
      const node = await nodeOfId(drive, id, call);
      if (node !== null) return { drive: drive.name, path: pathOf(node) };
    }
    return null;
  }

  /** Lists the folder again in every drive that shows it, until what came is seen. Rejects with FsError. */
  async refresh(ended: EndedIn, call: Call): Promise<void> {
    const { account, asked } = ended;
    let shown = 0;
    for (const drive of this.#of(account)) {
      const node = await nodeOfId(drive, ended.folderId, call);
      if (node === null) continue;
      shown += 1;
      await this.#list(drive, pathOf(node), ended, call);
    }
    if (shown > 0 || asked === null) return;
    await this.#list(await this.#drives.open(asked.drive, call), asked.path, ended, call);
  }

  /** New entries may be missing from a listing for a while: then once more. */
  async #list(drive: FolderDrive, path: string, { entryId }: EndedIn, call: Call): Promise<void> {
    await drive.tree.refresh(path, { recursive: false }, call);
    if (entryId === null) return;
    if ((await nodeOfId(drive, entryId, call)) === null) {
      await this.#clock.sleep(drive.source.driver.facts.listingLag, call.signal);
      await drive.tree.refresh(path, { recursive: false }, call);
    }
    const node = await nodeOfId(drive, entryId, call);
    // It may have been there before, with less in it.
    if (node?.kind === 'directory') await drive.tree.refresh(pathOf(node), { recursive: false }, call);
  }

  #of(account: string): readonly FolderDrive[] {
    return this.#drives.opened().filter((drive) => drive.account.name === account);
  }
}

/** The node of an id that the tree has met; null when it has not. Asks no cloud for what is known. */
export async function nodeOfId({ tree }: FolderDrive, id: string, call: Call): Promise<Node | null> {
  const ids: string[] = [];
  for (let at = id; at !== tree.root.entry.id;) {
    const entry = await tree.local.entry(at);
    // A cycle would be the cloud's doing.
    if (entry === null || ids.includes(at)) return null;
    ids.unshift(at);
    at = entry.parentId;
  }
  let node: Node = tree.root;
  for (const next of ids) {
    if (node.kind === 'file') return null;
    const child = await childOf(tree, node, next, call);
    if (child === null) return null;
    node = child;
  }
  return node;
}

async function childOf(
  tree: FolderDrive['tree'],
  directory: DirectoryNode,
  id: string,
  call: Call,
): Promise<Node | null> {
  return (await tree.list(directory, call)).find(({ entry }) => entry.id === id) ?? null;
}
