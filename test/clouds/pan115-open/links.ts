import { createHmac, randomBytes } from 'node:crypto';
import type { DriveItem } from '../house/drive.js';
import type { House } from '../house/service.js';

/** Why a link is refused; the words go into the request log. */
export type LinkFailure = 'bad signature' | 'expired' | 'revoked' | 'other user agent' | 'no cookie';

/** A link that may be fetched. */
export interface CheckedLink {
  readonly pickCode: string;
  /** Tells links apart: the signature. */
  readonly key: string;
  readonly user: string;
  /** Connections the link allows; null = any number. */
  readonly connections: number | null;
  /** Bytes per second of one connection. */
  readonly speed: number;
}

export interface LinksState {
  readonly secret: string;
  readonly revoked: readonly string[];
}

/** Who asks for a link, and where the bytes will be fetched. */
export interface LinkRequest {
  readonly userId: string;
  readonly clientId: string;
  readonly userAgent: string;
  /** Scheme and authority of the host for file bytes, with a path prefix if it has one. */
  readonly origin: string;
}

export const LINK_COOKIE = 'acw_tc';
const NORMAL_SPEED = 524_288_000;

/** Makes and checks download links (API document, 16.2, 16.3). Nothing is kept but what was revoked. */
export class Links {
  readonly #house: House;
  #secret = randomBytes(20).toString('hex');
  #revoked = new Set<string>();
  readonly #issuedWhileRevoking = new Set<string>();

  constructor(house: House) {
    this.#house = house;
  }

  save(): LinksState {
    return { secret: this.#secret, revoked: [...this.#revoked] };
  }

  load(state: LinksState): void {
    this.#secret = state.secret;
    this.#revoked = new Set(state.revoked);
  }

  /** A link for a file, living `lifetime` ms; its cookie must be sent along when the link's mode asks for one. */
  create(
    item: DriveItem,
    request: LinkRequest,
    lifetime: number,
  ): { readonly url: string; readonly cookie: string } {
    const { connectionsPerLink, connectionsPerAccount, bytesPerSecond, linkMode } =
      this.#house.profile.current;
    const speed = bytesPerSecond ?? NORMAL_SPEED;
    const query = new URLSearchParams({
      t: String(Math.floor((this.#house.clock.now() + lifetime) / 1000)),
      u: request.userId,
      s: String(speed),
      d: `vip-2840123456-${item.pickCode}-1-${request.clientId}`,
      c: String(connectionsPerLink ?? 0),
      f: linkMode,
    });
    // Two links for one file are never the same, even within a second.
    const path = `/${randomBytes(20).toString('hex')}/${encodeURIComponent(pathName(item))}`;
    const cookie = this.#sign(`cookie ${item.id} ${request.userAgent}`);
    const k = this.#signature(path, query, request.userAgent);
    query.set('k', k);
    query.set('us', String(speed * (connectionsPerAccount ?? 10)));
    query.set('uc', String(connectionsPerAccount ?? 10));
    query.set('v', '1');
    if (this.#house.faults.isOn('link-revoked')) this.#issuedWhileRevoking.add(k);
    return { url: `${request.origin}${path}?${query.toString()}`, cookie };
  }

  /** Checks what a client sends for file bytes. Path without the prefix of the origin. */
  check(
    path: string,
    query: URLSearchParams,
    sent: { readonly userAgent: string; readonly cookie: string },
  ): CheckedLink | LinkFailure {
    const key = query.get('k') ?? '';
    const mode = query.get('f');
    const [expected, agent] = halves(this.#signature(path, query, sent.userAgent));
    const [given, givenAgent] = halves(key);
    const pickCode = /^vip-\d+-([0-9a-z]+)-/.exec(query.get('d') ?? '')?.[1];
    if (given !== expected || pickCode === undefined) return 'bad signature';
    if (mode !== '' && givenAgent !== agent) return 'other user agent';
    if (mode === '3' && !sent.cookie.includes(`${LINK_COOKIE}=`)) return 'no cookie';
    if (Number(query.get('t')) * 1000 <= this.#house.clock.now()) return 'expired';
    if (this.#revoked.has(key)) return 'revoked';
    return {
      pickCode,
      key,
      user: query.get('u') ?? '',
      connections: query.get('c') === '0' ? null : Number(query.get('c')),
      speed: Number(query.get('s')),
    };
  }

  /** Whether the link came out while links were being revoked. */
  isDoomed(key: string): boolean {
    return this.#issuedWhileRevoking.has(key);
  }

  /** From now on the link is refused although its time is not over. */
  revoke(key: string): void {
    this.#revoked.add(key);
  }

  /** Ends every link that was handed out so far. */
  revokeAll(): void {
    this.#secret = randomBytes(20).toString('hex');
  }

  /** Half over the link itself, half over the user agent it is bound to. */
  #signature(path: string, query: URLSearchParams, userAgent: string): string {
    const signed = ['t', 'u', 's', 'd', 'c', 'f'].map((name) => `${name}=${query.get(name) ?? ''}`).join('&');
    const own = this.#sign(`${path}?${signed}`).slice(0, 16);
    return own + this.#sign(`${own} ${userAgent}`).slice(0, 16);
  }

  #sign(text: string): string {
    return createHmac('sha1', this.#secret).update(text).digest('hex');
  }
}

/** A client would take these two for steps in the path. */
function pathName(item: DriveItem): string {
  return item.name === '.' || item.name === '..' ? item.pickCode : item.name;
}

function halves(key: string): readonly [string, string] {
  return [key.slice(0, 16), key.slice(16)];
}
