import assert from 'node:assert/strict';
import { codeOf, OpenClient } from './open-client.js';
import type { PlainResponse } from './plain-http.js';
import { startCloud, type CloudProcess } from './process.js';

type Form = Readonly<Record<string, string>>;

describe('emulated 115 Open, changes', () => {
  let cloud: CloudProcess;
  let client: OpenClient;

  before(async () => {
    cloud = await startCloud({ library: 'empty' });
    client = new OpenClient(cloud);
  });

  after(() => cloud.stop());

  const addFolder = (form: Form) => client.post('/open/folder/add', form);
  const update = (form: Form) => client.post('/open/ufile/update', form);
  const copy = (form: Form) => client.post('/open/ufile/copy', form);
  const move = (form: Form) => client.post('/open/ufile/move', form);
  const remove = (...ids: string[]) => client.post('/open/ufile/delete', { file_ids: ids.join(',') });
  const folder = async (name: string, parent = '0') => (await cloud.addDirectory(name, parent)).id;
  const file = async (name: string, parent: string, size = 10) =>
    (await cloud.addFile({ name, parent, size })).id;
  const names = async (id: string) => (await cloud.children({ id })).map((item) => item.name).sort();
  const dataOf = (reply: PlainResponse) => reply.json()['data'] as Readonly<Record<string, unknown>>;

  /** Runs with a changed profile and puts the usual one back. */
  const withSettings = async (
    settings: Parameters<CloudProcess['changeProfile']>[0],
    run: () => Promise<void>,
  ) => {
    const usual = await cloud.profile();
    await cloud.changeProfile(settings);
    await run().finally(() => cloud.changeProfile(usual));
  };

  describe('folder/add', () => {
    it('makes a folder whose id works at once', async () => {
      const made = dataOf(await addFolder({ pid: '0', file_name: '新建 folder' }));
      const id = String(made['file_id']);
      assert.deepEqual(made, { file_name: '新建 folder', file_id: id });
      assert.equal(codeOf(await addFolder({ pid: id, file_name: 'inner' })), 0);
      assert.equal((await client.list({ cid: id, show_dir: '1' })).count, 1);
    });

    it('refuses what the document says it refuses', async () => {
      await folder('taken');
      const wrong: readonly (readonly [Form, number])[] = [
        [{ pid: '0', file_name: 'taken' }, 20004],
        [{ pid: '99', file_name: 'x' }, 20009],
        [{ pid: '0' }, 20001],
        ...['"', '<', '>'].map((sign) => [{ pid: '0', file_name: `a${sign}b` }, 20003] as const),
        [{ pid: '0', file_name: 'x'.repeat(256) }, 20002],
      ];
      for (const [form, code] of wrong)
        assert.equal(codeOf(await addFolder(form)), code, JSON.stringify(form));
    });

    it('lets a file have the name of the folder', async () => {
      await cloud.addFile({ name: 'file first', size: 1 });
      assert.equal(codeOf(await addFolder({ pid: '0', file_name: 'file first' })), 0);
    });

    it('refuses one entry more than a folder may have', async () => {
      const id = await folder('full');
      await file('a', id);
      await withSettings({ entriesPerFolder: 1 }, async () => {
        assert.equal(codeOf(await addFolder({ pid: id, file_name: 'x' })), 2);
      });
    });
  });

  describe('update', () => {
    it('renames with extension and all, and stars', async () => {
      const id = await file('clip.mkv', '0');
      assert.deepEqual(dataOf(await update({ file_id: id, file_name: 'clip-2.avi' })), {
        file_name: 'clip-2.avi',
        star: '0',
      });
      assert.deepEqual(dataOf(await update({ file_id: id, star: '1' })), {
        file_name: 'clip-2.avi',
        star: '1',
      });
      const { name, starred } = await cloud.item({ id });
      assert.deepEqual([name, starred], ['clip-2.avi', true]);
    });

    it('lets two files have one name, but not two folders', async () => {
      const parent = await folder('names');
      const [one, other] = [await file('a', parent), await file('b', parent)];
      const [first] = [await folder('d', parent), await folder('e', parent)];
      assert.equal(codeOf(await update({ file_id: other, file_name: 'a' })), 0);
      assert.equal(codeOf(await update({ file_id: first, file_name: 'e' })), 20004);
      assert.equal(codeOf(await update({ file_id: first, file_name: 'd' })), 0);
      assert.equal(codeOf(await update({ file_id: one, file_name: 'd' })), 0);
      assert.deepEqual(await names(parent), ['a', 'd', 'd', 'e']);
    });

    it('refuses names that cannot be', async () => {
      const id = await folder('long');
      assert.equal(codeOf(await update({ file_id: id, file_name: '长'.repeat(86) })), 20002);
      assert.equal(codeOf(await update({ file_id: id, file_name: 'a<b' })), 20003);
      assert.equal(codeOf(await update({ file_name: 'x' })), 990002);
    });

    it('succeeds for what is deleted', async () => {
      const id = await file('gone', '0');
      await cloud.remove({ id });
      const reply = await update({ file_id: id, file_name: 'other' });
      assert.deepEqual([codeOf(reply), dataOf(reply)['file_name']], [0, 'other']);
      assert.equal((await cloud.item({ id })).name, 'gone');
    });
  });

  describe('move', () => {
    it('keeps ids and pick codes, and namesakes', async () => {
      const [from, to] = [await folder('from'), await folder('to')];
      const ids = [await file('a', from), await file('b', from)];
      await file('a', to);
      const before = await cloud.item({ id: ids[0] ?? '' });
      const reply = (await move({ file_ids: ids.join(','), to_cid: to })).json();
      assert.deepEqual([reply['state'], reply['data']], [true, []]);
      assert.deepEqual(await names(to), ['a', 'a', 'b']);
      assert.deepEqual(await cloud.item({ id: before.id }), { ...before, parent: to });
    });

    it('refuses cycles, unknown targets, unknown items and too many', async () => {
      const top = await folder('cycle');
      const inner = await folder('inner', top);
      const refused = async (form: Form) => codeOf(await move(form));
      assert.equal(await refused({ file_ids: top, to_cid: inner }), 800006);
      assert.equal(await refused({ file_ids: top, to_cid: top }), 800006);
      assert.equal(await refused({ file_ids: top, to_cid: '99' }), 20009);
      assert.equal(await refused({ file_ids: '99', to_cid: '0' }), 70005);
      assert.equal(await refused({ to_cid: '0' }), 990002);
      await withSettings({ itemsPerOperation: 1 }, async () => {
        assert.equal(await refused({ file_ids: top, to_cid: '0' }), 990023);
      });
    });
  });

  describe('copy', () => {
    it('copies trees with ids of their own and the same bytes', async () => {
      const source = await folder('source');
      const inner = await folder('inner', source);
      const original = await file('deep', inner, 1000);
      const target = await folder('target');
      const reply = (await copy({ file_id: source, pid: target })).json();
      assert.deepEqual([reply['state'], reply['data']], [true, []]);
      const made = await cloud.item({ path: 'target/source/inner/deep' });
      assert.notEqual(made.id, original);
      assert.notEqual(made.pickCode, (await cloud.item({ id: original })).pickCode);
      assert.equal(await cloud.hash(made, 'sha1'), await cloud.hash({ id: original }, 'sha1'));
    });

    it('allows duplicates unless nodupli says no; no_dupli says nothing', async () => {
      const [source, target] = [await folder('once'), await folder('twice')];
      const ids = [await file('a', source), await file('b', source)];
      const copyTo = async (more: Form) =>
        codeOf(await copy({ file_id: ids.join(','), pid: target, ...more }));
      assert.deepEqual([await copyTo({}), await copyTo({ no_dupli: '1' })], [0, 0]);
      assert.deepEqual(await names(target), ['a', 'a', 'b', 'b']);
      assert.equal(await copyTo({ nodupli: '1' }), 21003);
      await update({ file_id: ids[0] ?? '', file_name: 'new' });
      assert.equal(await copyTo({ nodupli: '1' }), 0);
      assert.deepEqual(await names(target), ['a', 'a', 'b', 'b', 'new']);
    });

    it('refuses its own subtree, a full account, too many items', async () => {
      const top = await folder('whole');
      const inner = await folder('part', top);
      const big = await file('big', top, 1000);
      assert.equal(codeOf(await copy({ file_id: top, pid: inner })), 91002);
      assert.equal(codeOf(await copy({ file_id: '99', pid: top })), 70005);
      await cloud.setSpace(1);
      assert.equal(codeOf(await copy({ file_id: big, pid: inner })), 91005);
      await cloud.setSpace(1e15);
      await withSettings({ itemsPerOperation: 2 }, async () => {
        assert.equal(codeOf(await copy({ file_id: top, pid: '0' })), 91004);
      });
    });
  });

  describe('delete', () => {
    it('takes folders with all below into the recycle bin', async () => {
      const top = await folder('doomed');
      const inner = await file('inside', top);
      const reply = (await remove(top)).json();
      assert.deepEqual([reply['state'], reply['data']], [true, []]);
      assert.equal(codeOf(await client.get('/open/folder/get_info', { file_id: inner })), 430004);
      assert.equal((await cloud.bin())[0]?.id, top);
      assert.equal(codeOf(await remove(top)), 231011);
      assert.equal(codeOf(await remove()), 990002);
    });

    it('does what it can of a batch', async () => {
      const id = await file('one of two', '0');
      assert.equal(codeOf(await remove('99', id)), 0);
      assert.equal((await cloud.item({ id })).trash === null, false);
    });
  });

  describe('recycle bin', () => {
    const binId = async (id: string) => (await cloud.item({ id })).trash?.id ?? '';
    const revert = async (...ids: string[]) =>
      dataOf(await client.post('/open/rb/revert', { tid: ids.join(',') }));

    it('lists under ids of its own, with counters beside them', async () => {
      const parent = await folder('bin parent');
      const id = await file('binned.mkv', parent, 2000);
      await remove(id);
      const data = dataOf(await client.get('/open/rb/list'));
      const key = await binId(id);
      assert.notEqual(key, id);
      const { dtime, sha1, ...entry } = data[key] as Record<string, unknown>;
      assert.match(String(dtime), /^\d{10}$/);
      assert.equal(sha1, await cloud.hash({ id }, 'sha1'));
      assert.deepEqual(entry, {
        id: key,
        file_name: 'binned.mkv',
        type: '1',
        file_size: '2000',
        thumb_url: '',
        status: '0',
        cid: parent,
        parent_name: 'bin parent',
        pick_code: (await cloud.item({ id })).pickCode,
        ico: 'mkv',
        isv: 1,
      });
      assert.deepEqual([data['limit'], data['offset'], typeof data['count']], [30, 0, 'string']);
      assert.equal(dataOf(await client.get('/open/rb/list', { limit: '9999' }))['limit'], 200);
    });

    it('gives back to the old folder, and tells for each id what became of it', async () => {
      const parent = await folder('restored');
      const id = await file('back', parent);
      await remove(id);
      const key = await binId(id);
      const data = await revert(key, '99');
      assert.deepEqual(data[key], { state: true, error: '', errno: 0 });
      assert.equal((data['99'] as Record<string, unknown>)['state'], false);
      assert.deepEqual(await names(parent), ['back']);
    });

    it('does not give back into a folder that is gone', async () => {
      const parent = await folder('gone parent');
      const id = await file('orphan', parent);
      await remove(id);
      await remove(parent);
      const key = await binId(id);
      assert.equal(((await revert(key))[key] as Record<string, unknown>)['errno'], 800001);
    });

    it('purges the ids it is given, and all of them without ids', async () => {
      const ids = [await file('p1', '0', 500), await file('p2', '0'), await file('p3', '0')];
      await remove(...ids);
      const purge = (form: Form) => client.post('/open/rb/del', form);
      assert.equal(codeOf(await purge({ tid: await binId(ids[0] ?? '') })), 0);
      await assert.rejects(cloud.item({ id: ids[0] ?? '' }), /no item/);
      assert.equal((await cloud.item({ id: ids[1] ?? '' })).name, 'p2');
      assert.equal(
        codeOf(await purge({ tid: Array.from({ length: 1151 }, (_, id) => id).join(',') })),
        990002,
      );
      assert.equal(codeOf(await purge({})), 0);
      assert.deepEqual(await cloud.bin(), []);
    });
  });

  it('refuses a second operation while one runs, and says which one does', async () => {
    const parent = await folder('busy');
    const ids = [await file('1', parent), await file('2', parent)];
    await withSettings({ busyPerItem: 60_000 }, async () => {
      assert.equal(codeOf(await remove(ids[0] ?? '')), 0);
      assert.equal(codeOf(await remove(ids[1] ?? '')), 990009);
      assert.equal(codeOf(await addFolder({ pid: parent, file_name: 'meanwhile' })), 0);
      await cloud.advanceClock(60_001);
      assert.equal(codeOf(await move({ file_ids: ids[1] ?? '', to_cid: '0' })), 0);
      assert.equal(codeOf(await copy({ file_id: ids[1] ?? '', pid: parent })), 990019);
      await cloud.advanceClock(60_001);
      assert.equal(codeOf(await copy({ file_id: ids[1] ?? '', pid: parent })), 0);
      await cloud.advanceClock(60_001);
    });
  });

  it('lists, finds by path and searches what is new only after the delays', async () => {
    const parent = await folder('delayed');
    await withSettings({ visibilityDelay: 1000, searchDelay: 20_000 }, async () => {
      const made = dataOf(await addFolder({ pid: parent, file_name: 'late folder' }));
      const seen = async () => [
        (await client.list({ cid: parent, show_dir: '1' })).count,
        codeOf(await client.get('/open/folder/get_info', { path: '/delayed/late folder' })),
        (await client.get('/open/ufile/search', { search_value: 'late folder' })).json()['count'],
      ];
      assert.deepEqual(await seen(), [0, 430004, 0]);
      const byId = await client.get('/open/folder/get_info', { file_id: String(made['file_id']) });
      assert.equal(codeOf(byId), 0);
      await cloud.advanceClock(1000);
      assert.deepEqual(await seen(), [1, 0, 0]);
      await cloud.advanceClock(19_000);
      assert.deepEqual(await seen(), [1, 0, 1]);
    });
  });
});
