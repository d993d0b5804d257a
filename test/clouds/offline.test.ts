import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { codeOf, OpenClient } from './open-client.js';
import { startCloud, type CloudProcess } from './process.js';

const MINUTE = 60_000;
const HASH = 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa';

interface ListedTask {
  readonly info_hash: string;
  readonly name: string;
  readonly status: number;
  readonly percentDone: number;
  readonly file_id: string;
  readonly size: number;
}

interface TaskPage {
  readonly page: number;
  readonly page_count: number;
  readonly count: number;
  readonly tasks: readonly ListedTask[];
}

type Form = Readonly<Record<string, string>>;

describe('emulated 115 Open, offline download', () => {
  let cloud: CloudProcess;
  let client: OpenClient;

  let untouched: unknown;

  before(async () => {
    cloud = await startCloud({ library: 'empty' });
    client = new OpenClient(cloud);
    untouched = await cloud.saveState();
  });

  beforeEach(() => cloud.loadState(untouched));

  after(() => cloud.stop());

  const post = async (call: string, form: Form) => (await client.post(`/open/offline/${call}`, form)).json();
  const add = async (urls: readonly string[], more: Form = {}) =>
    (await post('add_task_urls', { urls: urls.join('\n'), ...more }))['data'] as readonly Record<
      string,
      unknown
    >[];
  const page = async (number = 1) =>
    (await client.get('/open/offline/get_task_list', { page: String(number) })).json()['data'] as TaskPage;
  const only = async () => {
    const [task] = (await page()).tasks;
    if (task === undefined) throw new Error('no task');
    return task;
  };

  it('answers for each line in order', async () => {
    const urls = [
      'https://example.org/a.iso',
      'nonsense',
      'https://example.org/a.iso',
      `magnet:?xt=urn:btih:${HASH.toUpperCase()}&dn=Film`,
      'ed2k://|file|%E5%BD%B1.mkv|1234|31D6CFE0D16AE931B73C59D7E0C089C0|/',
      'magnet:?xt=urn:btih:short',
    ];
    const outcomes = await add(urls);
    assert.deepEqual(
      outcomes.map(({ state, code, url }) => [state, code, url]),
      [
        [true, 0, urls[0]],
        [false, 10004, urls[1]],
        [false, 10008, urls[2]],
        [true, 0, urls[3]],
        [true, 0, urls[4]],
        [false, 10004, urls[5]],
      ],
    );
    assert.equal(outcomes[3]?.['info_hash'], HASH);
    assert.ok(!('info_hash' in (outcomes[1] ?? {})));
    const named = (await page()).tasks.map(({ name, size }) => [name, size]);
    assert.deepEqual(named[0], ['影.mkv', 1234]);
  });

  it('goes from allocating over downloading to done in the cloud’s time, and then the file is there', async () => {
    const folder = (await cloud.addDirectory('downloads')).id;
    await add(['https://example.org/dir/a.iso?x=1'], { wp_path_id: folder });
    const first = await only();
    assert.deepEqual([first.status, first.percentDone, first.file_id], [0, 0, '']);
    await cloud.advanceClock(MINUTE / 2);
    const middle = await only();
    assert.equal(middle.status, 1);
    assert.ok(middle.percentDone >= 50 && middle.percentDone < 100, String(middle.percentDone));
    await assert.rejects(cloud.item({ path: 'downloads/a.iso' }), /no item/);
    await cloud.advanceClock(MINUTE / 2);
    const item = await cloud.item({ path: 'downloads/a.iso' });
    const done = await only();
    assert.deepEqual([done.status, done.percentDone, done.file_id], [2, 100, item.id]);
    assert.equal(item.size, done.size);
  });

  it('puts a magnet link into a folder of its own, below 云下载 by default', async () => {
    await add([`magnet:?xt=urn:btih:${HASH}&dn=Film`]);
    await cloud.advanceClock(MINUTE);
    assert.equal((await cloud.item({ path: '云下载/Film/Film.mkv' })).kind, 'file');
    assert.equal((await only()).file_id, (await cloud.item({ path: '云下载/Film' })).id);
  });

  it('knows a magnet link whose hash is written in 32 letters', async () => {
    const [outcome] = await add(['magnet:?xt=urn:btih:BMXNDRWF4TA2P5WA4K4NB5VBWLB5JZPW']);
    assert.equal(outcome?.['info_hash'], '0b2ed1c6c5e4c1a7f6c0e2b8d0f6a1b2c3d4e5f6');
  });

  it('refuses a target that is not there and an empty request', async () => {
    assert.equal(
      (await post('add_task_urls', { urls: 'https://example.org/a', wp_path_id: '99' }))['code'],
      10014,
    );
    assert.equal((await post('add_task_urls', {}))['code'], 1001);
  });

  it('gives pages of 30, the number of the page in the query', async () => {
    await add(Array.from({ length: 65 }, (_, index) => `https://example.org/${index}`));
    const pages = [await page(1), await page(2), await page(3), await page(4)];
    assert.deepEqual(
      pages.map(({ page: number, page_count, count, tasks }) => [number, page_count, count, tasks.length]),
      [
        [1, 3, 65, 30],
        [2, 3, 65, 30],
        [3, 3, 65, 5],
        [4, 3, 65, 0],
      ],
    );
    assert.equal(new Set(pages.flatMap(({ tasks }) => tasks.map((task) => task.info_hash))).size, 65);
  });

  it('counts tasks against the quota', async () => {
    await cloud.changeProfile({ offlineTasks: 2 });
    const outcomes = await add(['https://example.org/1', 'https://example.org/2', 'https://example.org/3']);
    assert.deepEqual(
      outcomes.map(({ code }) => code),
      [0, 0, 10010],
    );
    const quota = (await client.get('/open/offline/get_quota_info')).json()['data'] as Record<
      string,
      unknown
    >;
    assert.deepEqual([quota['count'], quota['used'], quota['surplus']], [2, 2, 0]);
    await cloud.changeProfile({ offlineTasks: 1500 });
  });

  it('deletes a task with or without its files', async () => {
    await add(['https://example.org/keep', 'https://example.org/drop']);
    await cloud.advanceClock(MINUTE);
    for (const { name, info_hash } of (await page()).tasks) {
      await post('del_task', { info_hash, del_source_file: name === 'drop' ? '1' : '0' });
    }
    assert.deepEqual((await cloud.named('drop')).length, 0);
    assert.deepEqual((await cloud.named('keep')).length, 1);
    assert.equal((await page()).count, 0);
    assert.equal((await post('del_task', { info_hash: HASH }))['code'], 990003);
  });

  it('clears by state', async () => {
    const left = async () => (await page()).tasks.map((task) => task.name);
    await add(['https://example.org/done']);
    await cloud.fault('offline-fails');
    await add(['https://example.org/failed']);
    await cloud.clearFault();
    await cloud.advanceClock(MINUTE);
    await add(['https://example.org/running']);
    await post('clear_task', {});
    assert.deepEqual(await left(), ['running', 'failed']);
    await post('clear_task', { flag: '2' });
    assert.deepEqual(await left(), ['running']);
    await post('clear_task', { flag: '3' });
    assert.deepEqual(await left(), []);
    assert.equal((await cloud.named('done')).length, 1);
    assert.equal((await post('clear_task', { flag: '9' }))['code'], 1001);
  });

  it('reads a torrent in the drive and brings the chosen files of it', async () => {
    const info =
      'd5:filesld6:lengthi2000000e4:pathl5:a.mkveed6:lengthi3200e4:pathl5:a.nfoeee4:name7:Example6:pieces0:e';
    const torrent = Buffer.from(`d8:announce3:url4:info${info}e`);
    const stored = await cloud.addFile({
      name: 'x.torrent',
      size: torrent.length,
      content: { kind: 'bytes', base64: torrent.toString('base64') },
    });
    const source = { torrent_sha1: await cloud.hash(stored, 'sha1'), pick_code: stored.pickCode };
    const infoHash = createHash('sha1').update(info).digest('hex');
    assert.deepEqual((await post('torrent', source))['data'], {
      file_size: 2_003_200,
      torrent_name: 'Example',
      file_count: 2,
      info_hash: infoHash,
      torrent_filelist: [
        { size: 2_000_000, path: 'Example/a.mkv', wanted: 1 },
        { size: 3200, path: 'Example/a.nfo', wanted: -1 },
      ],
    });
    const folder = (await cloud.addDirectory('bt')).id;
    const added = { ...source, info_hash: infoHash, wanted: '0', save_path: 'saved', wp_path_id: folder };
    assert.equal((await post('add_task_bt', added))['code'], 0);
    assert.equal((await post('add_task_bt', added))['code'], 10008);
    await cloud.advanceClock(MINUTE);
    assert.equal((await cloud.item({ path: 'bt/saved/Example/a.mkv' })).size, 2_000_000);
    await assert.rejects(cloud.item({ path: 'bt/saved/Example/a.nfo' }), /no item/);
    const text = await cloud.addFile({ name: 'no.torrent', size: 10 });
    const wrong = { torrent_sha1: await cloud.hash(text, 'sha1'), pick_code: text.pickCode };
    assert.equal(codeOf(await client.post('/open/offline/torrent', wrong)), 10004);
  });
});
