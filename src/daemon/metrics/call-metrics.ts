import { Counter, Histogram, type Registry } from 'prom-client';
import type { NetworkServices } from '../../net/network-services.js';

const SECONDS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** Counts the calls of all accounts. What it answers is told of each. */
export function callMetrics(register: Registry): NonNullable<NetworkServices['observe']> {
  const calls = new Counter({
    name: 'panfuse_api_calls_total',
    help: 'API calls by endpoint and what became of them; temporary ones are repeated',
    labelNames: ['account', 'call', 'outcome'],
    registers: [register],
  });
  const seconds = new Histogram({
    name: 'panfuse_api_call_seconds',
    help: 'How long API calls took, without the wait for their turn',
    labelNames: ['account', 'call'],
    buckets: SECONDS,
    registers: [register],
  });
  return (account, { name, outcome, milliseconds }) => {
    calls.inc({ account, call: name, outcome });
    seconds.observe({ account, call: name }, milliseconds / 1000);
  };
}
