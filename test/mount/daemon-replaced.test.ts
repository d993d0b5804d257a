import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { HeldFile } from './daemon/held-file.js';
import { House } from './daemon/house.js';

const SIZES = [
  ['as long', 1_000_000, 1_000_000],
  ['longer', 1_000_000, 1_500_000],
  ['shorter', 1_000_000, 300_000],
] as const;

describe('file that is open while it is replaced in the cloud', function () {
  this.timeout(60_000);
  let house: House;
  let held: HeldFile[];
  before(async () => {
    house = await House.open();
  });
  beforeEach(() => {
    held = [];
  });
  afterEach(async () => {
    for (const file of held) await file.close();
  });
  after(() => house.close());

  const open = async (path: string): Promise<HeldFile> => {
    const file = await HeldFile.open(house.at(path));
    held.push(file);
    return file;
  };

  const sha1 = async (id: string, position: number, length: number): Promise<string> =>
    createHash('sha1')
      .update(length === 0 ? '' : await house.cloud.bytes({ id }, position, length))
      .digest('hex');

  for (const [name, before, after] of SIZES) {
    it(`never shows bytes of the new one, ${name}, to who opened the old one`, async () => {
      const path = `/${name}.mkv`;
      await house.cloud.addFile({
        name: path.slice(1),
        size: before,
        content: { kind: 'seeded', seed: name },
      });
      await house.refresh();
      const old = await open(path);
      assert.equal((await old.read(0, 4096)).errno, null);
      const content = { kind: 'seeded', seed: `${name}, new` } as const;
      const { id } = await house.cloud.replace({ path }, { size: after, content });
      await house.refresh();
      const young = await open(path);
      for (const position of [0, 100_000, Math.min(before, after) - 500, before - 500]) {
        const length = Math.max(0, Math.min(1000, after - position));
        const got = await young.read(position, 1000);
        assert.deepEqual([got.errno, got.length], [null, length], `new at ${position}`);
        assert.equal(got.sha1, await sha1(id, position, length), `new at ${position}`);
        const { errno, length: leaked } = await old.read(position, 1000);
        // The kernel knows one size of a path: behind it, it answers itself.
        assert.deepEqual([errno, leaked], [position < after ? 'ESTALE' : null, 0], `old at ${position}`);
      }
      const third = await open(path);
      assert.equal((await third.read(0, after)).sha1, await sha1(id, 0, after));
    });
  }

  it('is kept by the kernel again once nobody has the old one open', async () => {
    const path = '/kept.mkv';
    await house.cloud.addFile({
      name: 'kept.mkv',
      size: 1_000_000,
      content: { kind: 'seeded', seed: 'kept' },
    });
    await house.refresh();
    const old = await open(path);
    await old.read(0, 4096);
    const content = { kind: 'seeded', seed: 'kept, new' } as const;
    await house.cloud.replace({ path }, { size: 1_000_000, content });
    await house.refresh();
    await (await open(path)).read(0, 1_000_000);
    for (const file of held) await file.close();
    await (await open(path)).read(0, 1_000_000);
    const { wanted } = (await house.status()).content.bytes;
    const again = await (await open(path)).read(0, 1_000_000);
    assert.equal(again.errno, null);
    // A page or two the kernel may have given back meanwhile.
    const more = (await house.status()).content.bytes.wanted - wanted;
    assert.ok(more < 50_000, `${more} bytes were asked for again`);
  });
});
