import type { Content } from '../../content/content.js';
import type { Call } from '../../lib/call.js';
import type { Env } from '../../lib/env.js';
import { FsError } from '../../lib/errors.js';
import { type ListenAddress, originOf } from '../../lib/listen-address.js';
import type { LinkInput, LinkOutput, LinksFolderInput, LinksFolderOutput } from '../../lib/links-protocol.js';
import { isLocalId } from '../../lib/local-id.js';
import { patternMatcher } from '../../lib/patterns.js';
import { LinkAccess } from '../../links/link-access.js';
import { LinkListener } from '../../links/link-listener.js';
import { type Target, targetPath } from '../../links/target.js';
import { type DirectoryNode, type FileNode, pathOf } from '../../metadata/node.js';
import type { Tree } from '../../metadata/tree.js';
import { loadLinkToken } from './token.js';
import { DriveFiles, type LinkedDrive, proxied } from './linked-files.js';
import { locatePlace, type Locators } from '../place-names.js';

/** A drive as far as links into it go. */
type Drive = LinkedDrive & { readonly tree: Pick<Tree, 'resolve' | 'list'> };

export interface LinksParts {
  readonly content: Pick<Content, 'open' | 'handOut'>;
  readonly drives: Locators<Drive>['drives'];
  readonly mounts: Locators<Drive>['mounts'] & {
    /** Where a mount shows it; null when none does. */
    pathOf(drive: string, path: string): string | null;
  };
}

/** What the configuration says of links. */
export interface LinkSettings {
  /** Null for no listener. */
  readonly listen: ListenAddress | null;
  /** Null for the one that is kept in the state folder. */
  readonly token: string | null;
  /** How players reach the listener; null for the address at which it listens. */
  readonly url: string | null;
  /** User-Agents of players that get the bytes from here; `*` stands for any characters. */
  readonly stream: readonly string[];
  /** Extensions of the files that media servers are told of, without a dot. */
  readonly strm: readonly string[];
  /** What stands before the links of a drive, by its name. */
  readonly proxies: ReadonlyMap<string, string>;
  /** The state folder. */
  readonly state: string;
}

/** The listener for players, and who is let in. */
interface Listening {
  readonly access: LinkAccess;
  readonly listener: LinkListener;
}

/** Links to files: for people, for players and for media servers. */
export class Links {
  readonly #parts: LinksParts;
  readonly #settings: LinkSettings;
  readonly #listening: Listening | null;

  private constructor(parts: LinksParts, settings: LinkSettings, listening: Listening | null) {
    this.#parts = parts;
    this.#settings = settings;
    this.#listening = listening;
  }

  /** Begins to listen, if that is configured. Rejects with FsError EIO when the token cannot be kept. */
  static async open(env: Env, parts: LinksParts, settings: LinkSettings): Promise<Links> {
    const { listen, token, stream, proxies, state } = settings;
    if (listen === null) return new Links(parts, settings, null);
    const access = new LinkAccess(token ?? (await loadLinkToken(env, state)));
    const files = new DriveFiles({ content: parts.content, drives: parts.drives, proxies });
    const isStreamed = patternMatcher(stream);
    const listener = new LinkListener(env, { address: listen, access, files, isStreamed });
    await listener.start();
    return new Links(parts, settings, { access, listener });
  }

  /**
   * A link for who asks. Rejects with FsError: ENOENT, EISDIR, EAGAIN when the cloud does not have the file yet, or as
   * Driver.link does.
   */
  async link({ path: name, userAgent }: LinkInput, call: Call): Promise<LinkOutput> {
    const { drive, node } = await this.#file(name, call);
    const { entry } = node;
    const path = pathOf(node);
    if (isLocalId(entry.id)) {
      const words = `${name} is not in the cloud yet: panfuse transfers shows how far it is`;
      throw new FsError('EAGAIN', words, { expected: true });
    }
    const asked = userAgent === undefined ? {} : { userAgent };
    const link = await this.#parts.content.handOut(drive.source, entry, asked, call);
    const { origin } = this.#reached();
    const address = this.#address({ drive: drive.name, path });
    return {
      ...{ drive: drive.name, path, size: entry.size },
      url: proxied(link.url, this.#settings.proxies.get(drive.name) ?? null),
      ...{ headers: link.headers, expiresAt: link.expiresAt, connections: link.maxConnections },
      player: origin === null || address === null ? null : origin + address,
    };
  }

  /**
   * What players may want of one folder, and how they get it. Rejects with FsError: ENOENT, ENOTDIR, or as Tree.list
   * does.
   */
  async folder({ path: name, extensions }: LinksFolderInput, call: Call): Promise<LinksFolderOutput> {
    const { drive, node } = await this.#directory(name, call);
    const nodes = [...(await drive.tree.list(node, call))].sort((a, b) => (a.name < b.name ? -1 : 1));
    const path = pathOf(node);
    const wanted = new Set((extensions ?? this.#settings.strm).map((extension) => extension.toLowerCase()));
    const isWanted = (file: string): boolean => wanted.has(/\.([^.]*)$/.exec(file)?.[1]?.toLowerCase() ?? '');
    const files = nodes.filter(({ kind, name: file }) => kind === 'file' && isWanted(file));
    return {
      ...{ drive: drive.name, path, ...this.#reached() },
      mount: this.#parts.mounts.pathOf(drive.name, path),
      folders: nodes.filter(({ kind }) => kind === 'directory').map((one) => one.name),
      files: files.map((file) => {
        const address = this.#address({ drive: drive.name, path: pathOf(file) });
        return { name: file.name, address };
      }),
    };
  }

  /** Ends what players are sent. Safe to call twice. */
  async close(): Promise<void> {
    await this.#listening?.listener.close();
  }

  async #file(name: string, call: Call): Promise<{ readonly drive: Drive; readonly node: FileNode }> {
    const { drive, path } = await locatePlace(name, this.#parts, call);
    const node = await drive.tree.resolve(path, call);
    if (node.kind === 'file') return { drive, node };
    throw new FsError('EISDIR', `${name} is a folder, not a file`, { expected: true });
  }

  async #directory(
    name: string,
    call: Call,
  ): Promise<{ readonly drive: Drive; readonly node: DirectoryNode }> {
    const { drive, path } = await locatePlace(name, this.#parts, call);
    const node = await drive.tree.resolve(path, call);
    if (node.kind === 'directory') return { drive, node };
    throw new FsError('ENOTDIR', `${name} is a file, not a folder`, { expected: true });
  }

  /** What stands behind the origin for a file; null where nobody listens. */
  #address(target: Target): string | null {
    if (this.#listening === null) return null;
    return `${targetPath(target)}?sign=${this.#listening.access.sign(target)}`;
  }

  /** How players reach the listener, or why that is not known. */
  #reached(): { readonly origin: string | null; readonly trouble: string | null } {
    if (this.#listening === null)
      return { origin: null, trouble: 'nobody listens for players: set links.listen' };
    const { address, trouble } = this.#listening.listener.state;
    if (this.#settings.url !== null) return { origin: this.#settings.url, trouble: null };
    if (address === null) return { origin: null, trouble };
    const origin = originOf(address);
    const words = 'players are served at every address of this machine: set links.url to the one they use';
    return { origin, trouble: origin === null ? words : null };
  }
}
