import { Histogram, type MetricObjectWithValues, type MetricValueWithName } from 'prom-client';
import { type OperationTally, TIME_CLASSES } from '../../fuse/operation-tally.js';
import type { MountTallies } from './series.js';

const NAME = 'panfuse_operation_seconds';

type Label = 'mount' | 'operation';

const DESCRIPTION = {
  name: NAME,
  help: 'How long requests of the kernel waited for their answer',
  labelNames: ['mount', 'operation'] as const,
  registers: [],
};

type Value = MetricValueWithName<Label | 'le'>;

/** A histogram of what the mounts count themselves: a read pays for nothing that nobody asks for. */
export class OperationTimes extends Histogram<Label> {
  /** Without values: what there is to say about a histogram. */
  readonly #frame = new Histogram<Label>(DESCRIPTION);
  readonly #mounts: () => readonly MountTallies[];

  constructor(mounts: () => readonly MountTallies[]) {
    super(DESCRIPTION);
    this.#mounts = mounts;
  }

  override async get(): Promise<MetricObjectWithValues<Value>> {
    const values = this.#mounts().flatMap(({ path: mount, tallies }) =>
      [...tallies].flatMap(([operation, tally]) => valuesOf({ mount, operation }, tally)),
    );
    return { ...(await this.#frame.get()), values };
  }

  /** The registry asks for this instead of `get` when it makes text. */
  getForPromString(): Promise<MetricObjectWithValues<Value>> {
    return this.get();
  }
}

/** Each class holds those before it too. */
function valuesOf(labels: Readonly<Record<Label, string>>, { times }: OperationTally): readonly Value[] {
  let sum = 0;
  const classes = times.classes.map((count, index): Value => {
    sum += count;
    const longest = TIME_CLASSES[index];
    const le = longest === undefined ? '+Inf' : longest / 1000;
    return { metricName: `${NAME}_bucket`, labels: { ...labels, le }, value: sum };
  });
  return [
    ...classes,
    { metricName: `${NAME}_sum`, labels, value: times.milliseconds / 1000 },
    { metricName: `${NAME}_count`, labels, value: times.answered },
  ];
}
