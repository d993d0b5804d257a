import { eventually, House } from '../house.js';
import { KILL_POINTS, type KillPoint, type Stop } from './kill-points.js';
import { assertOutcome, assertReadable, hashAt, settled } from './outcome.js';
import { Program } from './program.js';
import { type FileKind, Scene } from './scene.js';

const FIRST = 'first.txt';
const HOUSE = {
  sections: { upload: { delay: '0s' } },
  // Less than the files that fill it.
  cache: { size: '48MiB', probes: '16MiB' },
  limit: 86_400_000,
};

/** What one kill showed. */
export interface KillResult {
  /** Milliseconds from the restart of the daemon until it was ready. */
  readonly restart: number;
  /** Milliseconds that the first write of all needed then. */
  readonly firstWrite: number;
}

/** Kills one daemon after the other in a house of its own, each time in another folder. */
export class KillLane {
  readonly #kind: FileKind;
  readonly #rounds: number;
  #place: { readonly house: House; readonly scenes: Scene[] } | null = null;

  /** `rounds`: how often a daemon is killed at each point. */
  constructor(kind: FileKind, rounds: number) {
    this.#kind = kind;
    this.#rounds = rounds;
  }

  /** Kills a daemon at a point and looks at everything afterwards. Rejects when something is not as it must be. */
  async kill(point: KillPoint): Promise<KillResult> {
    if (point.inNewHouse === true) await this.close();
    this.#place ??= await this.#build();
    const { house, scenes } = this.#place;
    const scene = scenes.pop();
    if (scene === undefined) throw new Error('it was killed more often than was said');
    try {
      return await killIn(house, point, scene);
    } catch (error) {
      const { output } = house.daemon;
      // What is left of this one is no matter of the next.
      await this.close();
      throw new Error(`${point.name}, ${this.#kind} file; the daemon said:\n${output}`, { cause: error });
    }
  }

  async close(): Promise<void> {
    const place = this.#place;
    this.#place = null;
    await place?.house.close();
  }

  /** The folders are there before the first daemon lists their names. */
  async #build(): Promise<{ readonly house: House; readonly scenes: Scene[] }> {
    const house = await House.build(HOUSE);
    const scenes: Scene[] = [];
    for (let number = KILL_POINTS.length * this.#rounds; number > 0; number -= 1) {
      scenes.push(await Scene.begin(house, this.#kind, `scene ${number}`));
    }
    return { house, scenes };
  }
}

async function killIn(house: House, point: KillPoint, scene: Scene): Promise<KillResult> {
  await point.before?.(scene);
  const stop = point.stop(scene.kind);
  await house.start(stop.kind === 'checkpoint' ? { stopAt: stop.name } : {});
  const program = await approach(house, point, scene);
  await reached(house, stop);
  if (stop.kind === 'answered' || point.programsEnd === true) await program.succeeded();
  await house.daemon.kill();
  await program.ended();
  await house.cloud.clearFault();
  const result = await startAgain(scene);
  const outcome = point.outcome(scene);
  assertReadable(scene, outcome);
  await settled(house);
  const first = { [FIRST]: scene.source(FIRST).sha1 };
  await assertOutcome(scene, { ...outcome, files: { ...outcome.files, ...first } });
  await house.daemon.kill();
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
  }
  if (stop.kind === 'held') {
    await eventually(
      () => house.cloud.held(),
      (held) => held.length === 1,
      45_000,
    );
  }
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
