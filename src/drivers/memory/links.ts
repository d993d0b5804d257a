import type { DownloadLink } from '../../driver/driver.js';
import type { FileEntry } from '../../driver/entry.js';
import type { Clock } from '../../lib/env.js';

/** How the memory cloud hands out links. */
export interface MemoryLinkOptions {
  /** Milliseconds that a link lives; null for ever. */
  readonly lifetime: number | null;
  /** Connections that one link allows at once. */
  readonly connections: number;
}

interface Issued {
  readonly fileId: string;
  readonly userAgent: string;
  readonly expiresAt: number | null;
  open: number;
}

/** What a request for a link meets: a connection that must be closed once, or a refusal. */
export type MemoryConnection =
  | { readonly kind: 'open'; readonly fileId: string; close(): void }
  | { readonly kind: 'refused'; readonly status: 403 | 404; readonly message: string };

/** The links that the memory cloud has handed out, and the connections open on them. */
export class MemoryLinks {
  readonly #clock: Clock;
  readonly #options: MemoryLinkOptions;
  readonly #issued = new Map<string, Issued>();
  #mostOpen = 0;
  #serial = 0;

  constructor(clock: Clock, options: MemoryLinkOptions) {
    this.#clock = clock;
    this.#options = options;
  }

  /** A new link to the file, bound to the User-Agent. */
  issue(file: FileEntry, userAgent: string): DownloadLink {
    const { lifetime, connections } = this.#options;
    const expiresAt = lifetime === null ? null : this.#clock.now() + lifetime;
    this.#serial += 1;
    const url = `memory://cloud/${file.id}/${this.#serial}`;
    this.#issued.set(url, { fileId: file.id, userAgent, expiresAt, open: 0 });
    const headers = { 'User-Agent': userAgent };
    return { url, headers, expiresAt, maxConnections: connections, size: file.size };
  }

  /** Opens one connection, if the link lives, the User-Agent is the one it is bound to and the cap allows it. */
  connect(url: string, userAgent: string | null): MemoryConnection {
    const link = this.#issued.get(url);
    if (link === undefined) return { kind: 'refused', status: 404, message: 'no such link' };
    const refusal = this.#refusal(link, userAgent);
    if (refusal !== null) return { kind: 'refused', status: 403, message: refusal };
    link.open += 1;
    this.#mostOpen = Math.max(this.#mostOpen, link.open);
    let closed = false;
    const close = (): void => {
      if (!closed) link.open -= 1;
      closed = true;
    };
    return { kind: 'open', fileId: link.fileId, close };
  }

  /** Ends the life of every link handed out so far. */
  revoke(): void {
    this.#issued.clear();
  }

  /** The most connections that were ever open on one link. */
  get mostOpen(): number {
    return this.#mostOpen;
  }

  /** Connections open now, on all links. */
  get open(): number {
    return [...this.#issued.values()].reduce((sum, link) => sum + link.open, 0);
  }

  #refusal(link: Issued, userAgent: string | null): string | null {
    if (userAgent !== link.userAgent) return 'the link is bound to another User-Agent';
    if (link.expiresAt !== null && this.#clock.now() >= link.expiresAt) return 'the link has expired';
    if (link.open >= this.#options.connections) return 'too many connections on this link';
    return null;
  }
}
