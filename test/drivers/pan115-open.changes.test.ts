import assert from 'node:assert/strict';
import type { DirectoryEntry, Entry, FileEntry } from '../../src/driver/entry.js';
import type { TrashedEntry } from '../../src/driver/writer.js';
import { callOf } from '../fakes/calls.js';
import { failureOf, UploadBench } from './pan115-open-uploads.js';

describe('changes of 115 Open under faults of the emulated cloud', function () {
  this.timeout(60_000);
  let bench: UploadBench;

  before(async () => {
    bench = await UploadBench.start();
  });
  after(() => bench.emulated.close());
  beforeEach(() => bench.emulated.cloud.clearFigures());
  afterEach(() => bench.emulated.cloud.clearFault());

  const totalCalls = async (): Promise<number> => (await bench.emulated.cloud.figures()).calls.total;
  const childOf = async (id: string): Promise<Entry> => {
    const found = (await bench.list()).find((entry) => entry.id === id);
    assert.ok(found !== undefined);
    return found;
  };
  const newFile = async (name = bench.newName()): Promise<FileEntry> => {
    const { id } = await bench.emulated.cloud.addFile({ parent: bench.folder.id, name, size: 10 });
    const entry = await childOf(id);
    assert.equal(entry.kind, 'file');
    return entry;
  };
  const newDirectory = (): Promise<DirectoryEntry> =>
    bench.write.makeDirectory(bench.folder, bench.newName(), callOf());
  const childrenOf = async ({ id }: DirectoryEntry): Promise<readonly string[]> =>
    (await bench.emulated.cloud.children({ id })).map(({ name }) => name);
  const trash = () => bench.driver.trash ?? assert.fail('no recycle bin');
  const inBin = async (name: string): Promise<TrashedEntry> => {
    for await (const page of trash().list(callOf())) {
      const found = page.find((entry) => entry.name === name);
      if (found !== undefined) return found;
    }
    return assert.fail(`${name} is not in the bin`);
  };

  it('find a directory whose answer was lost, although it is listed late', async () => {
    const { cloud } = bench.emulated;
    await cloud.fault('mutation-lost-answer', { count: 1 });
    await cloud.fault('visibility-delay', { value: 3000 });
    const name = bench.newName();
    const made = await bench.write.makeDirectory(bench.folder, name, callOf());
    assert.deepEqual(
      (await cloud.named(name)).map(({ id }) => id),
      [made.id],
    );
  });

  it('tell the name that a directory or a file really got', async () => {
    const { cloud } = bench.emulated;
    await cloud.fault('name-changed', { count: 1 });
    assert.equal((await bench.write.makeDirectory(bench.folder, 'Folder', callOf())).name, 'Folde..');
    await cloud.fault('rename-keeps-extension');
    const renamed = await bench.write.rename(await newFile('a.txt'), 'b.mkv', callOf());
    assert.equal(renamed.name, 'b.txt');
  });

  it('reject with EEXIST when a directory of the name is there', async () => {
    const [one, other] = [await newDirectory(), await newDirectory()];
    const error = await failureOf(bench.write.rename(other, one.name, callOf()));
    assert.equal(error.errno, 'EEXIST');
  });

  for (const fault of ['mutation-busy', 'mutation-lost-answer'] as const) {
    it(`are carried out in spite of ${fault}`, async () => {
      const { cloud } = bench.emulated;
      const target = await newDirectory();
      const file = await newFile();
      await cloud.fault(fault, { count: 2 });
      await bench.write.move([file], target, callOf());
      assert.deepEqual(await childrenOf(target), [file.name]);
      await cloud.fault(fault, { count: 2 });
      await bench.write.remove([file], callOf());
      assert.deepEqual(await childrenOf(target), []);
      await cloud.fault(fault, { count: 1 });
      await trash().restore([await inBin(file.name)], callOf());
      assert.deepEqual(await childrenOf(target), [file.name]);
    });
  }

  it('wait for a large delete that the cloud is still busy with', async () => {
    const [one, other] = [await newFile(), await newFile()];
    await bench.emulated.cloud.fault('delete-slow', { count: 1, value: 20_000 });
    await bench.write.remove([one], callOf());
    await bench.write.remove([other], callOf());
    const names = (await bench.list()).map(({ name }) => name);
    assert.ok(!names.includes(one.name) && !names.includes(other.name));
  });

  it('reject with EBUSY when the cloud stays busy', async () => {
    const file = await newFile();
    await bench.emulated.cloud.fault('mutation-busy');
    assert.equal((await failureOf(bench.write.remove([file], callOf()))).errno, 'EBUSY');
  });

  it('keep to one operation at a time, and end at once when they wait for their turn in vain', async () => {
    const { cloud } = bench.emulated;
    const [one, other] = [await newFile(), await newFile()];
    await cloud.fault('hold-answer', { count: 1, match: '/open/ufile/delete' });
    const first = bench.write.remove([one], callOf());
    const abort = new AbortController();
    const second = bench.write.remove([other], callOf('background', abort.signal));
    const reason = new Error('nobody waits');
    abort.abort(reason);
    await assert.rejects(second, reason);
    while ((await cloud.held()).length === 0) await new Promise((resolve) => setImmediate(resolve));
    await cloud.release();
    await first;
    assert.deepEqual((await cloud.figures()).calls.byName['ufile/delete'], 1);
  });

  it('take many entries in one call', async () => {
    const { cloud } = bench.emulated;
    const [source, target] = [await newDirectory(), await newDirectory()];
    for (let index = 0; index < 100; index += 1) {
      await cloud.addFile({ parent: source.id, name: `${index}`, size: 1 });
    }
    const entries: Entry[] = [];
    for await (const page of bench.driver.list(source, callOf())) entries.push(...page);
    await cloud.clearFigures();
    await bench.write.move(entries, target, callOf());
    assert.equal(await totalCalls(), 2);
    await bench.write.remove(entries, callOf());
    assert.equal(await totalCalls(), 3);
    assert.deepEqual(await childrenOf(target), []);
  });

  it('ask nothing for no entries', async () => {
    await bench.write.move([], bench.folder, callOf());
    await bench.write.remove([], callOf());
    await bench.driver.copy?.copy([], bench.folder, callOf());
    await trash().restore([], callOf());
    await trash().purge([], callOf());
    assert.equal(await totalCalls(), 0);
  });

  it('copy once although the answer was lost', async () => {
    const target = await newDirectory();
    const file = await newFile();
    await bench.emulated.cloud.fault('mutation-lost-answer', { count: 1 });
    await bench.driver.copy?.copy([file], target, callOf());
    assert.deepEqual(await childrenOf(target), [file.name]);
  });

  it('copy when the call never arrived, beside a namesake that was there before', async () => {
    const target = await newDirectory();
    const file = await newFile();
    const { cloud } = bench.emulated;
    const created = (await cloud.now()) / 1000 - 3600;
    await cloud.addFile({ parent: target.id, name: file.name, size: file.size, created });
    await cloud.fault('api-reset', { count: 1, match: '/open/ufile/copy' });
    await bench.driver.copy?.copy([file], target, callOf());
    assert.deepEqual(await childrenOf(target), [file.name, file.name]);
  });

  it('say why something cannot be restored', async () => {
    const { cloud } = bench.emulated;
    const parent = await newDirectory();
    const { id, name } = await cloud.addFile({ parent: parent.id, name: bench.newName(), size: 1 });
    await cloud.remove({ id });
    const entry = await inBin(name);
    await cloud.purge({ id: parent.id });
    const error = await failureOf(trash().restore([entry], callOf()));
    assert.equal(error.errno, 'ENOENT');
  });

  it('list a recycle bin of several pages whatever types its fields have', async () => {
    const { cloud } = bench.emulated;
    const parent = await newDirectory();
    const names: string[] = [];
    for (let index = 0; index < 210; index += 1) {
      names.push(`binned ${index}`);
      const { id } = await cloud.addFile({ parent: parent.id, name: `binned ${index}`, size: index });
      await cloud.remove({ id });
    }
    await cloud.fault('type-chaos');
    const found: string[] = [];
    for await (const page of trash().list(callOf())) found.push(...page.map(({ name }) => name));
    assert.deepEqual(found.filter((name) => name.startsWith('binned')).sort(), names.sort());
  });
});
