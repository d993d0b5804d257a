import type { Sample, Series } from './series.js';

/** What the kernel asks. */
export const MOUNT_SERIES: readonly Series[] = [
  {
    name: 'mounted',
    kind: 'gauge',
    help: '1 while it is mounted, 0 while that fails',
    labels: ['mount'],
    read: ({ status }) =>
      status.mounts.map(({ path, state }) => ({
        labels: { mount: path },
        value: Number(state === 'mounted'),
      })),
  },
  {
    name: 'operations_total',
    kind: 'counter',
    help: 'Answers to the kernel by operation and errno; ok when there is none',
    labels: ['mount', 'operation', 'errno'],
    read: ({ mounts }) =>
      mounts.flatMap(({ path: mount, tallies }) =>
        [...tallies].flatMap(([operation, { times, errors }]) =>
          byErrno(times.answered, errors).map(({ labels, value }) => ({
            labels: { mount, operation, ...labels },
            value,
          })),
        ),
      ),
  },
  {
    name: 'operations_pending',
    kind: 'gauge',
    help: 'Requests of the kernel that wait for their answer',
    labels: ['mount', 'operation'],
    read: ({ mounts }) =>
      mounts.flatMap(({ path: mount, tallies }) =>
        [...tallies].map(([operation, { requests, times }]) => ({
          labels: { mount, operation },
          value: requests - times.answered,
        })),
      ),
  },
];

function byErrno(answered: number, errors: ReadonlyMap<string, number>): readonly Sample[] {
  const failed = [...errors.values()].reduce((sum, count) => sum + count, 0);
  const kinds = [...errors].map(([errno, value]) => ({ labels: { errno }, value }));
  return [{ labels: { errno: 'ok' }, value: answered - failed }, ...kinds];
}
