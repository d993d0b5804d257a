import type { Call } from '../../lib/call.js';
import type { ApiReply } from '../../net/api-client.js';
import type * as v from 'valibot';
import type { ResourceCalls } from './calls.js';
import { downloadUrls, itemInfo, listPage, readReply, userInfo } from './wire.js';

export type ListPage = v.InferOutput<typeof listPage>;
export type ListItem = ListPage['data'][number];
export type ItemInfo = NonNullable<v.InferOutput<typeof itemInfo>['data']>;
export type UserInfo = v.InferOutput<typeof userInfo>['data'];
export type DownloadUrl = v.InferOutput<typeof downloadUrls>['data'][string];

/** The fields that a folder can be sorted by (§7.1); null leaves the choice to the cloud. */
export type ListOrder = 'file_name' | 'user_utime' | null;

export interface ListRequest {
  readonly cid: string;
  readonly offset: number;
  readonly limit: number;
  readonly order: ListOrder;
}

/** Download addresses by file id, and the answer that they came in (its cookies and date belong to them). */
export interface DownloadUrls {
  readonly urls: Readonly<Record<string, DownloadUrl>>;
  readonly headers: ApiReply['headers'];
}

/** The resource calls of 115 Open that reading needs; each is one request and its answer in a known shape. */
export class Pan115OpenApi {
  readonly #calls: ResourceCalls;

  constructor(calls: ResourceCalls) {
    this.#calls = calls;
  }

  /** §6. */
  async userInfo(call: Call): Promise<UserInfo> {
    const name = 'user/info';
    const reply = await this.#calls.get(name, {}, call);
    return readReply(userInfo, reply.json, name).data;
  }

  /** §7: the direct children, folders included. */
  async list(request: ListRequest, call: Call): Promise<ListPage> {
    const name = 'ufile/files';
    const order = request.order === null ? {} : { o: request.order, asc: 1, custom_order: 1 };
    const { cid, offset, limit } = request;
    const reply = await this.#calls.get(name, { cid, offset, limit, show_dir: 1, cur: 1, ...order }, call);
    return readReply(listPage, reply.json, name);
  }

  /** §8: null when the answer is an empty list, one of the forms of "not found". */
  async info(id: string, call: Call): Promise<ItemInfo | null> {
    const name = 'folder/get_info';
    const reply = await this.#calls.get(name, { file_id: id }, call);
    return readReply(itemInfo, reply.json, name).data;
  }

  /** §16.1: the links work only with this User-Agent. */
  async downloadUrls(pickCodes: readonly string[], userAgent: string, call: Call): Promise<DownloadUrls> {
    const name = 'ufile/downurl';
    const form = { pick_code: pickCodes.join(',') };
    const reply = await this.#calls.post(name, form, call, { repeatable: true, userAgent });
    return { urls: readReply(downloadUrls, reply.json, name).data, headers: reply.headers };
  }
}
