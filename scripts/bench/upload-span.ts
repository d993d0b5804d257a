import type { LogEntry } from '../../test/clouds/house/request-log.js';

/** Seconds from the coming of the first init call until the storage answered for the last time, by the cloud's own log. */
export function uploadSeconds(log: readonly LogEntry[]): number {
  const began = log.filter(({ path }) => path === '/open/upload/init').map(({ time }) => Date.parse(time));
  const ended = log
    .filter(({ service }) => service === 'storage')
    .map(({ time, took }) => Date.parse(time) + took);
  return (Math.max(...ended) - Math.min(...began)) / 1000;
}
