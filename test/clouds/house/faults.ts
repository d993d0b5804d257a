import { SeededRandom } from '../../fakes/fake-env.js';
import { faultNames, FAULTS, isFaultName, type FaultName } from './fault-catalogue.js';
import { HeldAnswers } from './held-answers.js';

export type { FaultName };

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
  /** Requests that `hold-request` and `hold-answer` stopped. */
  readonly held = new HeldAnswers();
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
