import type { Call } from '../../../lib/call.js';
import { SingleFlight } from '../../../lib/single-flight.js';
import type { ServerTime } from '../../../net/server-time.js';
import type { CredentialSource } from '../../oss/connection.js';
import type { OssCredentials } from '../../oss/credentials.js';
import type { StorageToken, UploadApi } from '../api-upload.js';

/** Renewed so long before they end, or after nine tenths of a shorter life. */
const AHEAD = 5 * 60_000;

/** Used so long when the cloud does not say how long they last. */
const USUAL_LIFE = 15 * 60_000;

interface Held {
  readonly credentials: OssCredentials;
  /** As the cloud's clock has it. */
  readonly renewAt: number;
}

/** The account's credentials for the storage, shared by its uploads and renewed in time (115-open.md §17.4). */
export class StorageTokens implements CredentialSource {
  readonly #api: Pick<UploadApi, 'storageToken'>;
  readonly #time: ServerTime;
  readonly #flight = new SingleFlight<OssCredentials>();
  #held: Held | null = null;

  constructor(api: Pick<UploadApi, 'storageToken'>, time: ServerTime) {
    this.#api = api;
    this.#time = time;
  }

  async current(call: Call): Promise<OssCredentials> {
    if (this.#held !== null && this.#time.now() < this.#held.renewAt) return this.#held.credentials;
    return await this.#flight.run('token', call, async (shared) => {
      const token = await this.#api.storageToken(shared);
      this.#held = { credentials: token.credentials, renewAt: this.#renewAt(token) };
      return token.credentials;
    });
  }

  refused(credentials: OssCredentials): void {
    if (this.#held?.credentials === credentials) this.#held = null;
  }

  #renewAt({ expiresAt }: StorageToken): number {
    const now = this.#time.now();
    if (expiresAt === null) return now + USUAL_LIFE;
    return expiresAt - Math.min(AHEAD, Math.max(0, expiresAt - now) / 10);
  }
}
