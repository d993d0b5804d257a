import assert from 'node:assert/strict';
import fc from 'fast-check';
import { ChangeList } from '../../../src/upload/changes/change-list.js';
import { OwedChanges } from '../../../src/upload/changes/owed-changes.js';
import { UploadFiles } from '../../../src/upload/queue/upload-files.js';
import { UploadRun } from '../../../src/upload/queue/upload-run.js';
import { GATE_SEED, modelSeed } from '../../fakes/model-seed.js';
import { type Step, WritesWorld } from './writes-world.js';

/** The long form: PANFUSE_MODEL_RUNS=10000 PANFUSE_MODEL_SEED=random. */
const RUNS = Number(process.env['PANFUSE_MODEL_RUNS'] ?? 300);
const OPERATIONS = 40;

const KINDS = [
  ...(['create', 'create', 'create', 'overwrite', 'overwrite', 'begin', 'end', 'remove', 'remove'] as const),
  ...(['rename', 'rename', 'rename', 'rename', 'mkdir', 'mkdir', 'rmdir', 'wait', 'wait', 'wait'] as const),
  ...(['lost', 'cut', 'end', 'restart', 'kill', 'pause', 'copy'] as const),
];

const step: fc.Arbitrary<Step> = fc.record({
  what: fc.constantFrom(...KINDS),
  which: fc.nat(1000),
  where: fc.nat(1000),
  amount: fc.nat(1000),
});

const scene = fc.array(step, { minLength: OPERATIONS, maxLength: OPERATIONS });

const counts = new Map<string, number>();

async function check(steps: readonly Step[]): Promise<void> {
  const world = await WritesWorld.open(counts);
  for (const one of steps) await world.play(one);
  await world.finish();
}

describe('Writes against a model', function () {
  this.timeout(RUNS * 2000);

  it('brings everything that was closed to the cloud exactly once, whatever fails on the way', async () => {
    counts.clear();
    const seed = modelSeed();
    await fc.assert(fc.asyncProperty(scene, check), { numRuns: RUNS, seed });
    const rare = KINDS.filter((kind) => (counts.get(kind) ?? 0) < RUNS / 10);
    assert.deepEqual(rare, [], JSON.stringify([...counts]));
  });

  const bugs: readonly { readonly name: string; readonly plant: () => () => void }[] = [
    {
      name: 'a replaced file that is not removed when its successor was renamed',
      plant: () =>
        replace(
          UploadFiles.prototype,
          'land',
          (original) =>
            function (this: UploadFiles, at, file, entry) {
              if (file.row.name !== entry.name) file.row = { ...file.row, replaces: [] };
              original.call(this, at, file, entry);
            },
        ),
    },
    {
      name: 'an upload whose answer was lost and that is forgotten',
      plant: () =>
        replace(
          UploadRun.prototype,
          'mayHaveMadeIt',
          () =>
            function (this: UploadRun) {
              return false;
            },
        ),
    },
    {
      name: 'a change that overtakes the one that frees its name',
      plant: () =>
        replace(
          ChangeList.prototype,
          'leaving',
          () =>
            function* (this: ChangeList) {
              yield* [];
            },
        ),
    },
    {
      name: 'a row that a restart forgets',
      plant: () =>
        replace(
          OwedChanges.prototype,
          'restore',
          (original) =>
            function (this: OwedChanges, row) {
              if (row.kind !== 'rename') original.call(this, row);
            },
        ),
    },
  ];

  for (const { name, plant } of bugs) {
    it(`finds ${name}`, async () => {
      const heal = plant();
      try {
        const details = await fc.check(fc.asyncProperty(scene, check), {
          ...{ numRuns: 1000, seed: GATE_SEED },
          endOnFailure: true,
        });
        assert.equal(details.failed, true, 'the bug was not found');
      } finally {
        heal();
      }
    });
  }
});

/** Puts another method in place of one; answers how to put it back. */
function replace<T extends object, K extends keyof T>(
  owner: T,
  name: K,
  wrong: (original: T[K]) => T[K],
): () => void {
  const original = owner[name];
  owner[name] = wrong(original);
  return () => {
    owner[name] = original;
  };
}
