import assert from 'node:assert/strict';
import fc from 'fast-check';
import { DiskActivity } from './disk-activity.js';
import { Player } from './player.js';
import { type Scene, scenes, StepCounts, VFS_STEPS } from './steps.js';
import { VfsWorld } from './vfs-world.js';

/** The long form: PANFUSE_MODEL_RUNS=10000. */
const RUNS = Number(process.env['PANFUSE_MODEL_RUNS'] ?? 1000);
/** Of one scene, in milliseconds: one that takes longer hangs. */
const LIMIT = 30_000;

const activity = new DiskActivity();

async function play(scene: Scene, counts: StepCounts): Promise<void> {
  const world = await VfsWorld.open(activity, scene);
  try {
    const player = new Player(world, counts);
    for (const step of scene.steps) await player.play(step);
    await player.finish();
    await world.finish();
  } finally {
    world.dispose();
  }
}

describe('Vfs against a model of a file system', function () {
  this.timeout(RUNS * 2000);
  before(() => activity.watch());
  after(() => activity.stop());

  it('does what a POSIX file system does, and the cloud has it in the end, whatever fails on the way', async () => {
    const counts = new StepCounts();
    const property = fc.asyncProperty(scenes(VFS_STEPS), (scene) => play(scene, counts));
    await fc.assert(property, { numRuns: RUNS, timeout: LIMIT, endOnFailure: true });
    process.stdout.write(`      ${counts.sum} steps: ${counts.toString()}\n`);
    assert.deepEqual(counts.rarerThan(VFS_STEPS, RUNS / 10), []);
    assert.ok(counts.sum >= 40 * RUNS, `${counts.sum} steps in ${RUNS} runs`);
  });
});
