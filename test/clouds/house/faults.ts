import { SeededRandom } from '../../fakes/fake-env.js';

/**
 * Every fault that can be switched on, and what it does. `value` is the meaning of its one parameter and the
 * value when none is given.
 */
export const FAULTS = {
  'network-down': { what: 'every connection is reset, the open ones too' },
  'api-throttle-770004': { what: 'refusal with code 770004' },
  'api-throttle-406': { what: 'refusal with code 406' },
  'api-429': { what: 'HTTP 429 with X-RateLimit-Reset', value: ['seconds until reset', 60] },
  'api-html-405': { what: 'page of the web firewall with HTTP 405' },
  'api-html-200': { what: 'page of the web firewall with HTTP 200' },
  'api-empty-refusal': { what: 'state false, code 0, message empty, data empty' },
  'api-error': { what: 'refusal with a code of choice', value: ['code', 990003] },
  'api-5xx': { what: 'HTTP error with an HTML body', value: ['status', 502] },
  'api-reset': { what: 'connection reset before the answer' },
  'api-hang': { what: 'no answer at all' },
  'api-slow': { what: 'answer delayed', value: ['milliseconds', 2000] },
  'api-lost-answer': { what: 'the call is carried out, its answer is lost' },
  'api-wrong-json': { what: 'HTTP 200 with JSON that is cut off' },
  'list-wrong-cid': { what: 'the list answers for the root' },
  'list-page-repeated': { what: 'a page other than the first repeats the one before' },
  'list-page-missing-entry': { what: 'one entry is missing from the page, the count stays' },
  'list-count-moves': { what: 'count is larger', value: ['by', 1] },
  'list-empty-with-count': { what: 'no entries, the count stays' },
  'list-1150-refused': { what: 'pages above a size answer HTTP 404', value: ['largest page', 1000] },
  'list-order-refused': { what: 'code 20130827 for an order by name' },
  'token-expired': { what: 'access token refused with 40140125' },
  'refresh-dropped-answer': { what: 'both tokens are rotated, the answer is lost' },
  'refresh-too-often': { what: 'refresh refused with 40140117' },
  'refresh-error-text': { what: 'refresh refused with code 0 and an error text' },
  'refresh-error': { what: 'refresh refused with a code of choice', value: ['code', 40140121] },
  'passport-5xx': { what: 'HTTP error of the login service', value: ['status', 502] },
  'passport-reset': { what: 'connection to the login service reset before the answer' },
  'passport-hang': { what: 'no answer of the login service' },
  'link-403': { what: 'the link is refused for good from this request on; a new one works' },
  'link-expired': { what: 'links are handed out that live no longer than this', value: ['seconds', 0] },
  'link-revoked': { what: 'links handed out while this is on stop working' },
  'cdn-403': { what: 'one refusal' },
  'cdn-5xx': { what: 'HTTP error', value: ['status', 503] },
  'cdn-late': { what: 'first byte delayed', value: ['milliseconds', 3000] },
  'cdn-cut': { what: 'connection reset inside the body', value: ['bytes before', 65_536] },
  'cdn-stall': { what: 'body stops, the connection stays', value: ['bytes before', 65_536] },
  'cdn-stall-busy': { what: 'a connection above the cap is accepted and gets no byte' },
  'cdn-short': { what: 'body and Content-Length are shorter than Content-Range', value: ['bytes less', 1] },
  'cdn-wrong-range': { what: 'Content-Range and body are shifted', value: ['bytes', 1] },
  'cdn-200-for-206': { what: 'the whole file with HTTP 200 instead of the range' },
  'cdn-wrong-bytes': { what: 'right headers, the bytes of another file' },
  'cdn-redirect': { what: 'HTTP 302 to the same link under another host name' },
  'cdn-slow': { what: 'slow body', value: ['bytes per second', 65_536] },
  'file-changed': { what: 'the file has another size than the listing says', value: ['bytes more', 4096] },
  'type-chaos': { what: 'every field comes in any of the types it was ever seen in' },
  'documented-types': { what: 'fields come in the types of the documentation' },
  'data-array': { what: 'get_info wraps its data in an array' },
  'info-empty': { what: 'get_info answers state true and no data for what is missing' },
  'info-zero-time': { what: 'get_info answers times of "0"' },
} as const satisfies Readonly<
  Record<string, { readonly what: string; readonly value?: readonly [meaning: string, initial: number] }>
>;

export type FaultName = keyof typeof FAULTS;

/** When a fault fires. */
export interface FaultSetting {
  /** How often, then never again; without it always. */
  readonly count?: number;
  /** How many matching requests pass first. */
  readonly skip?: number;
  /** Share of the matching requests, 0 to 1. */
  readonly probability?: number;
  /** Only requests whose `METHOD host/path?query form` contains this. */
  readonly match?: string;
  /** The fault's one parameter. */
  readonly value?: number;
}

/** How often a fault met a request since the cloud started. */
export interface FaultCounter {
  readonly fired: number;
  readonly skipped: number;
}

export interface FaultState extends FaultCounter {
  readonly name: FaultName;
  readonly what: string;
  readonly on: boolean;
  readonly setting: FaultSetting | null;
}

interface Switch {
  readonly setting: FaultSetting;
  seen: number;
  fired: number;
}

/** The faults that are on, and the proof that they were met. */
export class FaultSwitches {
  readonly #on = new Map<FaultName, Switch>();
  readonly #counters = new Map<FaultName, { fired: number; skipped: number }>();
  readonly #random = new SeededRandom(115);

  /** Switches a fault on, or on again with another setting. Counters go on. */
  on(name: FaultName, setting: FaultSetting = {}): void {
    this.#on.set(name, { setting, seen: 0, fired: 0 });
  }

  off(name: FaultName): void {
    this.#on.delete(name);
  }

  /** Whether the fault is switched on, without counting. */
  isOn(name: FaultName): boolean {
    return this.#on.has(name);
  }

  /** Whether the fault strikes this request. While it is on, each question counts as fired or skipped. */
  fires(name: FaultName, subject: string): boolean {
    const found = this.#on.get(name);
    if (found === undefined) return false;
    const strikes = this.#strikes(found, subject);
    const counter = this.#counters.get(name) ?? { fired: 0, skipped: 0 };
    counter[strikes ? 'fired' : 'skipped'] += 1;
    this.#counters.set(name, counter);
    return strikes;
  }

  /** The fault's parameter: as switched on, else as in the catalogue, else 0. */
  value(name: FaultName): number {
    const entry = FAULTS[name];
    const initial = 'value' in entry ? entry.value[1] : 0;
    return this.#on.get(name)?.setting.value ?? initial;
  }

  /** Every fault of the catalogue with its state. */
  list(): readonly FaultState[] {
    return faultNames().map((name) => {
      const { fired, skipped } = this.#counters.get(name) ?? { fired: 0, skipped: 0 };
      const setting = this.#on.get(name)?.setting ?? null;
      return { name, what: FAULTS[name].what, on: setting !== null, setting, fired, skipped };
    });
  }

  #strikes(found: Switch, subject: string): boolean {
    const { match, skip = 0, count = Infinity, probability = 1 } = found.setting;
    if (match !== undefined && !subject.includes(match)) return false;
    found.seen += 1;
    if (found.seen <= skip || found.fired >= count) return false;
    if (probability < 1 && this.#random.fraction() >= probability) return false;
    found.fired += 1;
    return true;
  }
}

export function faultNames(): readonly FaultName[] {
  return Object.keys(FAULTS) as FaultName[];
}

export function isFaultName(name: string): name is FaultName {
  return Object.hasOwn(FAULTS, name);
}

/** `name`, `name=value` or `name=count:2,match:/open/ufile/files,value:5` of a command line. Throws RangeError. */
export function parseFault(text: string): { readonly name: FaultName; readonly setting: FaultSetting } {
  const equals = text.indexOf('=');
  const name = equals < 0 ? text : text.slice(0, equals);
  if (!isFaultName(name))
    throw new RangeError(`unknown fault "${name}"; there are ${faultNames().join(', ')}`);
  const parts = equals < 0 ? [] : text.slice(equals + 1).split(',');
  return { name, setting: Object.assign({}, ...parts.map(parsePart)) as FaultSetting };
}

function parsePart(part: string): FaultSetting {
  const colon = part.indexOf(':');
  const key = colon < 0 ? 'value' : part.slice(0, colon);
  const value = part.slice(colon + 1);
  return checkedSetting({ [key]: key === 'match' ? value : Number(value) });
}

/** A setting that came from outside. Throws RangeError that names what is wrong. */
export function checkedSetting(setting: Readonly<Record<string, unknown>>): FaultSetting {
  for (const [key, value] of Object.entries(setting)) {
    const right = key === 'match' ? typeof value === 'string' : Number.isFinite(value);
    if (!right || !['count', 'skip', 'probability', 'match', 'value'].includes(key)) {
      throw new RangeError(
        `fault setting ${key}: expected numbers count, skip, probability, value or a text match`,
      );
    }
  }
  return setting;
}
