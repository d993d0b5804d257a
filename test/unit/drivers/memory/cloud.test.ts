import assert from 'node:assert/strict';
import { MemoryCloud } from '../../../../src/drivers/memory/cloud.js';
import { bytesContent, patternContent } from '../../../../src/drivers/memory/content.js';
import { MemoryDriver } from '../../../../src/drivers/memory/driver.js';
import { ROOT_ID } from '../../../../src/drivers/memory/tree.js';
import { callOf } from '../../../fakes/calls.js';
import { fakeEnv } from '../../../fakes/fake-env.js';

const TEXT = bytesContent(new TextEncoder().encode('text'));

async function idsOf(cloud: MemoryCloud, directoryId: string): Promise<readonly string[]> {
  const directory = cloud.entry(directoryId);
  assert.ok(directory?.kind === 'directory');
  const ids: string[] = [];
  for await (const page of new MemoryDriver(cloud, ROOT_ID).list(directory, callOf())) {
    ids.push(...page.map((entry) => entry.id));
  }
  return ids;
}

describe('MemoryCloud', () => {
  it('gives ids that no number holds exactly', () => {
    const { id } = new MemoryCloud(fakeEnv()).addFile(ROOT_ID, 'a', TEXT);
    assert.match(id, /^\d{19}$/);
    assert.notEqual(BigInt(Number(id)).toString(), id);
  });

  it('removes all that is below a directory', () => {
    const cloud = new MemoryCloud(fakeEnv());
    const outer = cloud.addDirectory(ROOT_ID, 'outer');
    const inner = cloud.addDirectory(outer.id, 'inner');
    const file = cloud.addFile(inner.id, 'file', TEXT);
    cloud.remove(outer.id);
    assert.deepEqual(
      [outer, inner, file].map(({ id }) => cloud.entry(id)),
      [null, null, null],
    );
    assert.throws(() => cloud.remove(ROOT_ID), { errno: 'EBUSY' });
  });

  it('refuses to move a directory below itself', () => {
    const cloud = new MemoryCloud(fakeEnv());
    const outer = cloud.addDirectory(ROOT_ID, 'outer');
    const inner = cloud.addDirectory(outer.id, 'inner');
    assert.throws(() => cloud.move(outer.id, inner.id), { errno: 'EINVAL' });
    assert.throws(() => cloud.move(outer.id, outer.id), { errno: 'EINVAL' });
    assert.throws(() => cloud.move(outer.id, 'nowhere'), { errno: 'ENOENT' });
  });

  it('lists in the order of ids, also what moved in', async () => {
    const cloud = new MemoryCloud(fakeEnv(), { pageSize: 2 });
    const first = cloud.addFile(ROOT_ID, 'first', TEXT);
    const directory = cloud.addDirectory(ROOT_ID, 'directory');
    const inside = [1, 2, 3].map((index) => cloud.addFile(directory.id, `${index}`, TEXT).id);
    cloud.move(first.id, directory.id);
    assert.deepEqual(await idsOf(cloud, directory.id), [first.id, ...inside]);
    assert.deepEqual(await idsOf(cloud, ROOT_ID), [directory.id]);
  });

  it('skips nothing when an entry is removed between two pages', async () => {
    const cloud = new MemoryCloud(fakeEnv(), { pageSize: 2 });
    const ids = [1, 2, 3, 4, 5].map((index) => cloud.addFile(ROOT_ID, `${index}`, TEXT).id);
    const driver = new MemoryDriver(cloud, ROOT_ID);
    const seen: string[] = [];
    for await (const page of driver.list(await driver.connect(callOf()), callOf())) {
      seen.push(...page.map((entry) => entry.id));
      if (seen.length === 2) cloud.remove(seen[0] ?? '');
    }
    assert.deepEqual(seen, ids);
  });

  it('counts the bytes of every file as used', () => {
    const cloud = new MemoryCloud(fakeEnv(), { total: 1000 });
    const directory = cloud.addDirectory(ROOT_ID, 'directory');
    cloud.addFile(directory.id, 'a', patternContent(1, 100));
    cloud.addFile(ROOT_ID, 'b', patternContent(2, 50));
    assert.deepEqual(cloud.space(), { total: 1000, used: 150 });
  });

  it('replaces a file under a new id where content is immutable, else under the same', () => {
    for (const immutableContent of [true, false]) {
      const cloud = new MemoryCloud(fakeEnv(), { immutableContent });
      const old = cloud.addFile(ROOT_ID, 'film', patternContent(1, 100));
      const replaced = cloud.replace(old.id, patternContent(2, 200));
      assert.equal(replaced.id === old.id, !immutableContent);
      assert.deepEqual([replaced.name, replaced.size], ['film', 200]);
      assert.equal(cloud.space().used, 200);
    }
  });
});

describe('MemoryGate', () => {
  it('lets each call take its latency', async () => {
    const env = fakeEnv();
    const cloud = new MemoryCloud(env, { latency: 50 });
    let answered = false;
    const asked = new MemoryDriver(cloud, ROOT_ID).connect(callOf()).then(() => (answered = true));
    await env.clock.advance(49);
    assert.equal(answered, false);
    await env.clock.advance(1);
    await asked;
    assert.equal(cloud.gate.calls('connect'), 1);
  });

  it('fails and throttles calls as an outage says, and no others', async () => {
    const cloud = new MemoryCloud(fakeEnv());
    const driver = new MemoryDriver(cloud, ROOT_ID);
    cloud.gate.outages.begin({ call: 'space', kind: 'failing', skip: 1 });
    cloud.gate.outages.begin({ call: 'connect', kind: 'throttled', times: 2 });
    await driver.space(callOf());
    await assert.rejects(driver.space(callOf()), { errno: 'EIO', reason: 'network' });
    await assert.rejects(driver.connect(callOf()), { errno: 'EBUSY', reason: 'throttle' });
    await driver.space(callOf());
    await assert.rejects(driver.connect(callOf()), { errno: 'EBUSY' });
    await driver.connect(callOf());
  });
});
