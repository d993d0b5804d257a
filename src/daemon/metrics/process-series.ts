import { counter, gauge, type Series } from './series.js';

/** The process itself. */
export const PROCESS_SERIES: readonly Series[] = [
  {
    name: 'build_info',
    kind: 'gauge',
    help: 'Always 1; the version as a label',
    labels: ['version'],
    read: ({ status }) => [{ labels: { version: status.version }, value: 1 }],
  },
  gauge(
    'start_time_seconds',
    'When the daemon started, since the epoch',
    ({ status }) => status.startedAt / 1000,
  ),
  counter('cpu_seconds_total', 'Processor time of the daemon', ({ process }) => process.cpuSeconds),
  gauge('resident_memory_bytes', 'Memory as the kernel counts it', ({ status }) => status.memory.resident),
  gauge('heap_bytes', 'Memory of the JavaScript heap that is in use', ({ process }) => process.heap),
  gauge('open_descriptors', 'Open files and sockets of the daemon', ({ process }) => process.descriptors),
];
