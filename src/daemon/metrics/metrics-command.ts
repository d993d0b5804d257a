import { strictObject } from 'valibot';
import type { Command } from '../../lib/command.js';
import type { Metrics } from './metrics.js';

/** What Prometheus asks. */
export function metricsCommand(metrics: Metrics): Command {
  return {
    name: 'metrics',
    method: 'GET',
    path: '/metrics',
    summary: 'Figures of the daemon for Prometheus',
    answer: { text: metrics.type },
    input: strictObject({}),
    run: () => metrics.text(),
  };
}
