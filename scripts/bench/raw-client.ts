import { get } from 'node:http';
import type { CloudProcess } from '../../test/clouds/process.js';
import { UploadClient } from '../../test/clouds/upload-client.js';
import type { Film } from './library.js';

/** Milliseconds from the request on. */
export interface RawTiming {
  readonly firstByte: number;
  readonly took: number;
}

/** What links are bound to. */
export const USER_AGENT = 'plain-requests';

/** Plain node:http requests, the measure of everything: nothing but what one connection of the cloud gives. */
export class RawClient {
  readonly cloud: CloudProcess;
  /** The steps of an upload. */
  readonly uploads: UploadClient;

  private constructor(cloud: CloudProcess, uploads: UploadClient) {
    this.cloud = cloud;
    this.uploads = uploads;
  }

  /** With a login of its own: the daemon's rotates. */
  static async login(cloud: CloudProcess): Promise<RawClient> {
    const uploads = new UploadClient(cloud);
    uploads.api.accessToken = (await cloud.newLogin()).access_token;
    return new RawClient(cloud, uploads);
  }

  /** A download link and the milliseconds of the call for it; the call costs the daemon nothing. */
  async link(film: Film): Promise<{ readonly url: string; readonly took: number }> {
    const { id, pickCode } = await this.cloud.item({ path: film.path });
    await this.cloud.resetLimits();
    const reply = await this.uploads.api.post(
      '/open/ufile/downurl',
      { pick_code: pickCode },
      { 'user-agent': USER_AGENT },
    );
    await this.cloud.resetLimits();
    const data = reply.json()['data'] as Record<string, { readonly url: { readonly url: string } }>;
    const url = data[id]?.url.url;
    if (url === undefined) throw new Error(`no link: ${reply.body.toString()}`);
    return { url, took: reply.took };
  }

  /** Lists a folder once; the call counts in the cloud's rate. */
  async list(folder: string): Promise<void> {
    const { state } = await this.uploads.api.list({ cid: folder, limit: '1150', show_dir: '1' });
    if (!state) throw new Error(`the cloud refused to list ${folder}`);
  }
}

/** Fetches a range on a connection of its own and throws the bytes away. */
export function fetchRange(url: string, start: number, length: number): Promise<RawTiming> {
  const began = performance.now();
  return new Promise((resolve, reject) => {
    const headers = { 'user-agent': USER_AGENT, range: `bytes=${start}-${start + length - 1}` };
    const outgoing = get(url, { agent: false, headers }, (incoming) => {
      let firstByte = NaN;
      let received = 0;
      incoming.on('error', reject);
      incoming.on('data', (chunk: Buffer) => {
        if (received === 0) firstByte = performance.now() - began;
        received += chunk.length;
      });
      incoming.on('end', () => {
        if (incoming.statusCode === 206 && received === length)
          resolve({ firstByte, took: performance.now() - began });
        else reject(new Error(`a plain request got ${String(incoming.statusCode)} and ${received} bytes`));
      });
    });
    outgoing.on('error', reject);
  });
}
