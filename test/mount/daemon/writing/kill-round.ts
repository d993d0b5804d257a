import { eventually, House } from '../house.js';
import type { KillPoint, Stop } from './kill-points.js';
import { assertOutcome, hashAt, settled } from './outcome.js';
import { Program } from './program.js';
import { type FileKind, Scene } from './scene.js';

const FIRST = 'first.txt';
const HOUSE = {
  sections: { upload: { delay: '0s' } },
  // Less than the files that fill it.
  cache: { size: '48MiB', probes: '16MiB' },
};

/** What one kill showed. */
export interface KillResult {
  /** Milliseconds from the restart of the daemon until it was ready. */
  readonly restart: number;
  /** Milliseconds that the first write of all needed then. */
  readonly firstWrite: number;
}

/** Kills a daemon at a point and looks at everything afterwards. Rejects when something is not as it must be. */
export async function killAt(point: KillPoint, kind: FileKind): Promise<KillResult> {
  const house = await House.build(HOUSE);
  try {
    return await killIn(house, point, kind);
  } finally {
    await house.close();
  }
}

async function killIn(house: House, point: KillPoint, kind: FileKind): Promise<KillResult> {
  const scene = await Scene.begin(house, kind, 'scene');
  await point.before?.(scene);
  const stop = point.stop(kind);
  await house.start(stop.kind === 'checkpoint' ? { stopAt: stop.name } : {});
  const program = await approach(house, point, scene);
  await reached(house, stop);
  if (point.programsEnd === true) await program.ended();
  await house.daemon.kill();
  await program.ended();
  await house.cloud.clearFault();
  const result = await startAgain(scene);
  const outcome = point.outcome(scene);
  await settled(house);
  const first = { [FIRST]: scene.source(FIRST).sha1 };
  await assertOutcome(scene, { ...outcome, files: { ...outcome.files, ...first } });
  return result;
}

async function approach(house: House, point: KillPoint, scene: Scene): Promise<Program> {
  const stop = point.stop(scene.kind);
  if (point.paused !== undefined) await house.client.call('POST /v1/transfers/pause', { transfers: [] });
  await Program.run(point.earlier?.(scene) ?? []);
  if (stop.kind === 'held') await house.cloud.fault('hold-answer', { match: stop.match, count: 1 });
  if (point.paused === 'until the last steps') {
    await house.client.call('POST /v1/transfers/resume', { transfers: [] });
  }
  return Program.start(point.steps(scene));
}

async function reached(house: House, stop: Stop): Promise<void> {
  if (stop.kind === 'checkpoint') {
    await house.daemon.said(new RegExp(`^checkpoint ${stop.name.split('@')[0] ?? ''} reached$`));
    return;
  }
  await eventually(
    () => house.cloud.held(),
    (held) => held.length === 1,
    45_000,
  );
}

/** The mount works at once: a file is written before anything else is asked. */
async function startAgain(scene: Scene): Promise<KillResult> {
  const source = scene.source(FIRST, 5000);
  const began = performance.now();
  await scene.house.start();
  const ready = performance.now();
  await Program.run([['copy', source.path, scene.at(FIRST)]]);
  const written = performance.now();
  if (hashAt(scene.at(FIRST)) !== source.sha1) throw new Error('the first file reads back otherwise');
  return { restart: ready - began, firstWrite: written - ready };
}
