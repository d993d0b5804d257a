import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import type { FaultName, FaultSetting } from '../clouds/house/faults.js';
import { HeldFile, type ReadOutcome } from './daemon/held-file.js';
import { eventually, House } from './daemon/house.js';

const MIB = 2 ** 20;
const SIZE = 20 * MIB + 12_345;
/** Seconds; the configured read timeout of the house. */
const READ_TIMEOUT = 3;
/** What a busy machine may add. */
const IN_TIME = READ_TIMEOUT + 2;

interface CdnFault {
  readonly name: FaultName;
  readonly setting: FaultSetting;
}

/** What passes: the program gets every byte. */
const PASSING: readonly CdnFault[] = [
  { name: 'cdn-403', setting: { count: 1, skip: 1 } },
  { name: 'cdn-5xx', setting: { count: 2, skip: 1 } },
  { name: 'cdn-late', setting: { count: 1, value: 2500 } },
  { name: 'cdn-cut', setting: { count: 3, value: 3 * MIB } },
  { name: 'cdn-stall', setting: { count: 1, skip: 1, value: MIB } },
  { name: 'cdn-short', setting: { count: 2, value: 1000 } },
  { name: 'cdn-wrong-range', setting: { count: 2 } },
  { name: 'cdn-200-for-206', setting: { count: 2 } },
  { name: 'cdn-redirect', setting: {} },
  { name: 'link-403', setting: { count: 1, skip: 1 } },
];

/** What does not: the program gets this errno, and after how many seconds at most. */
const LASTING: readonly (CdnFault & { readonly errno: string; readonly within: number })[] = [
  { name: 'cdn-403', setting: {}, errno: 'EACCES', within: READ_TIMEOUT },
  { name: 'cdn-wrong-range', setting: {}, errno: 'EIO', within: READ_TIMEOUT },
  { name: 'cdn-200-for-206', setting: {}, errno: 'EIO', within: READ_TIMEOUT },
  { name: 'file-changed', setting: {}, errno: 'ESTALE', within: READ_TIMEOUT },
  { name: 'cdn-5xx', setting: {}, errno: 'ETIMEDOUT', within: IN_TIME },
  { name: 'cdn-stall', setting: { value: 0 }, errno: 'ETIMEDOUT', within: IN_TIME },
  { name: 'network-down', setting: {}, errno: 'ETIMEDOUT', within: IN_TIME },
];

describe('file that is read while the cloud misbehaves', function () {
  this.timeout(60_000);
  let house: House;
  let held: HeldFile[];
  let files = 0;
  before(async () => {
    house = await House.open({ sections: { timeouts: { read: `${READ_TIMEOUT}s`, stall: '1s' } } });
  });
  beforeEach(() => {
    held = [];
  });
  afterEach(async () => {
    for (const file of held) await file.close();
    await house.cloud.clearFault();
    await house.cloud.changeProfile({ bytesPerSecond: null, connectionsPerAccount: null });
  });
  after(() => house.close());

  /** A file that nobody has read yet, so that neither kernel nor link cache knows it. */
  const newFile = async (): Promise<{
    readonly path: string;
    readonly id: string;
    readonly file: HeldFile;
  }> => {
    files += 1;
    const path = `/film-${files}.mkv`;
    const { id } = await addFile(house, path);
    const file = await HeldFile.open(house.at(path));
    held.push(file);
    return { path, id, file };
  };

  const readAgain = async (path: string): Promise<ReadOutcome> => {
    const file = await HeldFile.open(house.at(path));
    held.push(file);
    return await file.read(0, SIZE);
  };

  const expected = async (id: string, position = 0, length = SIZE): Promise<string> => {
    const bytes = await house.cloud.bytes({ id }, position, length);
    return createHash('sha1').update(bytes).digest('hex');
  };

  const assertWhole = async (id: string, { errno, length, sha1 }: ReadOutcome): Promise<void> => {
    assert.deepEqual({ errno, length, sha1 }, { errno: null, length: SIZE, sha1: await expected(id) });
  };

  for (const { name, setting } of PASSING) {
    it(`has every byte under ${name} that passes`, async () => {
      const { id, file } = await newFile();
      const before = await house.cloud.fired(name);
      await house.cloud.fault(name, setting);
      await assertWhole(id, await file.read(0, SIZE));
      assert.ok((await house.cloud.fired(name)) >= before + (setting.count ?? 1), 'the fault was never met');
    });
  }

  for (const { name, setting, errno, within } of LASTING) {
    it(`is ${errno} in time under ${name} that lasts, and readable after it`, async () => {
      const { id, file, path } = await newFile();
      const before = await house.cloud.fired(name);
      await house.cloud.fault(name, setting);
      const failed = await file.read(0, 100_000);
      assert.equal(failed.errno, errno);
      assert.ok(failed.took < within, `${failed.took} s`);
      assert.equal(failed.length, 0, 'bytes came that nobody knows to be right');
      assert.ok((await house.cloud.fired(name)) > before, 'the fault was never met');
      await house.cloud.clearFault();
      const again = await eventually(
        () => readAgain(path),
        (outcome) => outcome.errno === null,
      );
      await assertWhole(id, again);
    });
  }

  it('never gets a byte too few under short answers that last', async () => {
    const { id, file } = await newFile();
    await house.cloud.fault('cdn-short', { value: 1 });
    const { errno, length, sha1 } = await file.read(0, 3 * MIB);
    assert.ok((await house.cloud.fired('cdn-short')) > 2);
    assert.equal(errno, 'EIO');
    assert.equal(sha1, await expected(id, 0, length));
  });

  it('is EACCES when every link stops working, without asking for links for ever', async () => {
    const { file } = await newFile();
    await house.cloud.fault('link-revoked');
    await house.cloud.clearFigures();
    for (let attempt = 0; attempt < 3; attempt += 1) {
      const { errno, length, took } = await file.read(0, 100_000);
      assert.deepEqual([errno, length], ['EACCES', 0]);
      assert.ok(took < READ_TIMEOUT, `${took} s`);
    }
    assert.ok((await house.cloud.fired('link-revoked')) > 0);
    const asked = (await house.cloud.figures()).calls.byName['ufile/downurl'] ?? 0;
    assert.ok(asked >= 1 && asked <= 2, `${asked} links`);
  });

  it('goes on after its link has expired in mid-stream', async () => {
    await house.cloud.changeProfile({ bytesPerSecond: 8_000_000 });
    const { id, file } = await newFile();
    const { renewals } = (await house.status()).content;
    const first = await file.read(0, MIB);
    assert.equal(first.errno, null);
    await house.cloud.advanceClock(3_601_000);
    await assertWhole(id, await file.read(0, SIZE));
    assert.ok((await house.status()).content.renewals > renewals);
  });

  it('goes on with links that live two seconds', async () => {
    await house.cloud.changeProfile({ bytesPerSecond: 4_000_000 });
    await house.cloud.fault('link-expired', { value: 2 });
    const { id, file } = await newFile();
    await assertWhole(id, await file.read(0, SIZE));
    assert.ok((await house.cloud.fired('link-expired')) >= 1);
  });

  it('goes on after its link was revoked in mid-stream', async () => {
    await house.cloud.changeProfile({ bytesPerSecond: 8_000_000 });
    const { id, file } = await newFile();
    const reading = file.read(0, SIZE);
    await eventually(
      () => house.status(),
      ({ content }) => content.lanes.busy > 0,
    );
    await house.cloud.revokeLinks();
    await assertWhole(id, await reading);
  });

  it('goes on after the network was gone for a second', async () => {
    await house.cloud.changeProfile({ bytesPerSecond: 8_000_000 });
    const { id, file } = await newFile();
    const reading = file.read(0, SIZE);
    await eventually(
      () => house.status(),
      ({ content }) => content.lanes.busy > 0,
    );
    const down = await house.cloud.fired('network-down');
    await house.cloud.networkDown();
    await eventually(
      () => house.cloud.fired('network-down'),
      (fired) => fired > down,
    );
    await new Promise((resolve) => setTimeout(resolve, 1000));
    await house.cloud.networkUp();
    await assertWhole(id, await reading);
  });

  it('is read to its end when it is replaced in the cloud, and the new one at the next open', async () => {
    const { path, id, file } = await newFile();
    assert.equal((await file.read(0, MIB)).errno, null);
    const content = { kind: 'seeded', seed: 'replaced' } as const;
    const replaced = await house.cloud.replace({ path }, { size: SIZE, content });
    await assertWhole(id, await file.read(0, SIZE));
    await house.refresh();
    await assertWhole(replaced.id, await readAgain(path));
  });

  it('is ESTALE when it was removed from the cloud for good', async () => {
    const { path, file } = await newFile();
    assert.equal((await file.read(0, 1000)).errno, null);
    await house.cloud.purge({ path });
    const { errno, length, took } = await file.read(10 * MIB, MIB);
    assert.deepEqual([errno, length], ['ESTALE', 0]);
    assert.ok(took < READ_TIMEOUT, `${took} s`);
  });
});

describe('file that is read beside another', function () {
  this.timeout(60_000);
  let house: House;
  before(async () => {
    // As many stalls fit into the time that a read may wait as with the timeouts of the product.
    house = await House.open({ sections: { timeouts: { read: '8s', stall: '1s' } } });
  });
  after(() => house.close());

  it('is read whole beside another when one connection more gets no byte', async () => {
    const files = await Promise.all(['/one.mkv', '/other.mkv'].map((path) => addFile(house, path)));
    const held = await Promise.all(files.map(({ path }) => HeldFile.open(house.at(path))));
    await house.cloud.changeProfile({ connectionsPerAccount: 1, bytesPerSecond: 12_000_000 });
    await house.cloud.fault('cdn-stall-busy');
    const reads = await Promise.all(held.map((file) => file.read(0, SIZE)));
    for (const [index, { id }] of files.entries()) {
      const sha1 = (await house.cloud.hash({ id }, 'sha1')).toLowerCase();
      const { errno, length, sha1: read } = reads[index] ?? {};
      assert.deepEqual({ errno, length, sha1: read }, { errno: null, length: SIZE, sha1 });
    }
    assert.ok((await house.cloud.fired('cdn-stall-busy')) > 0);
    for (const file of held) await file.close();
  });
});

/** A film of SIZE bytes that nobody has read yet. */
async function addFile(house: House, path: string): Promise<{ readonly path: string; readonly id: string }> {
  const content = { kind: 'seeded', seed: path } as const;
  const { id } = await house.cloud.addFile({ name: path.slice(1), size: SIZE, content });
  await house.refresh();
  return { path, id };
}
