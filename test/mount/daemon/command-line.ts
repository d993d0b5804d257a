import { fileURLToPath } from 'node:url';
import { type Outcome, run } from '../programs.js';
import type { House } from './house.js';

const PROGRAM = fileURLToPath(new URL('../../../dist/main.js', import.meta.url));

/** Runs `panfuse` with these words against the daemon of a house. */
export async function panfuse(house: House, ...words: readonly string[]): Promise<Outcome> {
  return await run(PROGRAM, ...words, '--config', house.writeConfig('config.yaml'));
}
