import type { FaultName } from '../../../clouds/house/faults.js';
import type { Failure, Seen } from './restless-reader.js';

/** What a program gets that used a mount whose daemon was killed, until the new one is mounted there. */
const OF_A_KILL: readonly string[] = ['ENOTCONN', 'ECONNABORTED', 'EIO', 'ENOENT'];
/** What a read may end in while the cloud misbehaves for longer than it is tried. */
const OF_THE_CLOUD: readonly string[] = ['ETIMEDOUT', 'EACCES', 'EIO'];
/** Milliseconds for which an error is remembered by those who ask again. */
const REMEMBERED = 6000;
/** Between what the processes of a run call the same moment; milliseconds. */
const BLUR = 200;

interface Span {
  readonly from: number;
  to: number;
}

/** Why a failure is as documented, or that it is not. */
export type Cause = 'killed' | 'replaced' | 'cloud' | 'undocumented';

/** What was done to a daemon and its cloud, and when: tells which failures of readers come of it. */
export class RunRecord {
  readonly #dead: Span[] = [];
  readonly #faults: (Span & { readonly name: FaultName })[] = [];
  readonly #replaced: { readonly file: number; readonly at: number }[] = [];
  readonly #refreshed: { readonly at: number; readonly versions: readonly number[] }[] = [];

  get restarts(): number {
    return this.#dead.filter(({ to }) => to !== Infinity).length;
  }

  get refreshes(): number {
    return this.#refreshed.length;
  }

  /** Milliseconds of the longest time without a mount. */
  get longestOutage(): number {
    return Math.max(0, ...this.#dead.map(({ from, to }) => to - from));
  }

  /** The daemon is about to be killed. */
  killed(): void {
    this.#dead.push({ from: Date.now(), to: Infinity });
  }

  /** It is mounted again. */
  mounted(): void {
    const last = this.#dead.at(-1);
    if (last !== undefined) last.to = Date.now();
  }

  /** Whether there was a time without a mount between a moment (ms since the epoch) and now. */
  wasDown(since: number): boolean {
    return this.#dead.some((span) => meet(span, { from: since, to: Date.now() }));
  }

  faultsBegin(names: readonly FaultName[]): void {
    for (const name of names) this.#faults.push({ name, from: Date.now(), to: Infinity });
  }

  faultsEnd(): void {
    for (const fault of this.#faults) if (fault.to === Infinity) fault.to = Date.now();
  }

  /** The file is about to be replaced in the cloud. */
  replacing(file: number): void {
    this.#replaced.push({ file, at: Date.now() });
  }

  /** A refresh that began when the cloud had these versions has just been answered. */
  refreshed(versions: readonly number[]): void {
    this.#refreshed.push({ at: Date.now(), versions });
  }

  /** What the failure comes of. */
  causeOf({ file, errno, opened, began, ended }: Failure): Cause {
    const during = { from: opened - BLUR, to: ended + BLUR };
    if (OF_A_KILL.includes(errno) && this.#dead.some((span) => meet(span, during))) return 'killed';
    if (errno === 'ESTALE') {
      const replaced = this.#replaced.filter((one) => one.file === file && one.at <= ended).length;
      const met = this.#met('file-changed', opened, ended);
      return met || replaced > this.#leastVersion(file, opened) ? 'replaced' : 'undocumented';
    }
    const struck = this.#faults.some((span) => meet(span, { from: began - REMEMBERED, to: ended }));
    return OF_THE_CLOUD.includes(errno) && struck ? 'cloud' : 'undocumented';
  }

  /** Whether an open showed an older version than it must. */
  isTooOld({ file, opened, newest }: Seen): boolean {
    return newest < this.#leastVersion(file, opened);
  }

  /** The version that the last refresh before a moment had brought; a daemon that was killed since may not know it. */
  #leastVersion(file: number, moment: number): number {
    const last = this.#refreshed.findLast(({ at }) => at < moment - BLUR);
    if (last === undefined) return 0;
    const forgotten = this.#dead.some(({ from }) => from >= last.at && from <= moment);
    return forgotten ? 0 : (last.versions[file] ?? 0);
  }

  #met(name: FaultName, from: number, to: number): boolean {
    return this.#faults.some((fault) => fault.name === name && meet(fault, { from: from - REMEMBERED, to }));
  }
}

function meet(one: Span, other: { readonly from: number; readonly to: number }): boolean {
  return one.from <= other.to && other.from <= one.to;
}
