import type { CloudProcess } from './process.js';
import { send, type PlainResponse } from './plain-http.js';

/** The calls of 115 Open by plain HTTP, as a self-test needs them. */
export class OpenClient {
  readonly #cloud: CloudProcess;
  accessToken: string;

  constructor(cloud: CloudProcess) {
    this.#cloud = cloud;
    this.accessToken = cloud.login.accessToken;
  }

  get(path: string, query: Readonly<Record<string, string>> = {}): Promise<PlainResponse> {
    const search = new URLSearchParams(query).toString();
    return send(`${this.#cloud.url}${path}?${search}`, { headers: this.#authorization() });
  }

  post(
    path: string,
    form: Readonly<Record<string, string>>,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<PlainResponse> {
    return send(`${this.#cloud.url}${path}`, { form, headers: { ...this.#authorization(), ...headers } });
  }

  /** A download link for the file at a path, bound to the user agent. */
  async link(path: string, userAgent = 'self-test'): Promise<string> {
    const { id, pickCode } = await this.#cloud.item({ path });
    const reply = await this.post(
      '/open/ufile/downurl',
      { pick_code: pickCode },
      { 'user-agent': userAgent },
    );
    const data = reply.json()['data'] as Record<string, { readonly url: { readonly url: string } }>;
    const url = data[id]?.url.url;
    if (url === undefined) throw new Error(`no link: ${reply.body.toString()}`);
    return url;
  }

  async list(query: Readonly<Record<string, string>>): Promise<ListReply> {
    return (await this.get('/open/ufile/files', query)).json() as unknown as ListReply;
  }

  #authorization(): Readonly<Record<string, string>> {
    return { authorization: `Bearer ${this.accessToken}` };
  }
}

export interface ListedEntry {
  readonly fid: string;
  readonly pid: string;
  readonly fn: string;
  readonly fc: string;
  readonly fs: number;
  readonly fta: string;
  readonly sha1: string;
  readonly pc: string;
}

export interface ListReply {
  readonly state: boolean;
  readonly code: number;
  readonly data: readonly ListedEntry[];
  readonly count: number;
  readonly sys_count: number;
  readonly cid: number;
  readonly limit: number;
  readonly path: readonly { readonly name: string }[];
}

/** The code of a reply, wherever it stands. */
export function codeOf(reply: PlainResponse): unknown {
  return reply.json()['code'];
}
