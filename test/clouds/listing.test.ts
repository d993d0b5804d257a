import assert from 'node:assert/strict';
import { codeOf, OpenClient } from './open-client.js';
import { startCloud, type CloudProcess } from './process.js';

describe('emulated 115 Open, listing', () => {
  let cloud: CloudProcess;
  let client: OpenClient;

  before(async () => {
    cloud = await startCloud({ library: 'demo' });
    client = new OpenClient(cloud);
  });

  after(() => cloud.stop());

  const idOf = async (path: string): Promise<string> => (await cloud.item({ path })).id;
  const names = async (query: Readonly<Record<string, string>>): Promise<string[]> =>
    (await client.list(query)).data.map((entry) => entry.fn);

  it('shows folders only when asked', async () => {
    const cid = await idOf('怪名 Awkward names');
    const withFolders = await client.list({ cid, show_dir: '1', limit: '100' });
    const files = await client.list({ cid, cur: '1', limit: '100' });
    assert.equal(withFolders.count - files.count, 1);
    assert.deepEqual(await names({ cid, show_dir: '1', nf: '1' }), ['file and folder']);
  });

  it('is flat and recursive without folders', async () => {
    const cid = await idOf('deep');
    const reply = await client.list({ cid });
    assert.deepEqual(
      reply.data.map((entry) => entry.fn),
      ['bottom.txt'],
    );
    assert.notEqual(reply.data[0]?.pid, cid);
    assert.deepEqual((await client.list({ cid, cur: '1' })).data, []);
  });

  it('is recursive with a type or a suffix, and the suffix wins', async () => {
    const cid = await idOf('电影 Films');
    assert.equal((await client.list({ cid, show_dir: '1', type: '4' })).count, 3);
    assert.equal((await client.list({ cid, show_dir: '1', type: '4', suffix: 'srt' })).count, 3);
    assert.equal((await client.list({ cid, show_dir: '1', suffix: 'srt', cur: '1' })).count, 0);
    assert.equal((await client.list({ cid, show_dir: '1', type: '4', stdir: '1' })).count, 6);
  });

  it('gives 20 entries by default, 1,150 at most, and the count of all', async () => {
    const cid = await idOf('wide');
    const usual = await client.list({ cid, show_dir: '1' });
    const most = await client.list({ cid, show_dir: '1', limit: '7000' });
    assert.deepEqual([usual.data.length, usual.count, usual.limit], [20, 1500, 20]);
    assert.deepEqual([most.data.length, most.limit], [1150, 1150]);
  });

  it('gives every entry once over its pages', async () => {
    const cid = await idOf('wide');
    const seen = new Set<string>();
    for (let offset = 0; offset < 1500; offset += 400) {
      const page = await client.list({ cid, show_dir: '1', limit: '400', offset: String(offset) });
      for (const { fid } of page.data) seen.add(fid);
    }
    assert.equal(seen.size, 1500);
  });

  it('sorts as told, and ignores the order with custom_order 0', async () => {
    const cid = await idOf('wide');
    const by = { cid, show_dir: '1', limit: '1', o: 'file_size' };
    assert.deepEqual(await names({ ...by, asc: '1', custom_order: '1' }), ['file 0001.bin']);
    assert.deepEqual(await names({ ...by, asc: '0', custom_order: '1' }), ['file 1500.bin']);
    assert.deepEqual(await names({ ...by, asc: '1', custom_order: '0' }), ['file 1500.bin']);
  });

  it('puts folders first unless custom_order is 2, system folders before all', async () => {
    const kinds = async (order: string): Promise<string> =>
      (await client.list({ cid: '0', show_dir: '1', o: 'file_name', asc: '1', custom_order: order })).data
        .map((entry) => entry.fc)
        .join('');
    assert.match(await kinds('1'), /^0+1$/);
    assert.match(await kinds('2'), /^00[01]*10+$/);
    const root = await client.list({ cid: '0', show_dir: '1' });
    assert.deepEqual(
      root.data
        .slice(0, 2)
        .map((entry) => entry.fn)
        .sort(),
      ['云下载', '最近接收'],
    );
    assert.equal(root.sys_count, 2);
  });

  it('answers for the root when the folder does not exist', async () => {
    for (const cid of ['3073999999999999999', (await cloud.item({ path: 'clip.mkv' })).id]) {
      const reply = await client.list({ cid, show_dir: '1' });
      assert.deepEqual([reply.state, reply.cid, reply.path.length], [true, 0, 1]);
    }
  });

  it('sends the folder id as a bare number of 19 digits', async () => {
    const cid = await idOf('wide');
    const text = (await client.get('/open/ufile/files', { cid, show_dir: '1', limit: '1' })).body.toString();
    assert.ok(text.includes(`"cid":${cid},`), text.slice(-300));
    assert.match(cid, /^\d{19}$/);
  });

  it('uses the types that the public SDK decodes', async () => {
    const { aid } = (await client.get('/open/ufile/files', { cid: '0' })).json();
    const info = (await client.get('/open/folder/get_info', { path: '/wide/file 0007.bin' })).json()['data'];
    const { count, folder_count, paths } = info as Record<string, unknown>;
    const ids = (paths as { file_id: unknown }[]).map((path) => typeof path.file_id);
    assert.deepEqual(
      [aid, typeof count, typeof folder_count, ids],
      [1, 'number', 'number', ['string', 'string']],
    );
  });

  it('has names that no file system likes', async () => {
    const cid = await idOf('怪名 Awkward names');
    const all = await names({ cid, show_dir: '1', limit: '100' });
    for (const name of ['a/b.txt', '.', '..', 'cafe\u0301 decomposed.txt'])
      assert.ok(all.includes(name), name);
    assert.equal(all.filter((name) => name === 'twice.txt').length, 2);
    assert.equal(all.filter((name) => name === 'file and folder').length, 2);
    assert.ok(all.some((name) => Buffer.byteLength(name) === 255));
    assert.ok(all.some((name) => Buffer.byteLength(name) > 255));
    const reply = await client.list({ cid, show_dir: '1', limit: '100' });
    assert.equal(reply.data.find((entry) => entry.fn === 'incomplete upload.mkv')?.fta, '0');
  });

  it('tells of one item by id and by path, with either separator and method', async () => {
    const id = await idOf('wide/file 0007.bin');
    const replies = [
      await client.get('/open/folder/get_info', { file_id: id }),
      await client.get('/open/folder/get_info', { path: '/wide/file 0007.bin' }),
      await client.post('/open/folder/get_info', { path: '>wide>file 0007.bin' }),
    ];
    for (const reply of replies) {
      const { file_id, size_byte, paths } = reply.json()['data'] as Record<string, unknown>;
      assert.deepEqual([file_id, size_byte, (paths as unknown[]).length], [id, 70, 2]);
    }
  });

  it('counts the whole subtree of a folder', async () => {
    const reply = await client.get('/open/folder/get_info', { path: '/wide' });
    const { count, folder_count, size_byte } = reply.json()['data'] as Record<string, unknown>;
    assert.deepEqual([count, folder_count, size_byte], [1500, 0, 11_257_500]);
  });

  it('knows neither the root nor what is deleted', async () => {
    const gone = await cloud.addFile({ name: 'gone.txt', size: 1 });
    await cloud.remove({ id: gone.id });
    for (const query of [{ file_id: '0' }, { file_id: gone.id }, { path: '/no/such' }]) {
      assert.equal(codeOf(await client.get('/open/folder/get_info', query)), 430004);
    }
    const bin = (await client.get('/open/rb/list')).json()['data'] as Record<string, { file_name?: string }>;
    assert.ok(Object.values(bin).some((entry) => entry.file_name === 'gone.txt'));
  });

  it('searches by a part of the name and by SHA-1', async () => {
    const search = async (query: Readonly<Record<string, string>>): Promise<string[]> => {
      const { data } = (await client.get('/open/ufile/search', query)).json();
      return (data as { file_name: string }[]).map((found) => found.file_name);
    };
    assert.deepEqual(await search({ search_value: 'BOTTOM' }), ['bottom.txt']);
    assert.deepEqual(await search({ search_value: '20E1307DE838FB67C28577C7EC9D1C6288EB2883' }), [
      'clip.mkv',
    ]);
    assert.deepEqual(await search({ search_value: 'bottom', cid: '-1' }), []);
    assert.deepEqual(await search({ search_value: 'level 1', fc: '2' }), []);
  });

  it('moves entries between pages when the tree is edited', async () => {
    const folder = await cloud.addDirectory('edited');
    const files = [];
    for (const name of ['a', 'b', 'c']) files.push(await cloud.addFile({ parent: folder.id, name, size: 1 }));
    const query = { cid: folder.id, show_dir: '1', o: 'file_name', asc: '1', custom_order: '1', limit: '2' };
    assert.deepEqual(await names(query), ['a', 'b']);
    await cloud.remove({ id: files[0]?.id ?? '' });
    assert.deepEqual(await names({ ...query, offset: '2' }), []);
    await cloud.rename({ path: 'edited/c' }, 'A');
    assert.deepEqual(await names(query), ['A', 'b']);
    await cloud.move({ path: 'edited/b' }, '0');
    assert.deepEqual(await names(query), ['A']);
  });
});
