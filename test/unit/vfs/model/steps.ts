import fc from 'fast-check';

/** What a kernel's mount can be asked as well. */
const PROGRAMS = {
  ...{ create: 5, open: 4, save: 6, write: 9, read: 4, look: 3, truncate: 2, resize: 2, sync: 1, close: 7 },
  ...{ rename: 8, unlink: 4, mkdir: 4, rmdir: 3, time: 2, mode: 1, list: 3, copy: 2 },
} as const;

/** What only a Vfs without a kernel can be asked from here. */
const DIRECT = { flush: 1, renameNew: 1, extended: 2, copyRange: 3 } as const;
const FOREIGN = { foreignAdd: 3, foreignReplace: 3, foreignRemove: 3, foreignRename: 3 } as const;
const FAULTS = { lost: 1, cut: 1, failing: 1, throttled: 1 } as const;
const TIME = { wait: 5, idle: 1 } as const;
const RESTARTS = { restart: 1, kill: 1 } as const;

/** What programs do. */
export type ProgramStep = keyof (typeof PROGRAMS & typeof DIRECT);
export type Fault = keyof typeof FAULTS;
export type StepKind = keyof (typeof PROGRAMS &
  typeof DIRECT &
  typeof FOREIGN &
  typeof FAULTS &
  typeof TIME &
  typeof RESTARTS);

export interface Step {
  readonly what: StepKind;
  /** What is taken of the things that it could be done to, and how. */
  readonly which: number;
  readonly where: number;
  readonly amount: number;
}

/** What, which, where, amount: as it is written down. */
export type StepNote = readonly [StepKind, number, number, number];

export interface Scene {
  /** Milliseconds before the cloud lists what is new. */
  readonly listingLag: number;
  readonly steps: readonly StepNote[];
}

type Weights = Partial<Readonly<Record<StepKind, number>>>;

/** Everything that happens to a Vfs. */
export const VFS_STEPS: Weights = { ...PROGRAMS, ...DIRECT, ...FOREIGN, ...FAULTS, ...TIME, ...RESTARTS };
/** What happens to a mount, in real time. */
export const MOUNT_STEPS: Weights = { ...PROGRAMS, ...FOREIGN, ...FAULTS, wait: 2, idle: 1 };

/** Many can do nothing where they come. */
const FEWEST = 50;
const MOST = 75;

function sceneOf(weights: Weights): fc.Arbitrary<Scene> {
  const kinds = Object.entries(weights).map(([what, weight]) => ({
    weight,
    arbitrary: fc.constant(what as StepKind),
  }));
  const step = fc.tuple(fc.oneof(...kinds), fc.nat(999), fc.nat(999), fc.nat(999));
  return fc.record(
    {
      listingLag: fc.constantFrom(0, 3000),
      steps: fc.array(step, { minLength: FEWEST, maxLength: MOST, size: 'max' }),
    },
    { noNullPrototype: true },
  );
}

/** So many scenes of these steps, each step as often as its weight says. */
export function scenes(weights: Weights, seed: number, count: number): readonly Scene[] {
  return fc.sample(sceneOf(weights), { seed, numRuns: count });
}

/** How often each step was taken. */
export class StepCounts {
  readonly #counts = new Map<StepKind, number>();

  add(what: StepKind, count = 1): void {
    this.#counts.set(what, (this.#counts.get(what) ?? 0) + count);
  }

  addAll(counts: Iterable<readonly [StepKind, number]>): void {
    for (const [what, count] of counts) this.add(what, count);
  }

  [Symbol.iterator](): IterableIterator<[StepKind, number]> {
    return this.#counts.entries();
  }

  /** Steps in all. */
  get sum(): number {
    return [...this.#counts.values()].reduce((sum, count) => sum + count, 0);
  }

  /** Those of the steps that were taken less often. */
  rarerThan(weights: Weights, least: number): readonly string[] {
    return Object.keys(weights).filter((what) => (this.#counts.get(what as StepKind) ?? 0) < least);
  }

  toString(): string {
    return [...this.#counts]
      .sort(([, a], [, b]) => b - a)
      .map(([what, count]) => `${what} ${count}`)
      .join(', ');
  }
}
