import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { Player } from '../unit/vfs/model/player.js';
import { modelSeed } from '../fakes/model-seed.js';
import { MOUNT_STEPS, type Scene, scenes, StepCounts } from '../unit/vfs/model/steps.js';
import { MountedWorld } from './model/mounted-world.js';

/** The long form: PANFUSE_MODEL_RUNS=1000. */
const RUNS = Number(process.env['PANFUSE_MODEL_RUNS'] ?? 50);
/** Scenes wait more than they do: so many mounts play side by side. */
const MOUNTS = 4;
/** Of one scene, in milliseconds: one that takes longer hangs. */
const LIMIT = 120_000;

describe('mount against a model of a file system', function () {
  this.timeout(RUNS * 10_000);
  const seed = modelSeed();
  let worlds: MountedWorld[] = [];
  before(async () => {
    worlds = await Promise.all(Array.from({ length: MOUNTS }, () => MountedWorld.mount()));
  });
  after(() => Promise.all(worlds.map((world) => world.dispose())));

  it('does what a POSIX file system does, and the cloud has it in the end, whatever fails on the way', async () => {
    const counts = new StepCounts();
    const begun = performance.now();
    const all = [...scenes(MOUNT_STEPS, seed, RUNS).entries()];
    await Promise.all(
      worlds.map(async (_, lane) => {
        for (const [index, scene] of all) {
          if (index % MOUNTS !== lane) continue;
          worlds[lane] = await playOn(worlds[lane], scene, `scene ${index} of seed ${seed}`, counts);
        }
      }),
    );
    const seconds = Math.round((performance.now() - begun) / 1000);
    process.stdout.write(`      ${RUNS} scenes of seed ${seed} in ${seconds} s\n`);
    process.stdout.write(`      ${counts.sum} steps: ${counts.toString()}\n`);
    assert.deepEqual(counts.rarerThan(MOUNT_STEPS, RUNS / 10), []);
    assert.ok(counts.sum >= 40 * RUNS, `${counts.sum} steps in ${RUNS} runs`);
    for (const world of worlds) {
      assert.deepEqual(await world.leftovers(), []);
      await world.unmount();
    }
  });
});

/**
 * Answers the mount to go on with. The threads and clocks of a real mount never run twice alike: a scene has failed when
 * it fails again on a new mount; what it failed of first is printed.
 */
async function playOn(
  world: MountedWorld | undefined,
  scene: Scene,
  what: string,
  counts: StepCounts,
): Promise<MountedWorld> {
  assert.ok(world !== undefined);
  try {
    await play(world, scene, what, counts);
    return world;
  } catch (error) {
    const cause = error instanceof Error ? String(error.cause) : '';
    process.stdout.write(`      once: ${String(error)}\n      ${cause}\n`);
    await world.dispose();
    const another = await MountedWorld.mount();
    await play(another, scene, `again: ${what}`, counts).catch(async (second: unknown) => {
      await another.dispose();
      throw second;
    });
    return another;
  }
}

async function play(world: MountedWorld, scene: Scene, what: string, counts: StepCounts): Promise<void> {
  const over = new AbortController();
  const hanging = delay(LIMIT, undefined, over).then(() => {
    throw new Error(`it hangs: there is no end of it within ${LIMIT} ms`);
  });
  try {
    await Promise.race([playAlone(world, scene, counts), hanging]);
  } catch (error) {
    throw new Error(`${what}, ${JSON.stringify(scene)}: ${String(error)}`, { cause: error });
  } finally {
    over.abort();
  }
}

async function playAlone(world: MountedWorld, { steps }: Scene, counts: StepCounts): Promise<void> {
  const player = new Player(await world.stage(), counts);
  for (const step of steps) await player.play(step);
  await player.finish();
}
