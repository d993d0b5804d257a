import type { Env, Timer } from '../lib/env.js';
import { type FsError, toFsError } from '../lib/errors.js';
import type { ListenAddress } from '../lib/listen-address.js';
import { type LinkServer, type LinkServerOptions, startLinkServer } from './link-server.js';

/** Milliseconds until a port that could not be had is tried again: its network may come up, or its owner may end. */
const RETRY = 30_000;

/** The server for players, as long as the daemon runs: what keeps it from listening keeps nothing else from working. */
export class LinkListener {
  readonly #env: Env;
  readonly #options: LinkServerOptions;
  #server: LinkServer | null = null;
  #trouble: FsError | null = null;
  #retry: Timer | null = null;
  #closed = false;

  constructor(env: Env, options: LinkServerOptions) {
    this.#env = env;
    this.#options = options;
  }

  /** Where it listens, or why it does not. */
  get state(): { readonly address: ListenAddress | null; readonly trouble: string | null } {
    return { address: this.#server?.address ?? null, trouble: this.#trouble?.message ?? null };
  }

  /** Resolves when it listens, or when it is known that it cannot for now. Never rejects. */
  async start(): Promise<void> {
    try {
      const server = await startLinkServer(this.#env, this.#options);
      this.#server = server;
      this.#trouble = null;
      if (this.#closed) await server.close();
      this.#env.log.info('players are served', { ...server.address });
    } catch (thrown) {
      this.#trouble = toFsError(thrown);
      this.#env.log.error('players are not served', { error: this.#trouble, triedAgainIn: RETRY });
      if (!this.#closed) this.#retry = this.#env.clock.after(RETRY, () => void this.start());
    }
  }

  /** Ends what players are sent. Safe to call twice. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#retry?.cancel();
    await this.#server?.close();
  }
}
