import { contentHash, expectedBytes } from '../house/content.js';
import { Drive, ROOT, type DriveItem, type DriveState, type NewFile } from '../house/drive.js';
import type { ControlInput, ControlRoute } from '../house/control.js';
import type { CloudService, EmulatedCloud, House, ReadyLogin } from '../house/service.js';
import { recycleBin, userInfo } from './account-calls.js';
import { ApiService, type Endpoints } from './api-service.js';
import { CallLimits } from './call-limits.js';
import { Cdn } from './cdn.js';
import { downloadUrl } from './download-url.js';
import { folderInfo } from './folder-info.js';
import { Links, type LinksState } from './links.js';
import { Listing } from './listing.js';
import { Logins, type LoginsState } from './logins.js';
import { Passport } from './passport.js';
import { QrCodes } from './qr-codes.js';
import { search } from './search.js';
import { Storage } from './storage.js';

export const USER_ID = '100012345';

/** The login every started cloud has, with tokens that are the same each time. */
export const READY_LOGIN: ReadyLogin = {
  clientId: '100195123',
  clientSecret: 'emulated-app-secret',
  userId: USER_ID,
  accessToken: '1a9.ready.access',
  refreshToken: '1a9.ready.refresh',
};

interface CloudState {
  readonly kind: '115-open';
  readonly drive: DriveState;
  readonly logins: LoginsState;
  readonly links: LinksState;
  readonly clockShift: number;
}

/** 115 Open as far as reading needs it: login, resource calls, file bytes. */
export class Pan115OpenCloud implements EmulatedCloud {
  readonly kind = '115-open';
  readonly login = READY_LOGIN;
  readonly services: readonly CloudService[];
  readonly routes: readonly ControlRoute[];
  readonly #house: House;
  readonly #logins: Logins;
  readonly #codes: QrCodes;
  readonly #limits: CallLimits;
  readonly #links: Links;
  #drive: Drive;

  constructor(house: House, drive: Drive, options: { readonly linkHost: string | null }) {
    this.#house = house;
    this.#drive = drive;
    this.#logins = new Logins(house.clock, house.profile);
    this.#codes = new QrCodes(house.clock, house.profile);
    this.#limits = new CallLimits(house.clock, house.profile);
    this.#links = new Links(house);
    this.#logins.authorize(READY_LOGIN.clientId, {
      access: READY_LOGIN.accessToken,
      refresh: READY_LOGIN.refreshToken,
    });
    this.services = this.#buildServices(options.linkHost);
    this.routes = [...this.#loginRoutes(), ...this.#treeRoutes(), ...this.#contentRoutes()];
  }

  save(): CloudState {
    return {
      kind: this.kind,
      drive: this.#drive.save(),
      logins: this.#logins.save(),
      links: this.#links.save(),
      clockShift: this.#house.clock.shift,
    };
  }

  load(state: unknown): void {
    const saved = state as Omit<CloudState, 'kind'> & { readonly kind: string };
    if (saved.kind !== this.kind) throw new RangeError('not a state of a 115-open cloud');
    this.#drive = Drive.load(saved.drive);
    this.#logins.load(saved.logins);
    this.#links.load(saved.links);
    this.#house.clock.restore(saved.clockShift);
  }

  #buildServices(linkHost: string | null): readonly CloudService[] {
    const parts = {
      apps: [{ clientId: READY_LOGIN.clientId, clientSecret: READY_LOGIN.clientSecret }],
      logins: this.#logins,
      codes: this.#codes,
    };
    const api = { logins: this.#logins, limits: this.#limits, endpoints: this.#endpoints(linkHost) };
    return [
      new Passport('passport', ['passportapi.115.com'], parts),
      new Passport('qrcode', ['qrcodeapi.115.com'], parts),
      new Cdn(this.#house, this.#links, () => this.#drive),
      new Storage(),
      new ApiService(this.#house, api),
    ];
  }

  #endpoints(linkHost: string | null): Endpoints {
    const listing = new Listing(() => this.#drive);
    const download = { house: this.#house, links: this.#links, linkHost };
    return {
      'GET /open/user/info': () => userInfo(this.#drive),
      'GET /open/ufile/files': (call) => listing.list(call),
      'GET /open/folder/get_info': (call) => folderInfo(this.#drive, call),
      'POST /open/folder/get_info': (call) => folderInfo(this.#drive, call),
      'GET /open/ufile/search': (call) => search(this.#drive, call),
      'GET /open/rb/list': (call) => recycleBin(this.#drive, call),
      'POST /open/ufile/downurl': (call) => downloadUrl(this.#drive, call, download),
    };
  }

  #loginRoutes(): ControlRoute[] {
    return [
      { method: 'GET', path: 'qr', run: () => this.#codes.list() },
      { method: 'POST', path: 'qr/:name', run: ({ query, body }) => this.#actOnQr(query.get('name'), body) },
      { method: 'GET', path: 'tokens', run: () => this.#logins.list() },
      { method: 'POST', path: 'tokens/login', run: () => this.#logins.authorize(READY_LOGIN.clientId) },
      {
        method: 'POST',
        path: 'tokens/:name',
        run: ({ query, body }) => this.#endTokens(query.get('name'), body),
      },
      { method: 'POST', path: 'limits/reset', run: () => this.#limits.reset() },
      { method: 'POST', path: 'links/revoke', run: () => this.#links.revokeAll() },
    ];
  }

  #actOnQr(action: string | null, body: ControlInput['body']): unknown {
    const steps = { scan: 'scanned', confirm: 'confirmed', cancel: 'cancelled' } as const;
    if (action !== 'scan' && action !== 'confirm' && action !== 'cancel')
      throw new RangeError('scan, confirm, cancel');
    const uid = body['uid'];
    return this.#codes.act(steps[action], typeof uid === 'string' ? uid : null);
  }

  #endTokens(action: string | null, body: ControlInput['body']): void {
    const what = { 'expire-access': 'access', 'expire-refresh': 'refresh', revoke: 'authorization' } as const;
    if (action !== 'expire-access' && action !== 'expire-refresh' && action !== 'revoke') {
      throw new RangeError(`${Object.keys(what).join(', ')} or login`);
    }
    this.#logins.end(what[action], typeof body['login'] === 'number' ? body['login'] : null);
  }

  #treeRoutes(): ControlRoute[] {
    return [
      { method: 'GET', path: 'item', run: ({ query }) => this.#find(Object.fromEntries(query)) },
      { method: 'POST', path: 'tree/file', run: ({ body }) => this.#addFile(body) },
      {
        method: 'POST',
        path: 'tree/directory',
        run: ({ body }) => this.#drive.addDirectory(text(body, 'parent', ROOT), text(body, 'name')),
      },
      {
        method: 'POST',
        path: 'tree/rename',
        run: ({ body }) =>
          this.#drive.rename(this.#find(body).id, text(body, 'name'), this.#house.clock.seconds()),
      },
      {
        method: 'POST',
        path: 'tree/move',
        run: ({ body }) => this.#drive.move(this.#find(body).id, text(body, 'parent')),
      },
      {
        method: 'POST',
        path: 'tree/remove',
        run: ({ body }) => this.#drive.remove(this.#find(body).id, this.#house.clock.seconds()),
      },
      { method: 'POST', path: 'tree/purge', run: ({ body }) => this.#drive.purge(this.#find(body).id) },
      {
        method: 'POST',
        path: 'tree/replace',
        run: ({ body }) => {
          const { size, content } = body as unknown as NewFile;
          const file = content === undefined ? { size } : { size, content };
          return this.#drive.replace(this.#find(body).id, file, this.#house.clock.seconds());
        },
      },
    ];
  }

  #addFile(body: ControlInput['body']): DriveItem {
    return this.#drive.addFile(text(body, 'parent', ROOT), text(body, 'name'), {
      created: this.#house.clock.seconds(),
      ...(body as unknown as NewFile),
    });
  }

  #contentRoutes(): ControlRoute[] {
    return [
      {
        method: 'GET',
        path: 'content',
        run: ({ query }) => {
          const item = this.#find(Object.fromEntries(query));
          const start = Number(query.get('start') ?? 0);
          const length = Math.min(Number(query.get('length') ?? item.size), item.size - start);
          return expectedBytes(item.content ?? { kind: 'bytes', base64: '' }, start, length);
        },
      },
      {
        method: 'GET',
        path: 'hash',
        run: async ({ query }) => {
          const item = this.#find(Object.fromEntries(query));
          const algorithm = query.get('algorithm') === 'md5' ? 'md5' : 'sha1';
          return {
            hash: await contentHash(item.content ?? { kind: 'bytes', base64: '' }, item.size, algorithm),
          };
        },
      },
    ];
  }

  /** By id or by path. Throws RangeError. */
  #find(where: Readonly<Record<string, unknown>>): DriveItem {
    const { id, path } = where;
    const item =
      typeof id === 'string'
        ? this.#drive.item(id)
        : this.#drive.resolve(
            String(path)
              .split('/')
              .filter((name) => name !== ''),
          );
    if (item === null) throw new RangeError(`no item ${JSON.stringify(id ?? path)}`);
    return item;
  }
}

function text(body: ControlInput['body'], name: string, initial?: string): string {
  const value = body[name] ?? initial;
  if (typeof value !== 'string') throw new RangeError(`${name} must be a text`);
  return value;
}
