import { setTimeout as delay } from 'node:timers/promises';
import type { FaultName, FaultSetting, FaultState } from '../../../clouds/house/faults.js';
import type { CloudProcess } from '../../../clouds/process.js';
import type { Dice } from './dice.js';
import type { RunRecord } from './run-record.js';

const MIB = 2 ** 20;

/** Faults of file bytes, each in many requests of its turn but seldom thrice in a row. */
const FAULTS: Readonly<Partial<Record<FaultName, FaultSetting>>> = {
  'cdn-403': { probability: 0.15 },
  'cdn-5xx': { probability: 0.15 },
  'cdn-cut': { probability: 0.3, value: 300_000 },
  'cdn-stall': { probability: 0.15, value: 200_000 },
  'cdn-short': { probability: 0.15, value: 1000 },
  'cdn-wrong-range': { probability: 0.15, value: 4096 },
  'cdn-200-for-206': { probability: 0.15 },
  'cdn-late': { probability: 0.2, value: 1200 },
  'cdn-slow': { probability: 0.3, value: MIB },
  'link-403': { probability: 0.1 },
  'link-expired': { value: 3 },
  'file-changed': { probability: 0.05 },
};
const NAMES = Object.keys(FAULTS) as FaultName[];
/** Milliseconds. */
const SHORTEST_TURN = 700;
const LONGEST_TURN = 3000;
const CALM = 1000;
/** A turn is longer while one of its faults has not struck yet. */
const PATIENCE = 5000;
const ASK = 250;

/** Lets faults have their turns, up to three at a time, each as often as the others, until the end. */
export async function takeTurns(
  cloud: CloudProcess,
  { dice, record, end }: { readonly dice: Dice; readonly record: RunRecord; readonly end: AbortSignal },
): Promise<void> {
  let waiting: readonly FaultName[] = [];
  while (!end.aborted) {
    // Those that have met nobody yet come first.
    if (waiting.length === 0) waiting = [...(await notMet(cloud, NAMES)), ...dice.shuffled(NAMES)];
    const count = 1 + dice.below(3);
    const names = waiting.slice(0, count);
    waiting = waiting.slice(count);
    record.faultsBegin(names);
    for (const name of names) await cloud.fault(name, FAULTS[name]);
    await delay(dice.between(SHORTEST_TURN, LONGEST_TURN));
    await untilMet(cloud, names, end);
    await cloud.clearFault();
    record.faultsEnd();
    await delay(dice.between(0, CALM));
  }
}

async function untilMet(cloud: CloudProcess, names: readonly FaultName[], end: AbortSignal): Promise<void> {
  const patience = performance.now() + PATIENCE;
  while (!end.aborted && performance.now() < patience) {
    if ((await notMet(cloud, names)).length === 0) return;
    await delay(ASK);
  }
}

/** How often each fault struck. */
export async function faultsMet(cloud: CloudProcess): Promise<readonly FaultState[]> {
  return (await cloud.faults()).filter(({ name }) => name in FAULTS);
}

async function notMet(cloud: CloudProcess, names: readonly FaultName[]): Promise<readonly FaultName[]> {
  const met = await faultsMet(cloud);
  return met.filter(({ name, fired }) => names.includes(name) && fired === 0).map(({ name }) => name);
}
