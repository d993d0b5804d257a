import type { FileEntry } from '../driver/entry.js';
import type { Clock } from '../lib/env.js';

/** Milliseconds between two files of a directory that are opened by somebody who goes through it. */
const PACE = 60_000;
/** So many steps back more than forth: the directory is gone through from its end. */
const STEPS_BACK = 2;

type Order = (a: FileEntry, b: FileEntry) => number;

/** Episode 2 comes before episode 10. */
const names = new Intl.Collator('en', { numeric: true });
const forth: Order = (a, b) => names.compare(a.name, b.name);
const back: Order = (a, b) => forth(b, a);

/** How the files of one directory are opened one after another, by whatever programs. */
export class DirectoryWalk {
  readonly #clock: Clock;
  readonly #opened = new Set<string>();
  readonly #expected = new Set<string>();
  #last: FileEntry | null = null;
  #lastAt = -Infinity;
  /** Files to be opened until the next ones are expected. */
  #due = 2;
  #stepsBack = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * A file of the directory was opened. True when it is time to ask `next`, for as many files as `count`: at the
   * second file within a minute, and again when half of the expected ones must have been opened.
   */
  opened(file: FileEntry, count: number): boolean {
    const now = this.#clock.monotonic();
    if (now - this.#lastAt > PACE) this.#begin();
    this.#lastAt = now;
    if (this.#opened.has(file.id)) return false;
    this.#opened.add(file.id);
    if (this.#last !== null) this.#stepsBack += Math.sign(forth(this.#last, file));
    this.#last = file;
    this.#due -= 1;
    if (this.#due > 0) return false;
    this.#due = Math.ceil(count / 2);
    return true;
  }

  /**
   * The files that are likely to be opened after the last one, the likeliest first: those that follow it, then those
   * before. None that was opened or answered here already.
   */
  next(siblings: readonly FileEntry[], count: number): readonly FileEntry[] {
    const last = this.#last;
    if (last === null) return [];
    const order = this.#stepsBack >= STEPS_BACK ? back : forth;
    const candidates = siblings.filter(({ id }) => !this.#opened.has(id) && !this.#expected.has(id));
    const later = candidates.filter((file) => order(last, file) < 0);
    const following = first(later, count, order);
    const left = count - following.length;
    const others = left === 0 ? [] : candidates.filter((file) => order(last, file) >= 0);
    const next = [...following, ...first(others, left, order)];
    for (const { id } of next) this.#expected.add(id);
    return next;
  }

  #begin(): void {
    this.#opened.clear();
    this.#expected.clear();
    this.#last = null;
    this.#due = 2;
    this.#stepsBack = 0;
  }
}

const FAMILIES = [
  ['avi', 'flv', 'iso', 'm2ts', 'm4v', 'mkv', 'mov', 'mp4', 'mpg', 'rmvb', 'ts', 'vob', 'webm', 'wmv'],
  ['aac', 'ape', 'dsf', 'flac', 'm4a', 'm4b', 'mp3', 'ogg', 'opus', 'wav', 'wma'],
];

/** The file that follows in the natural order of names and is of the same sort: the next episode, the next song. */
export function nextEpisode(file: FileEntry, siblings: readonly FileEntry[]): FileEntry | null {
  const family = familyOf(file);
  const later = siblings.filter((other) => forth(file, other) < 0 && familyOf(other) === family);
  return first(later, 1, forth)[0] ?? null;
}

function familyOf({ name }: FileEntry): string {
  const extension = /\.([^.]+)$/.exec(name)?.[1]?.toLowerCase() ?? '';
  return FAMILIES.find((family) => family.includes(extension))?.[0] ?? extension;
}

/** The first of them in this order, without sorting all: a directory may hold 50,000. */
function first(files: readonly FileEntry[], count: number, order: Order): readonly FileEntry[] {
  const found: FileEntry[] = [];
  for (const file of files) {
    const last = found.at(-1);
    if (found.length >= count && (last === undefined || order(last, file) <= 0)) continue;
    const at = found.findIndex((other) => order(file, other) < 0);
    found.splice(at < 0 ? found.length : at, 0, file);
    if (found.length > count) found.pop();
  }
  return found;
}
