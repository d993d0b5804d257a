import assert from 'node:assert/strict';
import { eventually, House } from './daemon/house.js';
import { run } from './programs.js';

const SIZE = 100_000;
const FILES = 40;
/** Only a call for several links has a comma in its form. */
const BATCH = '%2C';
/** The code of a refusal that is not repeated. */
const PROHIBITED = 50038;

/** A folder that no test has read from, with `count` files. */
async function newFolder(house: House, name: string, count: number): Promise<readonly string[]> {
  const { id } = await house.cloud.addDirectory(name);
  const paths = Array.from({ length: count }, (_, index) => `/${name}/e${index + 1}.mkv`);
  for (const path of paths) {
    const content = { kind: 'seeded', seed: path } as const;
    await house.cloud.addFile({ parent: id, name: path.slice(name.length + 2), size: SIZE, content });
  }
  await house.refresh();
  await house.tree(`/${name}`);
  await house.cloud.clearFigures();
  return paths;
}

async function expected(house: House, path: string): Promise<string> {
  return (await house.cloud.hash({ path }, 'sha1')).toLowerCase();
}

/** Reads files one after another, each whole; fails when a byte is wrong. */
async function readAll(house: House, paths: readonly string[]): Promise<void> {
  const { code, stdout, stderr } = await run('sha1sum', ...paths.map((path) => house.at(path)));
  assert.deepEqual([code, stderr], [0, '']);
  const sums = stdout
    .trimEnd()
    .split('\n')
    .map((line) => line.slice(0, 40));
  assert.deepEqual(sums, await Promise.all(paths.map((path) => expected(house, path))));
}

async function linkCalls(house: House): Promise<number> {
  return (await house.cloud.figures()).calls.byName['ufile/downurl'] ?? 0;
}

describe('links asked for ahead of need', function () {
  this.timeout(60_000);
  let house: House;
  before(async () => {
    house = await House.open();
  });
  afterEach(() => house.cloud.clearFault());
  after(() => house.close());

  it('folder that is read file by file costs a call for twenty files', async () => {
    const paths = await newFolder(house, 'season', FILES);
    const before = (await house.status()).content.linksAhead;
    await readAll(house, paths);
    assert.ok((await linkCalls(house)) <= 4, `${await linkCalls(house)} calls`);
    const { fetched, used } = (await house.status()).content.linksAhead;
    assert.equal(fetched - before.fetched, FILES - 2);
    assert.equal(used - before.used, FILES - 2);
  });

  it('file that is read alone costs one call', async () => {
    const [path = ''] = await newFolder(house, 'single', FILES);
    await readAll(house, [path, path]);
    // What is asked ahead goes out as soon as the file has its link: long before this program has ended.
    assert.equal(await linkCalls(house), 1);
  });

  it('file that a call for several leaves out is read all the same', async () => {
    const paths = await newFolder(house, 'gap', 8);
    const [first = '', second = '', third = '', gone = ''] = paths;
    const { id } = await house.cloud.item({ path: gone });
    await house.cloud.remove({ id });
    await readAll(house, [first, second]);
    await eventually(
      () => linkCalls(house),
      (calls) => calls === 3,
    );
    await house.cloud.restore({ id });
    await readAll(house, [third, ...paths.slice(3)]);
    assert.equal(await linkCalls(house), 4);
  });

  it('call for several that fails costs each reader no more than a call of his own', async () => {
    const paths = await newFolder(house, 'refused', 12);
    await house.cloud.fault('api-error', { match: BATCH, value: PROHIBITED });
    await readAll(house, paths);
    assert.equal(await house.cloud.fired('api-error'), 1);
    assert.equal(await linkCalls(house), paths.length + 1);
  });
});
