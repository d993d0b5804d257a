import { randomInt } from 'node:crypto';

/** The gate plays the same scenes every time: it must say the same of the same code. */
export const GATE_SEED = 20_261_121;
const SEEDS = 2 ** 31;

/** What scenes are made from: PANFUSE_MODEL_SEED is `random` to look for new ones, or the number that such a look printed. */
export function modelSeed(wanted = process.env['PANFUSE_MODEL_SEED'] ?? ''): number {
  if (wanted === '') return GATE_SEED;
  if (wanted === 'random') return randomInt(SEEDS);
  const seed = Number(wanted);
  if (!Number.isSafeInteger(seed)) throw new RangeError(`PANFUSE_MODEL_SEED is no number: ${wanted}`);
  return seed;
}
