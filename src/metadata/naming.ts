import type { Entry } from '../driver/entry.js';
import { mappedName, shownName } from './name-mapping.js';

export { cloudName } from './name-mapping.js';

/** The longest name that Linux takes, in bytes of UTF-8. */
export const LONGEST_NAME = 255;

const FIRST_DIGITS = 8;
/** An id that would fill the name leaves no room for the name itself. */
const MOST_DIGITS = 64;
const EXTENSION = /(?<=.)\.[^.\s]{1,15}$/u;

/**
 * A legal name for every entry of one directory, by id: not empty, at most 255 bytes, without `/` and NUL, neither
 * `.` nor `..`, and no two alike. The same entries get the same names in any order, and an entry that clashes with
 * nobody keeps its name whoever comes or goes.
 *
 * Characters are mapped as `shownName` says. A name that is too long is cut and gets `~` and the last 8 digits of
 * its id; so does an empty one. Of several entries with one name a directory comes first, then the oldest, then the
 * smallest id: it keeps the name, the others get the digits. A file's extension stays last. Digits that clash too
 * become more, and at last a number.
 */
export function legalNames(entries: readonly Entry[], rules = new NameRules('')): Map<string, string> {
  const naming = new Naming(rules);
  for (const entry of entries) naming.add(entry);
  return naming.names();
}

/** What stands for characters that a cloud refuses is among these. */
const FULL_WIDTH = /[\uff01-\uff5e]/;

/** How the names of one cloud are shown, as long as nobody else wants them. */
export class NameRules {
  readonly #forbidden: string;

  /** `forbidden` are the characters that the cloud refuses. */
  constructor(forbidden: string) {
    this.#forbidden = forbidden;
  }

  plain(entry: Entry): string {
    const name = this.#shown(entry);
    // A UTF-16 unit takes at most three bytes: short names need not be measured.
    const fits = name.length * 3 <= LONGEST_NAME || Buffer.byteLength(name) <= LONGEST_NAME;
    return fits && name !== '' ? name : this.marked(entry, `~${digitsOf(entry).slice(-FIRST_DIGITS)}`);
  }

  /** The name with something that tells it apart, before its extension. */
  marked(entry: Entry, mark: string): string {
    const name = this.#shown(entry);
    const extension = entry.kind === 'file' ? (EXTENSION.exec(name)?.[0] ?? '') : '';
    const stem = name.slice(0, name.length - extension.length);
    return cut(stem, LONGEST_NAME - Buffer.byteLength(mark + extension)) + mark + extension;
  }

  #shown({ name }: Entry): string {
    return FULL_WIDTH.test(name) ? shownName(name, this.#forbidden) : mappedName(name);
  }
}

/** `legalNames` in steps, for directories so large that others must run in between. */
export class Naming {
  readonly #keepers = new Map<string, Entry>();
  readonly #losers: Entry[] = [];
  readonly #rules: NameRules;
  readonly #comesFirst: (entry: Entry) => boolean;

  /** Whoever `comesFirst` keeps the name before all others. */
  constructor(rules: NameRules, comesFirst: (entry: Entry) => boolean = () => false) {
    this.#rules = rules;
    this.#comesFirst = comesFirst;
  }

  add(entry: Entry): void {
    const name = this.#rules.plain(entry);
    const keeper = this.#keepers.get(name);
    if (keeper === undefined) {
      this.#keepers.set(name, entry);
      return;
    }
    const wins = this.#wins(entry, keeper);
    if (wins) this.#keepers.set(name, entry);
    this.#losers.push(wins ? keeper : entry);
  }

  /** Whether several entries wanted one name, so that one who goes may change the names of others. */
  get isContested(): boolean {
    return this.#losers.length > 0;
  }

  /** The names of all that were added, by id. */
  names(): Map<string, string> {
    const names = new Map<string, string>();
    for (const [name, entry] of this.#keepers) names.set(entry.id, name);
    const given = new Set<string>();
    for (const entry of this.#losers.sort((a, b) => (precedes(a, b) ? -1 : 1))) {
      for (const mark of marks(entry)) {
        const name = this.#rules.marked(entry, mark);
        if (this.#keepers.has(name) || given.has(name)) continue;
        given.add(name);
        names.set(entry.id, name);
        break;
      }
    }
    return names;
  }

  #wins(entry: Entry, keeper: Entry): boolean {
    const first = this.#comesFirst(entry);
    return first === this.#comesFirst(keeper) ? precedes(entry, keeper) : first;
  }
}

function precedes(a: Entry, b: Entry): boolean {
  if (a.kind !== b.kind) return a.kind === 'directory';
  if (a.createdAt !== b.createdAt) return a.createdAt < b.createdAt;
  // Ids are numbers of different lengths, too long to be computed with.
  if (a.id.length !== b.id.length) return a.id.length < b.id.length;
  return a.id < b.id;
}

/** What may be put into the name, the shortest first, without end. */
function* marks(entry: Entry): Generator<string> {
  const digits = digitsOf(entry);
  const most = Math.min(digits.length, MOST_DIGITS);
  for (let count = Math.min(FIRST_DIGITS, most); count <= most; count += 1) yield `~${digits.slice(-count)}`;
  for (let number = 2; ; number += 1) yield `~${digits.slice(-most)}~${number}`;
}

function digitsOf(entry: Entry): string {
  return /^[\w-]+$/.test(entry.id) ? entry.id : Buffer.from(entry.id).toString('hex');
}

function cut(text: string, bytes: number): string {
  if (Buffer.byteLength(text) <= bytes) return text;
  let room = bytes;
  let kept = '';
  for (const character of text) {
    room -= Buffer.byteLength(character);
    if (room < 0) break;
    kept += character;
  }
  return kept;
}
