import type { Env, Logger } from '../lib/env.js';
import { systemClock, systemRandom } from '../lib/system-clock.js';
import { crashPoint } from './crash-point.js';

/** The Env of a real process. */
export function systemEnvironment(log: Logger): Env {
  return {
    clock: systemClock,
    random: systemRandom,
    log,
    checkpoint: crashPoint(process.env['PANFUSE_STOP_AT']),
  };
}
