import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Listing } from '../../../src/metadata/listing.js';
import { Pins } from '../../../src/metadata/pins.js';
import type { StateDatabase } from '../../../src/store/state-database.js';
import { GATE_SEED, modelSeed } from '../../fakes/model-seed.js';
import { LAG } from './lagging-cloud.js';
import { LocalWorld } from './local-world.js';
import { TreeHouse } from './tree-house.js';

/** The long form: PANFUSE_MODEL_RUNS=10000. */
const RUNS = Number(process.env['PANFUSE_MODEL_RUNS'] ?? 300);
const STEPS = 30;
/** A planted bug must be found within so many runs. */
const RUNS_FOR_A_BUG = 300;

/** Two numbers choose which of the things there are by then. */
type Action = (world: LocalWorld, which: number, where: number) => Promise<void> | void;

const CHANGES = {
  'make directory': (world, _, where) => world.make('directory', directoryOf(world, where)),
  'make file': (world, _, where) => world.make('file', directoryOf(world, where)),
  replace: (world, which) => withOne(world.shown('file'), which, (file) => world.replace(file)),
  move: (world, which, where) =>
    withOne(world.shown(), which, (one) => world.move(one, directoryOf(world, where), where % 2 === 0)),
  rename: (world, which) =>
    withOne(world.shown(), which, (one) => world.move(one, one.parent ?? world.root, false)),
  remove: (world, which) => withOne(world.shown(), which, (one) => world.remove(one)),
} satisfies Record<string, Action>;

const EVENTS = {
  perform: (world, which) => {
    const owed = world.things.filter((one) => one.owed !== null);
    return withOne(owed, which, (one) => world.perform(one));
  },
  confirm: (world, which) => {
    const done = world.things.filter((one) => one.isDone);
    return withOne(done, which, (one) => world.confirm(one));
  },
  refresh: (world, _, where) => {
    world.refresh(directoryOf(world, where));
  },
  wait: (world, _, where) => world.env.clock.advance((where / 1000) * 2 * LAG),
  check: (world, _, where) => world.check(directoryOf(world, where)),
} satisfies Record<string, Action>;

const RARE = {
  'somebody else adds': (world, _, where) => {
    world.addForeign(directoryOf(world, where));
  },
  'somebody else removes': (world, which) => {
    world.removeForeign(which);
  },
  restart: (world) => world.restart('close'),
  kill: (world) => world.restart('kill'),
} satisfies Record<string, Action>;

const ACTIONS: Readonly<Record<string, Action>> = { ...CHANGES, ...EVENTS, ...RARE };

interface Step {
  readonly kind: string;
  readonly which: number;
  readonly where: number;
}

interface Scene {
  readonly seed: number;
  readonly entriesInMemory: number;
  readonly steps: readonly Step[];
}

const step: fc.Arbitrary<Step> = fc.record({
  kind: fc.oneof(
    { weight: 30, arbitrary: fc.constantFrom(...Object.keys(CHANGES)) },
    { weight: 26, arbitrary: fc.constantFrom(...Object.keys(EVENTS)) },
    { weight: 4, arbitrary: fc.constantFrom(...Object.keys(RARE)) },
  ),
  which: fc.nat(1000),
  where: fc.nat(1000),
});

const scene: fc.Arbitrary<Scene> = fc.record({
  seed: fc.nat(1_000_000),
  entriesInMemory: fc.constantFrom(8, 1000),
  steps: fc.array(step, { minLength: 1, maxLength: STEPS, size: 'max' }),
});

function directoryOf(world: LocalWorld, choice: number) {
  const directories = world.directories();
  return directories[choice % directories.length] ?? world.root;
}

async function withOne<T>(
  things: readonly T[],
  choice: number,
  act: (thing: T) => Promise<unknown>,
): Promise<void> {
  const thing = things[choice % Math.max(1, things.length)];
  if (thing !== undefined) await act(thing);
}

describe('local changes against a model', function () {
  this.timeout(Math.max(RUNS, RUNS_FOR_A_BUG) * 1000);
  let house: TreeHouse;
  let database: StateDatabase;
  let worlds = 0;
  const counts = new Map(Object.keys(ACTIONS).map((kind) => [kind, 0]));

  before(async () => {
    house = new TreeHouse();
    database = await house.database();
  });
  after(() => house.demolish());

  const run = async ({ seed, entriesInMemory, steps }: Scene): Promise<void> => {
    worlds += 1;
    const world = new LocalWorld(database, `drive ${worlds}`, seed, entriesInMemory);
    await world.open();
    for (const { kind, which, where } of steps) {
      counts.set(kind, (counts.get(kind) ?? 0) + 1);
      await ACTIONS[kind]?.(world, which, where);
    }
    await world.checkAll();
    await world.performAll();
    await world.checkAll();
    await world.lookAtEverything();
    await world.checkAll(true);
    await world.restart('close');
    await world.checkAll(true);
    await world.close();
  };

  it('shows what programs did, whatever the cloud lists, and ends as the cloud is', async () => {
    await fc.assert(fc.asyncProperty(scene, run), { numRuns: RUNS, seed: modelSeed() });
    for (const [kind, count] of counts) assert.ok(count >= RUNS / 10, `${kind}: ${count} in ${RUNS} runs`);
  });

  const bugs: readonly { readonly name: string; readonly plant: () => () => void }[] = [
    {
      name: 'a listing that decides although it may not know yet',
      plant: () =>
        replace(
          Pins.prototype,
          'counts',
          () =>
            function (this: Pins, id: string) {
              return this.get(id)?.until === null;
            },
        ),
    },
    {
      name: 'entries that stay behind under the local id of their directory',
      plant: () => replace(Pins.prototype, 'adopt', () => () => undefined),
    },
    {
      name: 'an entry that is not taken from where it was',
      plant: () => replace(Listing.prototype, 'take', () => () => null),
    },
  ];
  for (const { name, plant } of bugs) {
    it(`finds ${name}`, async () => {
      const repair = plant();
      try {
        const found = await fc.check(fc.asyncProperty(scene, run), {
          ...{ numRuns: RUNS_FOR_A_BUG, seed: GATE_SEED },
          endOnFailure: true,
        });
        assert.ok(found.failed, `not found in ${RUNS_FOR_A_BUG} runs`);
      } finally {
        repair();
      }
    });
  }
});

/** Plants a bug in a method; answers how to take it out again. */
function replace<T extends object, Name extends keyof T>(
  prototype: T,
  name: Name,
  make: (original: T[Name]) => T[Name],
): () => void {
  const original = prototype[name];
  prototype[name] = make(original);
  return () => {
    prototype[name] = original;
  };
}
