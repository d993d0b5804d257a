import { openContent, type ContentSpec } from '../house/content.js';
import type { Drive, DriveItem } from '../house/drive.js';
import type { Exchange } from '../house/exchange.js';
import { writeBody, type BodyPace } from '../house/paced-body.js';
import { pause } from '../house/pause.js';
import type { CloudService, House } from '../house/service.js';
import { parseRange, type ByteRange } from './byte-range.js';
import { CDN_HOST, CDN_PREFIX } from './download-url.js';
import type { CheckedLink, Links } from './links.js';

/** What one request for bytes will get. */
interface Plan {
  readonly status: 200 | 206;
  /** Where the bytes come from; differs from what the header says under some faults. */
  readonly range: ByteRange;
  readonly length: number;
  readonly contentRange: string | null;
  readonly content: ContentSpec;
}

/** The host of file bytes: signed links, ranges, connection caps, pace (API document, 16.3). */
export class Cdn implements CloudService {
  readonly name = 'cdn';
  readonly hosts = [CDN_HOST];
  readonly #house: House;
  readonly #links: Links;
  readonly #drive: () => Drive;

  constructor(house: House, links: Links, drive: () => Drive) {
    this.#house = house;
    this.#links = links;
    this.#drive = drive;
  }

  claims(path: string): boolean {
    return path.startsWith(`${CDN_PREFIX}/`);
  }

  async answer(exchange: Exchange): Promise<void> {
    const path = this.claims(exchange.path) ? exchange.path.slice(CDN_PREFIX.length) : exchange.path;
    const link = this.#links.check(path, exchange.url.searchParams, {
      userAgent: exchange.userAgent,
      cookie: exchange.request.headers.cookie ?? '',
    });
    if (typeof link === 'string') {
      refuse(exchange, 403, link, link === 'no cookie' ? 'no cookie value' : '403 Forbidden');
      return;
    }
    const item = this.#drive().byPickCode(link.pickCode);
    if (item === null) {
      refuse(exchange, 404, 'no such file', '404 Not Found');
      return;
    }
    if (this.#links.isDoomed(link.key) && exchange.struck('link-revoked')) this.#links.revoke(link.key);
    else if (exchange.struck('link-403')) this.#links.revoke(link.key);
    else return this.#connect(exchange, link, item);
    refuse(exchange, 403, 'revoked', '403 Forbidden');
  }

  /** Counts the connection from here until the answer or the client ends. */
  async #connect(exchange: Exchange, link: CheckedLink, item: DriveItem): Promise<void> {
    const { links, accounts, profile } = this.#house;
    if (links.refuses(link.key, link.connections)) return this.#crowded(exchange, link, 'link');
    if (accounts.refuses(link.user, profile.current.connectionsPerAccount)) {
      return this.#crowded(exchange, link, 'account');
    }
    const single = links.take(link.key);
    const account = accounts.take(link.user);
    exchange.notes.connections = { link: single.open, account: account.open };
    const release = (): void => {
      single.close();
      account.close();
    };
    exchange.response.once('finish', release).once('close', release);
    await this.#serve(exchange, link, item);
  }

  async #crowded(exchange: Exchange, link: CheckedLink, what: 'account' | 'link'): Promise<void> {
    exchange.notes.connections = {
      link: this.#house.links.openOf(link.key),
      account: this.#house.accounts.openOf(link.user),
    };
    if (exchange.struck('cdn-stall-busy')) await exchange.hang();
    else refuse(exchange, 403, `too many connections of the ${what}`, '403 Forbidden');
  }

  async #serve(exchange: Exchange, link: CheckedLink, item: DriveItem): Promise<void> {
    const late = exchange.struck('cdn-late') ? exchange.faultValue('cdn-late') : 0;
    await pause(exchange, this.#house.profile.current.firstByte + late);
    if (exchange.response.destroyed) return;
    if (exchange.struck('cdn-403')) {
      refuse(exchange, 403, 'fault', '403 Forbidden');
      return;
    }
    if (exchange.struck('cdn-5xx')) {
      refuse(exchange, exchange.faultValue('cdn-5xx'), 'fault', 'Service Unavailable');
      return;
    }
    if (redirected(exchange)) return;
    const plan = planOf(exchange, item);
    if (plan !== null) await this.#send(exchange, plan, this.#paceOf(exchange, link));
  }

  #paceOf(exchange: Exchange, link: CheckedLink): BodyPace {
    const { bytesPerSecond } = this.#house.profile.current;
    const rate = bytesPerSecond === null ? null : Math.min(bytesPerSecond, link.speed);
    return {
      bytesPerSecond: exchange.struck('cdn-slow') ? exchange.faultValue('cdn-slow') : rate,
      ...(exchange.struck('cdn-cut') ? { cutAfter: exchange.faultValue('cdn-cut') } : {}),
      ...(exchange.struck('cdn-stall') ? { stallAfter: exchange.faultValue('cdn-stall') } : {}),
    };
  }

  async #send(exchange: Exchange, plan: Plan, pace: BodyPace): Promise<void> {
    const { response } = exchange;
    response.writeHead(plan.status, {
      'content-type': 'application/octet-stream',
      'accept-ranges': 'bytes',
      'content-length': plan.length,
      ...(plan.contentRange === null ? {} : { 'content-range': plan.contentRange }),
    });
    if (exchange.method === 'HEAD') {
      response.end();
      return;
    }
    response.flushHeaders();
    const source = openContent(plan.content);
    try {
      const range = { position: plan.range.start, length: plan.length };
      const end = await writeBody(response, source, range, pace, (bytes) => {
        exchange.notes.bytes += bytes;
        this.#house.traffic.add(bytes);
      });
      if (end === 'done') response.end();
      else if (end === 'cut') exchange.reset();
      else if (end === 'stalled') await exchange.hang();
    } finally {
      await source.close();
    }
  }
}

/** What to send for this request; null when it was answered here. */
function planOf(exchange: Exchange, item: DriveItem): Plan | null {
  const size = item.size + (exchange.struck('file-changed') ? exchange.faultValue('file-changed') : 0);
  const asked = parseRange(exchange.request.headers.range, size);
  if (asked === 'unsatisfiable') {
    exchange.notes.reason = 'unsatisfiable range';
    exchange.send(416, '', { 'content-range': `bytes */${size}` });
    return null;
  }
  const content = item.content ?? { kind: 'bytes', base64: '' };
  const served = exchange.struck('cdn-wrong-bytes')
    ? ({ kind: 'seeded', seed: 'another file' } as const)
    : content;
  if (asked === 'whole' || exchange.struck('cdn-200-for-206')) {
    return { status: 200, range: { start: 0, end: size }, length: size, contentRange: null, content: served };
  }
  const range = exchange.struck('cdn-wrong-range')
    ? shifted(asked, exchange.faultValue('cdn-wrong-range'), size)
    : asked;
  const less = exchange.struck('cdn-short') ? exchange.faultValue('cdn-short') : 0;
  return {
    status: 206,
    range,
    length: Math.max(0, range.end - range.start - less),
    contentRange: `bytes ${range.start}-${range.end - 1}/${size}`,
    content: served,
  };
}

function shifted({ start, end }: ByteRange, by: number, size: number): ByteRange {
  const moved = end + by <= size ? by : -Math.min(by, start);
  return { start: start + moved, end: end + moved };
}

/** Once from the address in use to another name of it; the new request is served. */
function redirected(exchange: Exchange): boolean {
  if (exchange.url.searchParams.has('redirected') || !exchange.struck('cdn-redirect')) return false;
  const target = new URL(exchange.url);
  if (target.hostname === '127.0.0.1') target.hostname = 'localhost';
  else if (target.hostname === 'localhost') target.hostname = '127.0.0.1';
  target.searchParams.set('redirected', '1');
  exchange.send(302, '', { location: target.href });
  return true;
}

function refuse(exchange: Exchange, status: number, reason: string, body: string): void {
  exchange.notes.reason = reason;
  exchange.send(status, body, { 'content-type': 'text/plain' });
}
