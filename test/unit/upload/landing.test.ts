import assert from 'node:assert/strict';
import { ROOT_ID } from '../../../src/drivers/memory/tree.js';
import { callOf } from '../../fakes/calls.js';
import { removeDirectory, shownDirectory } from './changes-house.js';
import { UploadHouse } from './upload-house.js';

/** More turns of the event loop than there are between the answer of the cloud and the end of a landing. */
const TURNS = 80;

/** Does something `turns` turns after the cloud has a file of which the bytes are still here, in a folder where one is named. */
async function whileLanding(
  turns: number,
  work: (house: UploadHouse) => Promise<unknown>,
  folder: string | null = null,
): Promise<UploadHouse> {
  let begin = (): void => undefined;
  const begun = new Promise<void>((resolve) => (begin = resolve));
  const house = await UploadHouse.open(
    { upload: { delay: 1000 }, onUploaded: () => begin() },
    ({ cloud }) => {
      if (folder !== null) cloud.addDirectory(ROOT_ID, folder);
    },
  );
  await house.write('a', 'text', folder === null ? house.root : shownDirectory(house, folder));
  const landing = house.env.clock.advance(1000);
  await begun;
  for (let turn = 0; turn < turns; turn += 1) await Promise.resolve();
  await Promise.all([landing, work(house)]);
  await house.idle();
  await house.writes.close();
  return house;
}

describe('Writes: a file that the cloud gets at this moment', () => {
  for (const { title, work, outcome } of [
    {
      title: 'is removed there too when it is removed here',
      work: (house: UploadHouse) => house.remove('a'),
      outcome: [],
    },
    {
      title: 'is called there what it is called here',
      work: (house: UploadHouse) => house.rename('a', 'b'),
      outcome: ['/b text'],
    },
    {
      title: 'is removed there when it is renamed and removed here',
      work: async (house: UploadHouse) => {
        await house.rename('a', 'b');
        await house.remove('b');
      },
      outcome: [],
    },
    {
      title: 'makes room there for what takes its name here',
      work: async (house: UploadHouse) => {
        await house.write('new', 'other text');
        await house.rename('new', 'a');
      },
      outcome: ['/a other text'],
    },
  ]) {
    it(`${title}, in whatever turn`, async () => {
      for (let turns = 0; turns < TURNS; turns += 1) {
        const house = await whileLanding(turns, work);
        assert.deepEqual(house.cloudPaths(), outcome, `after ${turns} turns`);
        assert.deepEqual(house.disk.size, 0, `after ${turns} turns`);
      }
    });
  }

  it('leaves its folder empty for whoever removes both, in whatever turn', async () => {
    for (let turns = 0; turns < TURNS; turns += 1) {
      const work = async (house: UploadHouse): Promise<void> => {
        const [file] = house.tree.in(shownDirectory(house, 'd').id);
        assert.ok(file?.kind === 'file');
        await house.writes.remove(file, '/d/a', callOf());
        await removeDirectory(house, 'd');
      };
      const house = await whileLanding(turns, work, 'd');
      assert.deepEqual(house.cloudPaths(), [], `after ${turns} turns`);
    }
  });
});
