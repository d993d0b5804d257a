import assert from 'node:assert/strict';
import { GATE_SEED, modelSeed } from '../../../fakes/model-seed.js';
import { EXAMPLES } from './examples.js';
import { PLANTED_BUGS, type PlantedBug } from './planted-bugs.js';
import { type Failure, SceneProcesses } from './scene-processes.js';
import { scenes, StepCounts, VFS_STEPS } from './steps.js';

/** The long form: PANFUSE_MODEL_RUNS=10000. */
const RUNS = Number(process.env['PANFUSE_MODEL_RUNS'] ?? 1000);
const BUG_RUNS = 300;

describe('Vfs against a model of a file system', function () {
  this.timeout(RUNS * 2000);
  const seed = modelSeed();
  const processes = new SceneProcesses();
  after(() => processes.end());

  it('does what a POSIX file system does, and the cloud has it in the end, whatever fails on the way', async () => {
    const counts = new StepCounts();
    const begun = performance.now();
    const failures = await processes.play(scenes(VFS_STEPS, seed, RUNS), {
      onPlayed: (played) => counts.addAll(played.counts),
    });
    const seconds = Math.round((performance.now() - begun) / 1000);
    process.stdout.write(`      ${RUNS} scenes of seed ${seed} in ${seconds} s\n`);
    process.stdout.write(`      ${counts.sum} steps: ${counts.toString()}\n`);
    assert.deepEqual(failures.map(described), []);
    // Pieces are copied between two open files alone, to which few scenes come: the rarest step of all.
    assert.deepEqual(counts.rarerThan(VFS_STEPS, RUNS / 20), []);
    assert.ok(counts.sum >= 40 * RUNS, `${counts.sum} steps in ${RUNS} runs`);
  });

  for (const { found, scene } of EXAMPLES) {
    it(`goes on to avoid that ${found}`, async () => {
      assert.deepEqual((await processes.play([scene])).map(described), []);
    });
  }

  for (const bug of Object.keys(PLANTED_BUGS) as readonly PlantedBug[]) {
    it(`finds ${bug}`, async () => {
      const failures = await processes.play(scenes(VFS_STEPS, GATE_SEED, BUG_RUNS), { bug, mostFailures: 1 });
      assert.notDeepEqual(failures, [], 'the bug was not found');
    });
  }
});

function described({ index, scene, message }: Failure): string {
  return `scene ${index}, ${JSON.stringify(scene)}: ${message}`;
}
