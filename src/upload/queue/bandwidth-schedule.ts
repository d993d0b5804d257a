import { parseSize } from '../../lib/quantity.js';

/** Bytes a second that may be sent; null for as many as go. */
export type Rate = number | null;

interface Step {
  /** Minutes after midnight, local time. */
  readonly from: number;
  readonly rate: Rate;
}

const TIME = /^([01]?\d|2[0-3]):([0-5]\d)$/;
const MINUTE = 60_000;

/** How fast bytes may leave at what time of the day. */
export class BandwidthSchedule {
  /** In the order of the day; one at least. */
  readonly #steps: readonly Step[];

  private constructor(steps: readonly Step[]) {
    this.#steps = steps;
  }

  /** No limit at any time. */
  static readonly unlimited = new BandwidthSchedule([{ from: 0, rate: null }]);

  /**
   * Of words such as `2M`, `off` or `08:00,2M 23:00,off`: each rate holds from its time to the next one, the last over
   * midnight. Sizes are bytes a second: `512K`, `2M`, `1G`, or as `parseSize` reads them. Null when it is none of that.
   */
  static parse(text: string): BandwidthSchedule | null {
    const words = text.trim().split(/\s+/);
    const steps = words.map((word) => stepOf(word, words.length === 1));
    const known = steps.filter((step) => step !== null);
    if (known.length < steps.length) return null;
    known.sort((a, b) => a.from - b.from);
    const doubled = known.some((step, index) => step.from === known[index + 1]?.from);
    return doubled ? null : new BandwidthSchedule(known);
  }

  /** The rate at a wall time (milliseconds since the epoch) in the time zone of this machine. */
  rateAt(now: number): Rate {
    const minutes = minutesOf(now);
    const step = this.#steps.findLast(({ from }) => from <= minutes) ?? this.#steps.at(-1);
    return step?.rate ?? null;
  }

  /** Milliseconds from a wall time until another rate may hold. */
  untilNext(now: number): number {
    const minutes = minutesOf(now);
    const next = this.#steps.find(({ from }) => from > minutes)?.from ?? 24 * 60;
    return (next - minutes) * MINUTE - (now % MINUTE);
  }
}

function stepOf(word: string, alone: boolean): Step | null {
  const [time = '', size] = alone && !word.includes(',') ? ['00:00', word] : word.split(',');
  const match = TIME.exec(time);
  const rate = rateOf(size ?? '');
  if (match === null || rate === undefined) return null;
  return { from: Number(match[1]) * 60 + Number(match[2]), rate };
}

function rateOf(text: string): Rate | undefined {
  if (text === 'off') return null;
  const bytes = parseSize(text.replace(/^(\d+(?:\.\d+)?)([KMGT])$/, '$1$2iB'));
  return bytes === null || bytes === 0 ? undefined : bytes;
}

function minutesOf(now: number): number {
  const time = new Date(now);
  return time.getHours() * 60 + time.getMinutes();
}
