import type { Call } from '../../lib/call.js';
import type { ApiClient, ApiReply } from '../../net/api-client.js';

/** Parameters of a call, in its query or its form. */
export type CallFields = Readonly<Record<string, string | number>>;

export interface PostOptions {
  /** Whether sending it twice is harmless: only then is it repeated after a lost answer. */
  readonly repeatable: boolean;
  /** The driver's own by default. */
  readonly userAgent?: string;
}

/** How the resource calls of 115 Open are sent: `name` is the path below `/open/`. */
export class ResourceCalls {
  readonly #client: ApiClient;
  readonly #base: string;
  readonly #userAgent: string;

  constructor(client: ApiClient, base: string, userAgent: string) {
    this.#client = client;
    this.#base = base;
    this.#userAgent = userAgent;
  }

  get(name: string, query: CallFields, call: Call): Promise<ApiReply> {
    return this.#client.send({
      name,
      method: 'GET',
      url: `${this.#base}/open/${name}`,
      query,
      headers: { 'User-Agent': this.#userAgent },
      call,
      repeatable: true,
    });
  }

  post(name: string, form: CallFields, call: Call, options: PostOptions): Promise<ApiReply> {
    return this.#client.send({
      name,
      method: 'POST',
      url: `${this.#base}/open/${name}`,
      form,
      headers: { 'User-Agent': options.userAgent ?? this.#userAgent },
      call,
      repeatable: options.repeatable,
    });
  }
}
