/** How fast and how strict the cloud is. Times are milliseconds, sizes bytes; null means no limit. */
export interface Profile {
  /** Before a resource call is answered. */
  readonly apiDelay: number;
  /** Sustained rate of resource calls over all endpoints. */
  readonly apiPerSecond: number | null;
  /** Calls that may come at once before the rate counts. */
  readonly apiBurst: number;
  /** How long calls stay refused after one too many; each further call starts the time again. */
  readonly apiBlock: number;
  /** Calls of one day (UTC+8); above it the answer is code 406. */
  readonly apiPerDay: number | null;
  /** Token refreshes; above it the answer is 40140117. */
  readonly refreshesPerMinute: number | null;
  /** Live refresh tokens of one user and app; a further login ends the oldest. */
  readonly loginsPerApp: number;
  /** Lifetime of an access token. */
  readonly accessTokenLifetime: number;
  /** How long a status poll of the QR code hangs. */
  readonly qrPoll: number;
  /** Lifetime of a QR code. */
  readonly qrLifetime: number;
  /** From a request for file bytes to its first byte. */
  readonly firstByte: number;
  /** Of one connection for file bytes. */
  readonly bytesPerSecond: number | null;
  /** Open connections of one link; the next one gets 403. The link says it as `c` (0 = no limit). */
  readonly connectionsPerLink: number | null;
  /** Open connections of one account over all links; the next one gets 403. */
  readonly connectionsPerAccount: number | null;
  /** Lifetime of a download link. */
  readonly linkLifetime: number;
  /** What a link is bound to: '' nothing, '1' the User-Agent, '3' User-Agent and cookie. */
  readonly linkMode: '' | '1' | '3';
  /** Before a storage (OSS) request is answered. */
  readonly ossDelay: number;
  /** Of one upload connection to the storage. */
  readonly ossBytesPerSecond: number | null;
  /** Lifetime of the credentials for the storage. */
  readonly storageTokenLifetime: number;
  /** Smallest part of a multipart upload, the last one apart. */
  readonly smallestPart: number;
  /** How long after its creation an item shows up in lists and by its path. */
  readonly visibilityDelay: number;
  /** How long after its creation the search finds an item. */
  readonly searchDelay: number;
  /** How long copy, move, delete and restore keep the account busy for each item they touch. */
  readonly busyPerItem: number;
  /** Entries of one folder; one more answers code 2. */
  readonly entriesPerFolder: number;
  /** Items of one operation, those below included; more answer 91004 or 990023. */
  readonly itemsPerOperation: number;
  /** Known content of at least this size is challenged before a rapid upload. */
  readonly challengeFrom: number;
  /** From the adding of an offline task until its files are there. */
  readonly offlineDuration: number;
  /** Offline tasks that may be added; more answer 10010. */
  readonly offlineTasks: number;
}

export type ProfileName = 'fast' | 'like115';

const FAST: Profile = {
  apiDelay: 0,
  apiPerSecond: null,
  apiBurst: 5,
  apiBlock: 60_000,
  apiPerDay: null,
  refreshesPerMinute: null,
  loginsPerApp: 2,
  accessTokenLifetime: 7_200_000,
  qrPoll: 30_000,
  qrLifetime: 300_000,
  firstByte: 0,
  bytesPerSecond: null,
  connectionsPerLink: 2,
  connectionsPerAccount: null,
  linkLifetime: 3_600_000,
  linkMode: '1',
  ossDelay: 0,
  ossBytesPerSecond: null,
  storageTokenLifetime: 3_600_000,
  smallestPart: 100 * 1024,
  visibilityDelay: 0,
  searchDelay: 0,
  busyPerItem: 0,
  entriesPerFolder: 50_000,
  itemsPerOperation: 50_000,
  challengeFrom: 1024 * 1024,
  offlineDuration: 60_000,
  offlineTasks: 1500,
};

/** `fast` never waits and refuses only what breaks the protocol; `like115` has the figures of the real service. */
export const PROFILES: Readonly<Record<ProfileName, Profile>> = {
  fast: FAST,
  like115: {
    ...FAST,
    apiDelay: 50,
    apiPerSecond: 1,
    refreshesPerMinute: 10,
    firstByte: 30,
    bytesPerSecond: 20_000_000,
    connectionsPerAccount: 8,
    ossDelay: 30,
    ossBytesPerSecond: 20_000_000,
    visibilityDelay: 1000,
    searchDelay: 10_000,
    busyPerItem: 5,
  },
};

/** The profile in force, which the control path may change while the cloud runs. */
export class ProfileSettings {
  #current: Profile;

  constructor(initial: Profile) {
    this.#current = initial;
  }

  get current(): Profile {
    return this.#current;
  }

  /** Replaces the named settings. Throws RangeError for an unknown name or a value of the wrong kind. */
  change(settings: Readonly<Record<string, unknown>>): void {
    for (const [name, value] of Object.entries(settings)) checkSetting(name, value);
    this.#current = { ...this.#current, ...(settings as Partial<Profile>) };
  }
}

/** Settings that may be null: without a limit. */
const NULLABLE: readonly string[] = [
  'apiPerSecond',
  'apiPerDay',
  'refreshesPerMinute',
  'bytesPerSecond',
  'connectionsPerLink',
  'connectionsPerAccount',
  'ossBytesPerSecond',
];

function checkSetting(name: string, value: unknown): void {
  if (!(name in FAST)) {
    throw new RangeError(`unknown setting "${name}"; there are ${Object.keys(FAST).join(', ')}`);
  }
  if (name === 'linkMode') {
    if (value !== '' && value !== '1' && value !== '3') throw new RangeError('linkMode is "", "1" or "3"');
    return;
  }
  if (value === null && NULLABLE.includes(name)) return;
  if (typeof value !== 'number' || !Number.isFinite(value) || value < 0) {
    throw new RangeError(
      `${name} must be a number of at least 0${NULLABLE.includes(name) ? ' or null' : ''}`,
    );
  }
}

/** `name=value` as written on a command line; `none` is null. Throws RangeError. */
export function parseSetting(text: string): Readonly<Record<string, unknown>> {
  const [name = '', value = ''] = text.split('=', 2);
  const parsed = name === 'linkMode' ? value : value === 'none' ? null : Number(value);
  checkSetting(name, parsed);
  return { [name]: parsed };
}
