import { setTimeout as delay } from 'node:timers/promises';
import { openContent } from '../../test/clouds/house/content.js';
import { type Drive, type DriveItem, ROOT } from '../../test/clouds/house/drive.js';
import type { Exchange } from '../../test/clouds/house/exchange.js';
import { writeBody } from '../../test/clouds/house/paced-body.js';
import type { CloudService, House } from '../../test/clouds/house/service.js';
import { parseRange } from '../../test/clouds/pan115-open/byte-range.js';

const ACCOUNT = 'webdav';

/**
 * The same files behind WebDAV (RFC 4918) with the same delays and caps: listings wait for their turn at the
 * account's rate, a file stands for its link, one connection too many gets 403.
 */
export class WebDavService implements CloudService {
  readonly name = 'webdav';
  readonly hosts = [];
  readonly #house: House;
  readonly #drive: Drive;
  #nextCall = 0;

  constructor(house: House, drive: Drive) {
    this.#house = house;
    this.#drive = drive;
  }

  claims(): boolean {
    return true;
  }

  async answer(exchange: Exchange): Promise<void> {
    const item = this.#find(exchange.path);
    if (exchange.method === 'OPTIONS') exchange.send(200, '', { dav: '1' });
    else if (item === null) exchange.send(404, 'Not Found');
    else if (exchange.method === 'PROPFIND') await this.#list(exchange, item);
    else if (item === ROOT || item.kind === 'directory') exchange.send(405, 'Method Not Allowed');
    else if (exchange.method === 'GET' || exchange.method === 'HEAD') await this.#connect(exchange, item);
    else exchange.send(403, 'Forbidden');
  }

  #find(path: string): DriveItem | typeof ROOT | null {
    const names = path
      .split('/')
      .filter((name) => name !== '')
      .map(decodeURIComponent);
    return names.length === 0 ? ROOT : this.#drive.resolve(names);
  }

  async #list(exchange: Exchange, item: DriveItem | typeof ROOT): Promise<void> {
    await this.#turn();
    this.#house.calls.add('PROPFIND');
    const path = exchange.path.replace(/\/$/, '');
    const listed = [response(path, item)];
    if (exchange.request.headers['depth'] !== '0') {
      const children = item === ROOT || item.kind === 'directory' ? this.#children(item) : [];
      listed.push(...children.map((child) => response(`${path}/${encodeURIComponent(child.name)}`, child)));
    }
    const body = `<?xml version="1.0" encoding="utf-8"?><D:multistatus xmlns:D="DAV:">${listed.join('')}</D:multistatus>`;
    exchange.send(207, body, { 'content-type': 'application/xml; charset=utf-8' });
  }

  #children(item: DriveItem | typeof ROOT): DriveItem[] {
    return this.#drive.children(item === ROOT ? ROOT : item.id);
  }

  /** Resolves when the account's rate allows the call and its time has passed. */
  async #turn(): Promise<void> {
    const { apiDelay, apiPerSecond, apiBurst } = this.#house.profile.current;
    const now = performance.now();
    const spacing = apiPerSecond === null ? 0 : 1000 / apiPerSecond;
    this.#nextCall = Math.max(now, this.#nextCall) + spacing;
    await delay(Math.max(0, this.#nextCall - now - apiBurst * spacing) + apiDelay);
  }

  async #connect(exchange: Exchange, item: DriveItem): Promise<void> {
    const { links, accounts, profile } = this.#house;
    const { connectionsPerLink, connectionsPerAccount, firstByte } = profile.current;
    if (links.refuses(item.id, connectionsPerLink) || accounts.refuses(ACCOUNT, connectionsPerAccount)) {
      exchange.send(403, 'too many connections');
      return;
    }
    const held = [links.take(item.id), accounts.take(ACCOUNT)];
    const release = (): void => held.forEach((connection) => connection.close());
    exchange.response.once('finish', release).once('close', release);
    await delay(firstByte);
    if (!exchange.response.destroyed) await this.#send(exchange, item);
  }

  async #send(exchange: Exchange, item: DriveItem): Promise<void> {
    const range = parseRange(exchange.request.headers.range, item.size);
    if (range === 'unsatisfiable') {
      exchange.send(416, '', { 'content-range': `bytes */${item.size}` });
      return;
    }
    const { start, end } = range === 'whole' ? { start: 0, end: item.size } : range;
    exchange.response.writeHead(range === 'whole' ? 200 : 206, {
      'content-type': 'application/octet-stream',
      'content-length': end - start,
      'last-modified': new Date(item.modified * 1000).toUTCString(),
      ...(range === 'whole' ? {} : { 'content-range': `bytes ${start}-${end - 1}/${item.size}` }),
    });
    if (exchange.method === 'GET') {
      const source = openContent(item.content ?? { kind: 'seeded', seed: item.id });
      const pace = { bytesPerSecond: this.#house.profile.current.bytesPerSecond };
      await writeBody(exchange.response, source, { position: start, length: end - start }, pace, (bytes) =>
        this.#house.traffic.add(bytes),
      );
      await source.close();
    }
    exchange.response.end();
  }
}

function response(path: string, item: DriveItem | typeof ROOT): string {
  const directory = item === ROOT || item.kind === 'directory';
  const modified = new Date((item === ROOT ? 0 : item.modified) * 1000).toUTCString();
  const kind = directory ? '<D:collection/>' : '';
  const size = directory ? '' : `<D:getcontentlength>${item.size}</D:getcontentlength>`;
  return (
    `<D:response><D:href>${path}${directory ? '/' : ''}</D:href><D:propstat><D:prop>` +
    `<D:resourcetype>${kind}</D:resourcetype>${size}<D:getlastmodified>${modified}</D:getlastmodified>` +
    `</D:prop><D:status>HTTP/1.1 200 OK</D:status></D:propstat></D:response>`
  );
}
