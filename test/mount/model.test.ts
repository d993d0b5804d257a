import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Player } from '../unit/vfs/model/player.js';
import { MOUNT_STEPS, type Scene, scenes, StepCounts } from '../unit/vfs/model/steps.js';
import { MountedWorld } from './model/mounted-world.js';

/** The long form: PANFUSE_MODEL_RUNS=1000. */
const RUNS = Number(process.env['PANFUSE_MODEL_RUNS'] ?? 50);
/** Of one scene, in milliseconds: one that takes longer hangs. */
const LIMIT = 120_000;

describe('mount against a model of a file system', function () {
  this.timeout(RUNS * 10_000);
  let world: MountedWorld;
  before(async () => {
    world = await MountedWorld.mount();
  });
  after(() => world.dispose());

  it('does what a POSIX file system does, and the cloud has it in the end, whatever fails on the way', async () => {
    const counts = new StepCounts();
    const play = async ({ steps }: Scene): Promise<void> => {
      const player = new Player(await world.stage(), counts);
      for (const step of steps) await player.play(step);
      await player.finish();
    };
    const property = fc.asyncProperty(scenes(MOUNT_STEPS), play);
    await fc.assert(property, { numRuns: RUNS, timeout: LIMIT, endOnFailure: true });
    process.stdout.write(`      ${counts.sum} steps: ${counts.toString()}\n`);
    assert.deepEqual(counts.rarerThan(MOUNT_STEPS, RUNS / 10), []);
    assert.ok(counts.sum >= 40 * RUNS, `${counts.sum} steps in ${RUNS} runs`);
    assert.deepEqual(await world.leftovers(), []);
    await world.unmount();
  });
});
