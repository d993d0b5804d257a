import type { Driver } from '../driver/driver.js';
import type { DirectoryEntry, Entry } from '../driver/entry.js';
import type { ServerCopy } from '../driver/writer.js';
import type { Call } from '../lib/call.js';
import type { Clock } from '../lib/env.js';
import { FsError, toFsError } from '../lib/errors.js';
import { verdictOn } from './queue/verdict.js';

const LOOKS = 4;
const FIRST_PAUSE = 500;

/** Copies that the cloud makes, and how they are found: the cloud does not tell their ids. */
export class ServerCopies {
  readonly #clock: Clock;
  readonly #driver: Driver;
  readonly #copies: ServerCopy;

  constructor(clock: Clock, driver: Driver, copies: ServerCopy) {
    this.#clock = clock;
    this.#driver = driver;
    this.#copies = copies;
  }

  /**
   * The copy, also when the cloud's answer is lost or it does not list for a moment. `names` are those that the cloud may
   * have the source under; with several it is asked. Rejects with FsError: EIO when the cloud does not list the copy in
   * time.
   */
  async copy(source: Entry, names: readonly string[], directory: DirectoryEntry, call: Call): Promise<Entry> {
    const now = names.length > 1 ? await this.#driver.stat(source, call) : null;
    const known = now === null ? names : [...names, now.name];
    const likenesses = (): Promise<Entry[]> => this.#likenesses(source, known, directory, call);
    const before = new Set((await likenesses()).map(({ id }) => id));
    let { trouble } = await attempted(this.#copies.copy([source], directory, call), undefined, call);
    let pause = Math.max(FIRST_PAUSE, this.#driver.facts.listingLag / LOOKS);
    for (let look = 0; look < LOOKS; look += 1) {
      const seen = await attempted(likenesses(), [], call);
      trouble = seen.trouble ?? trouble;
      const made = seen.answer.find(({ id }) => !before.has(id));
      if (made !== undefined) return made;
      await this.#clock.sleep(pause, call.signal);
      pause *= 2;
    }
    const message = `${source.name}: the cloud does not list the copy that it made`;
    throw trouble ?? new FsError('EIO', message, { reason: 'reply' });
  }

  async #likenesses(
    source: Entry,
    names: readonly string[],
    directory: DirectoryEntry,
    call: Call,
  ): Promise<Entry[]> {
    const found: Entry[] = [];
    for await (const page of this.#driver.list(directory, call)) {
      for (const entry of page) {
        if (names.includes(entry.name) && isLike(entry, source)) found.push(entry);
      }
    }
    return found;
  }
}

/** The answer, or `otherwise` with the trouble when that may pass by itself; rejects with all else. */
async function attempted<T>(
  asked: Promise<T>,
  otherwise: T,
  { signal }: Call,
): Promise<{ readonly answer: T; readonly trouble: FsError | null }> {
  try {
    return { answer: await asked, trouble: null };
  } catch (thrown) {
    signal.throwIfAborted();
    const trouble = toFsError(thrown);
    if (verdictOn(trouble) !== 'again') throw trouble;
    return { answer: otherwise, trouble };
  }
}

function isLike(entry: Entry, source: Entry): boolean {
  // The source itself may be on its way into the same directory.
  if (entry.id === source.id || entry.kind !== source.kind) return false;
  if (entry.kind === 'directory' || source.kind === 'directory') return true;
  return entry.size === source.size && entry.hash?.value === source.hash?.value;
}
