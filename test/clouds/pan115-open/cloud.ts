import { Drive, type DriveState } from '../house/drive.js';
import type { ControlRoute } from '../house/control.js';
import type { CloudService, EmulatedCloud, House, ReadyLogin } from '../house/service.js';
import { userInfo } from './account-calls.js';
import { ApiService, type Endpoints } from './api-service.js';
import { CallLimits } from './call-limits.js';
import { Cdn } from './cdn.js';
import { BackgroundWork, type Work } from './changes/background-work.js';
import { BusyLock, type BusyState } from './changes/busy-lock.js';
import { changeEndpoints } from './changes/endpoints.js';
import { downloadUrl } from './download-url.js';
import { folderInfo } from './folder-info.js';
import { Links, type LinksState } from './links.js';
import { Listing } from './listing.js';
import { loginRoutes } from './login-routes.js';
import { Logins, type LoginsState } from './logins.js';
import { offlineEndpoints } from './offline/offline-calls.js';
import { OfflineTasks, type OfflineState } from './offline/offline-tasks.js';
import { Passport } from './passport.js';
import { QrCodes } from './qr-codes.js';
import { search } from './search.js';
import { treeRoutes } from './tree-routes.js';
import { Uploads, type UploadsOptions, type UploadsState } from './upload/uploads.js';

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
  readonly busy: BusyState;
  readonly work: readonly Work[];
  readonly uploads: UploadsState;
  readonly offline: OfflineState;
  readonly clockShift: number;
}

export interface Pan115OpenOptions extends UploadsOptions {
  /** Host and port of download links; null = what fits the request. */
  readonly linkHost: string | null;
}

/** 115 Open: login, resource calls, file bytes, uploads, offline tasks. */
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
  readonly #busy: BusyLock;
  readonly #work = new BackgroundWork();
  readonly #uploads: Uploads;
  readonly #offline = new OfflineTasks();
  #drive: Drive;

  constructor(house: House, drive: Drive, options: Pan115OpenOptions) {
    this.#house = house;
    this.#drive = drive;
    this.#busy = new BusyLock(house);
    this.#uploads = new Uploads(house, () => this.#settled(), options);
    this.#logins = new Logins(house.clock, house.profile);
    this.#codes = new QrCodes(house.clock, house.profile);
    this.#limits = new CallLimits(house.clock, house.profile);
    this.#links = new Links(house);
    this.#logins.authorize(READY_LOGIN.clientId, {
      access: READY_LOGIN.accessToken,
      refresh: READY_LOGIN.refreshToken,
    });
    this.services = this.#buildServices(options.linkHost);
    this.routes = this.#buildRoutes();
  }

  save(): CloudState {
    return {
      kind: this.kind,
      drive: this.#drive.save(),
      logins: this.#logins.save(),
      links: this.#links.save(),
      busy: this.#busy.save(),
      work: this.#work.save(),
      uploads: this.#uploads.save(),
      offline: this.#offline.save(),
      clockShift: this.#house.clock.shift,
    };
  }

  load(state: unknown): void {
    const saved = state as Omit<CloudState, 'kind'> & { readonly kind: string };
    if (saved.kind !== this.kind) throw new RangeError('not a state of a 115-open cloud');
    this.#drive = Drive.load(saved.drive);
    this.#logins.load(saved.logins);
    this.#links.load(saved.links);
    this.#busy.load(saved.busy);
    this.#work.load(saved.work);
    this.#uploads.load(saved.uploads);
    this.#offline.load(saved.offline);
    this.#house.clock.restore(saved.clockShift);
  }

  /** Takes away what was kept on disk for this run only. */
  close(): Promise<void> {
    return this.#uploads.close();
  }

  /** The tree with everything done that is due by now. */
  #settled(): Drive {
    const now = this.#house.clock.now();
    this.#work.settle(this.#drive, now);
    this.#offline.settle(this.#drive, now);
    return this.#drive;
  }

  #settledTasks(): OfflineTasks {
    this.#settled();
    return this.#offline;
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
      new Cdn(this.#house, this.#links, () => this.#settled()),
      ...this.#uploads.services,
      new ApiService(this.#house, api),
    ];
  }

  #endpoints(linkHost: string | null): Endpoints {
    const drive = (): Drive => this.#settled();
    const house = this.#house;
    const now = (): number => house.clock.now();
    const listing = new Listing(drive, house.clock);
    const download = { house, links: this.#links, linkHost };
    return {
      'GET /open/user/info': () => userInfo(drive()),
      'GET /open/ufile/files': (call) => listing.list(call),
      'GET /open/folder/get_info': (call) => folderInfo(drive(), now(), call),
      'POST /open/folder/get_info': (call) => folderInfo(drive(), now(), call),
      'GET /open/ufile/search': (call) => search(drive(), now(), call),
      'POST /open/ufile/downurl': (call) => downloadUrl(drive(), call, download),
      ...changeEndpoints({ house, drive, busy: this.#busy, work: this.#work }),
      ...this.#uploads.endpoints,
      ...offlineEndpoints({ house, drive, tasks: () => this.#settledTasks() }),
    };
  }

  #buildRoutes(): readonly ControlRoute[] {
    const login = {
      clientId: READY_LOGIN.clientId,
      logins: this.#logins,
      codes: this.#codes,
      limits: this.#limits,
      links: this.#links,
    };
    return [
      ...loginRoutes(login),
      ...treeRoutes(() => this.#settled(), this.#house.clock),
      ...this.#uploads.routes,
      { method: 'GET', path: 'offline', run: () => this.#settledTasks().list() },
    ];
  }
}
