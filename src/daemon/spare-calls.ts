import type { AccountHealth } from '../driver/account.js';

/** Of the calls of a day: what is kept for those that somebody waits for. */
const RESERVE = 0.1;

/** Whether an account may be asked for what nobody waits for yet. */
export function hasSpareCalls({ login, throttle, calls }: AccountHealth): boolean {
  return login !== 'lost' && throttle === null && calls.today < calls.perDay * (1 - RESERVE);
}
