import type { Content } from '../../content/content.js';
import type { FileEntry } from '../../driver/entry.js';
import type { Call } from '../../lib/call.js';
import { FsError } from '../../lib/errors.js';
import { isLocalId } from '../../lib/local-id.js';
import type { FileBytes, HandedLink, LinkedFile, LinkedFiles, Player } from '../../links/linked-file.js';
import type { Target } from '../../links/target.js';
import type { DriveWrites, LocalFile } from '../../upload/drive-writes.js';
import type { Tree } from '../../metadata/tree.js';
import type { OpenDrive } from '../drives.js';

/** A drive as far as players come to it. */
export type LinkedDrive = Pick<OpenDrive, 'name' | 'source'> & {
  readonly tree: Pick<Tree, 'resolve'>;
  readonly writes: Pick<DriveWrites, 'local'> | null;
};

export interface DriveFilesParts {
  readonly content: Pick<Content, 'open' | 'handOut'>;
  readonly drives: { open(name: string, call: Call): Promise<LinkedDrive> };
  /** What stands before the links of a drive, by its name. */
  readonly proxies: ReadonlyMap<string, string>;
}

/** The files of the drives, for players. */
export class DriveFiles implements LinkedFiles {
  readonly #parts: DriveFilesParts;

  constructor(parts: DriveFilesParts) {
    this.#parts = parts;
  }

  async find({ drive: name, path }: Target, call: Call): Promise<LinkedFile> {
    const drive = await this.#parts.drives.open(name, call);
    const { kind, entry } = await drive.tree.resolve(path, call);
    if (kind === 'directory')
      throw new FsError('EISDIR', `${path} is a folder, not a file`, { expected: true });
    const local = drive.writes?.local(entry.id) ?? null;
    if (local !== null) return writtenFile(entry, local);
    return this.#cloudFile(drive, entry);
  }

  #cloudFile(drive: LinkedDrive, entry: FileEntry): LinkedFile {
    const { name, size, modifiedAt } = entry;
    return {
      ...{ name, size, modifiedAt },
      handOut: (player, call) => this.#handOut(drive, entry, player, call),
      open: () => this.#parts.content.open(drive.source, entry),
    };
  }

  /** What clouds do with links of empty files is not known, and nobody needs one. */
  async #handOut(
    { name, source }: LinkedDrive,
    entry: FileEntry,
    player: Player,
    call: Call,
  ): Promise<HandedLink | null> {
    if (entry.size === 0 || isLocalId(entry.id)) return null;
    const { url, headers } = await this.#parts.content.handOut(source, entry, player, call);
    return { url: proxied(url, this.#parts.proxies.get(name) ?? null), headers };
  }
}

/** A link behind the proxy of a drive: as its prefix, or as the value of the query that it ends with. */
export function proxied(url: string, proxy: string | null): string {
  if (proxy === null) return url;
  return proxy + (proxy.includes('?') ? encodeURIComponent(url) : url);
}

/** What was written here and the cloud does not have yet. */
function writtenFile({ name }: FileEntry, local: LocalFile): LinkedFile {
  const bytes: FileBytes = {
    read: (position, length, call) => local.read(position, length, call),
    close: () => undefined,
  };
  return {
    name,
    size: local.size,
    modifiedAt: local.modifiedAt,
    handOut: () => Promise.resolve(null),
    open: () => bytes,
  };
}
