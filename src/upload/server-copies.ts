import type { Driver } from '../driver/driver.js';
import type { DirectoryEntry, Entry } from '../driver/entry.js';
import type { ServerCopy } from '../driver/writer.js';
import type { Call } from '../lib/call.js';
import type { Env } from '../lib/env.js';
import { FsError, toFsError } from '../lib/errors.js';
import { KeyedMutex } from '../lib/keyed-mutex.js';
import { type AskedCopy, DoubtfulCopies } from './doubtful-copies.js';
import type { Bell } from './queue/bell.js';
import { verdictOn } from './queue/verdict.js';

const LOOKS = 4;
const FIRST_PAUSE = 500;

export interface ServerCopiesParts {
  readonly driver: Driver;
  readonly copies: ServerCopy;
  readonly bell: Bell;
  /** Whether an entry of the cloud may be there for another reason, and programs may mean something by it. */
  readonly isKnown: (entry: Entry) => Promise<boolean>;
  /** Removes from the cloud what is not known. */
  readonly discard: (made: Entry) => Promise<void>;
}

/** Copies that the cloud makes, and how they are found: the cloud does not tell their ids. */
export class ServerCopies {
  readonly #env: Pick<Env, 'clock' | 'log'>;
  readonly #parts: ServerCopiesParts;
  readonly #doubtful: DoubtfulCopies;
  /** One after the other where two could take each other's copy for their own. */
  readonly #copying = new KeyedMutex();

  constructor(env: Pick<Env, 'clock' | 'log'>, parts: ServerCopiesParts) {
    const { driver, bell, discard } = parts;
    this.#env = env;
    this.#parts = parts;
    this.#doubtful = new DoubtfulCopies(env, {
      ...{ listingLag: driver.facts.listingLag, bell, discard },
      find: (copy, call) => this.#unknown(copy, call),
    });
  }

  /**
   * The copy, also when the cloud's answer is lost or it does not list for a moment. `names` are those that the cloud may
   * have the source under; with several it is asked. Rejects with FsError: EIO when the cloud does not list the copy in
   * time. A copy of a file that comes then is removed, or is the answer when the same is asked for again.
   */
  async copy(source: Entry, names: readonly string[], directory: DirectoryEntry, call: Call): Promise<Entry> {
    const now = names.length > 1 ? await this.#parts.driver.stat(source, call) : null;
    const wanted = { source, names: now === null ? names : [...names, now.name], directory };
    return await this.#copying.run(JSON.stringify([directory.id, source.name]), async () => {
      const earlier = await this.#doubtful.made(wanted, call);
      if (earlier !== null) return earlier;
      const before = new Set((await this.#likenesses(wanted, call)).map(({ id }) => id));
      return await this.#ask({ ...wanted, before }, call);
    });
  }

  /** Resolves when it is known of all that was asked for whether the cloud has made it. */
  async idle(signal: AbortSignal): Promise<void> {
    await this.#doubtful.idle(signal);
  }

  async close(): Promise<void> {
    await this.#doubtful.close();
  }

  async #ask(copy: AskedCopy, call: Call): Promise<Entry> {
    const { source, directory } = copy;
    let isRefused = true;
    try {
      const asked = this.#parts.copies.copy([source], directory, call);
      const { trouble } = await attempted(asked, undefined, call);
      isRefused = false;
      return await this.#listed(copy, trouble, call);
    } catch (error) {
      if (!isRefused || call.signal.aborted) this.#doubtful.follow(copy);
      throw error;
    }
  }

  async #listed(copy: AskedCopy, trouble: FsError | null, call: Call): Promise<Entry> {
    const { clock } = this.#env;
    let latest = trouble;
    let pause = Math.max(FIRST_PAUSE, this.#parts.driver.facts.listingLag / LOOKS);
    for (let look = 0; look < LOOKS; look += 1) {
      const seen = await attempted(this.#new(copy, call), [], call);
      latest = seen.trouble ?? latest;
      const [made] = seen.answer;
      if (made !== undefined) return made;
      await clock.sleep(pause, call.signal);
      pause *= 2;
    }
    const message = `${copy.source.name}: the cloud does not list the copy that it made`;
    throw latest ?? new FsError('EIO', message, { reason: 'reply' });
  }

  async #unknown(copy: AskedCopy, call: Call): Promise<Entry | null> {
    for (const made of await this.#new(copy, call)) if (!(await this.#parts.isKnown(made))) return made;
    return null;
  }

  async #new(copy: AskedCopy, call: Call): Promise<readonly Entry[]> {
    return (await this.#likenesses(copy, call)).filter(({ id }) => !copy.before.has(id));
  }

  async #likenesses(
    { source, names, directory }: Omit<AskedCopy, 'before'>,
    call: Call,
  ): Promise<readonly Entry[]> {
    const found: Entry[] = [];
    for await (const page of this.#parts.driver.list(directory, call)) {
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
