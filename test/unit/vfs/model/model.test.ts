import assert from 'node:assert/strict';
import fc from 'fast-check';
import { LocalAttributes } from '../../../../src/metadata/local-attributes.js';
import { OwedChanges } from '../../../../src/upload/changes/owed-changes.js';
import { UnlinkedFiles } from '../../../../src/vfs/unlinked-files.js';
import { Vfs } from '../../../../src/vfs/vfs.js';
import { plant } from '../../../fakes/planted-bug.js';
import { DiskActivity } from './disk-activity.js';
import { EXAMPLES } from './examples.js';
import { Player } from './player.js';
import { type Scene, scenes, StepCounts, VFS_STEPS } from './steps.js';
import { VfsWorld } from './vfs-world.js';

/** The long form: PANFUSE_MODEL_RUNS=10000. */
const RUNS = Number(process.env['PANFUSE_MODEL_RUNS'] ?? 1000);
const BUG_RUNS = 300;
/** Of one scene, in milliseconds: one that takes longer hangs. */
const LIMIT = 60_000;

const activity = new DiskActivity();

async function play(scene: Scene, counts = new StepCounts()): Promise<void> {
  const world = await VfsWorld.open(activity, scene);
  try {
    const player = new Player(world, counts);
    for (const step of scene.steps) await player.play(step);
    await player.finish();
    await world.finish();
  } finally {
    await world.dispose();
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

  for (const { found, scene } of EXAMPLES) it(`goes on to avoid that ${found}`, () => play(scene));

  const bugs: readonly { readonly name: string; readonly plant: () => () => void }[] = [
    {
      name: 'an append that goes where the kernel believes the end to be',
      plant: () =>
        plant(
          Vfs.prototype,
          'write',
          (original) =>
            function (this: Vfs, handle, position, bytes, _source, call) {
              return original.call(this, handle, position, bytes, 'mapping', call);
            },
        ),
    },
    {
      name: 'a name that counts as free while the file that had it is still being unlinked',
      plant: () => plant(UnlinkedFiles.prototype, 'decided', () => () => Promise.resolve()),
    },
    {
      name: 'attributes that are lost when the cloud has the file',
      plant: () => plant(LocalAttributes.prototype, 'succeed', () => () => Promise.resolve()),
    },
    {
      name: 'a rename that a restart forgets',
      plant: () =>
        plant(
          OwedChanges.prototype,
          'restore',
          (original) =>
            function (this: OwedChanges, row) {
              if (row.kind !== 'rename') original.call(this, row);
            },
        ),
    },
  ];

  for (const { name, plant: begin } of bugs) {
    it(`finds ${name}`, async () => {
      const heal = begin();
      try {
        const property = fc.asyncProperty(scenes(VFS_STEPS), (scene) => play(scene));
        const { failed } = await fc.check(property, {
          ...{ numRuns: BUG_RUNS, timeout: LIMIT, endOnFailure: true },
        });
        assert.equal(failed, true, 'the bug was not found');
      } finally {
        heal();
      }
    });
  }
});
