import assert from 'node:assert/strict';
import type { OfflineOutcome, OfflineTask } from '../../../../src/driver/offline.js';
import { FsError } from '../../../../src/lib/errors.js';
import { callOf } from '../../../fakes/calls.js';
import { accountUnderTest, type AccountUnderTest, directory, file } from './account-under-test.js';
import { good, inTime, refusal } from './scripted-cloud.js';

const ADD = '/open/offline/add_task_urls';
const LIST = '/open/offline/get_task_list';
const REMOVE = '/open/offline/del_task';
const HASH = '0b2ed1c6c5e4c1a7f6c0e2b8d0f6a1b2c3d4e5f6';
const LINK = 'https://example.org/a.iso';

/** Fields of a task as the API document shows them. */
function listed(changes: Readonly<Record<string, unknown>> = {}): Readonly<Record<string, unknown>> {
  return {
    info_hash: HASH,
    add_time: 1772438400,
    percentDone: 42,
    size: 734003200,
    name: 'a.iso',
    last_update: 1772438460,
    file_id: '',
    delete_file_id: '',
    status: 1,
    url: LINK,
    wp_path_id: '3073311192547189943',
    def2: 0,
    play_long: 0,
    can_appeal: 0,
    ...changes,
  };
}

const page = (tasks: readonly unknown[], pages = 1, number = 1) =>
  good({ page: number, page_count: pages, count: tasks.length, tasks });

describe('offline downloads of 115 Open', () => {
  let bench: AccountUnderTest;
  const offline = () => bench.account.drive('0').offline ?? assert.fail('no offline downloads');
  const add = async (...links: readonly string[]): Promise<readonly OfflineOutcome[]> =>
    await inTime(bench.env.clock, offline().add(links, directory('7'), callOf()));
  const all = async (): Promise<readonly OfflineTask[]> => {
    const tasks: OfflineTask[] = [];
    for await (const some of offline().list?.all(callOf()) ?? []) tasks.push(...some);
    return tasks;
  };
  const failure = async (work: Promise<unknown>): Promise<FsError> => {
    const error = await inTime(bench.env.clock, work).then(
      () => assert.fail('did not reject'),
      (thrown: unknown) => thrown,
    );
    assert.ok(error instanceof FsError);
    return error;
  };

  beforeEach(() => {
    bench = accountUnderTest();
  });

  it('reads the example of the document', async () => {
    bench.cloud.inTurn(LIST, page([listed()]));
    assert.deepEqual(await all(), [
      {
        id: HASH,
        link: LINK,
        name: 'a.iso',
        size: 734003200,
        state: 'running',
        progress: 0.42,
        addedAt: 1772438400_000,
        movedAt: 1772438460_000,
        folderId: '3073311192547189943',
        entryId: null,
        reason: null,
      },
    ]);
  });

  it('reads numbers as text, nothing for a list, and what is missing', async () => {
    const chaos = {
      percentDone: '37.5',
      size: '10',
      status: '2',
      file_id: 9,
      add_time: '',
      name: null,
      url: '',
    };
    bench.cloud.inTurn(LIST, page([listed(chaos)]), good({ page: 1, page_count: 0, count: 0, tasks: null }));
    const [task] = await all();
    assert.deepEqual(
      [task?.state, task?.progress, task?.size, task?.entryId, task?.addedAt, task?.name, task?.link],
      ['done', 1, 10, '9', null, null, null],
    );
    assert.deepEqual(await all(), []);
  });

  it('rejects a status that nobody knows', async () => {
    bench.cloud.inTurn(LIST, page([listed({ status: 7 })]));
    assert.equal((await failure(all())).reason, 'reply');
  });

  it('walks all pages, tells no task twice, and gives up a list without end', async () => {
    const other = 'f'.repeat(40);
    bench.cloud.inTurn(LIST, page([listed()], 2), page([listed(), listed({ info_hash: other })], 2, 2));
    assert.deepEqual(
      (await all()).map(({ id }) => id),
      [HASH, other],
    );
    assert.deepEqual(
      bench.cloud.asked.map(({ query }) => query['page']),
      ['1', '2'],
    );
    bench.cloud.inTurn(LIST, page([listed()], 1_000_000));
    assert.match((await failure(all())).message, /does not end/);
  });

  it('looks no further than the tasks it was asked about', async () => {
    bench.cloud.inTurn(LIST, page([listed()], 9));
    for await (const some of offline().look([HASH], callOf())) assert.equal(some.length, 1);
    assert.equal(bench.cloud.count(LIST), 1);
  });

  it('sends links a line each, with the folder', async () => {
    bench.cloud.inTurn(ADD, good([{ state: true, code: 0, message: '', info_hash: HASH, url: LINK }]));
    assert.deepEqual(await add(LINK), [{ kind: 'added', id: HASH }]);
    assert.deepEqual(bench.cloud.asked[0]?.form, { urls: LINK, wp_path_id: '7' });
  });

  it('asks again after a lost answer: the link is known then', async () => {
    const lost = new FsError('EIO', 'the connection broke', { reason: 'network' });
    bench.cloud.inTurn(ADD, lost, good([{ state: false, code: 10008, message: '任务已存在', url: LINK }]));
    bench.cloud.inTurn(LIST, page([listed()]));
    assert.deepEqual(await add(LINK), [{ kind: 'known', id: HASH }]);
  });

  it('finds the task of a magnet link whatever the cloud made of the link', async () => {
    const magnet = `magnet:?xt=urn:btih:${HASH.toUpperCase()}&tr=x`;
    bench.cloud.inTurn(ADD, good([{ state: false, code: 10008, message: '', url: magnet }]));
    bench.cloud.inTurn(LIST, page([listed({ url: `magnet:?xt=urn:btih:${HASH}` })]));
    assert.deepEqual(await add(magnet), [{ kind: 'known', id: HASH }]);
  });

  it('does not guess when fewer outcomes come than links went', async () => {
    bench.cloud.inTurn(ADD, good([]));
    const error = await failure(offline().add([LINK], directory('7'), callOf()));
    assert.deepEqual([error.reason, /0 outcomes came for 1 link/.test(error.message)], ['reply', true]);
  });

  const linkCodes: readonly (readonly [number, string, RegExp])[] = [
    [10004, 'EINVAL', /wrong link/],
    [10010, 'EDQUOT', /quota of offline downloads is used up/],
    [911, 'EIO', /solve the captcha/],
    [50038, 'EACCES', /blocked this content/],
    [123456, 'EIO', /the cloud refused/],
  ];
  for (const [code, errno, words] of linkCodes) {
    it(`tells of one link that it was refused with ${code}`, async () => {
      bench.cloud.inTurn(ADD, good([{ state: false, code, message: '失败', url: LINK }]));
      const [outcome] = await add(LINK);
      assert.ok(outcome?.kind === 'refused');
      assert.equal(outcome.error.errno, errno);
      assert.match(outcome.error.message, words);
      assert.match(outcome.error.message, new RegExp(`115 says: 失败, code ${code}`));
    });
  }

  const callCodes: readonly (readonly [number, string, string, RegExp])[] = [
    [1001, 'EINVAL', 'refused', /wrong parameter/],
    [10004, 'EINVAL', 'refused', /wrong link/],
    [10008, 'EEXIST', 'refused', /there is an offline download of this link already/],
    [10010, 'EDQUOT', 'refused', /quota of offline downloads is used up/],
    [10014, 'ENOENT', 'gone', /target folder does not exist/],
    [990002, 'EINVAL', 'refused', /wrong parameter/],
    [990003, 'EIO', 'throttle', /operation failed/],
    [990005, 'EBUSY', 'throttle', /another task of this account/],
    [406, 'ETIMEDOUT', 'throttle', /limit of calls is reached/],
    [770004, 'ETIMEDOUT', 'throttle', /calls come too often/],
    [590075, 'ETIMEDOUT', 'throttle', /calls come too often/],
    [911, 'ETIMEDOUT', 'throttle', /solve the captcha/],
    [980006, 'EIO', 'refused', /does not know this call/],
  ];
  for (const [code, errno, reason, words] of callCodes) {
    it(`says in its own words what a call refused with ${code} means`, async () => {
      bench.cloud.inTurn(ADD, refusal(code, '失败'));
      const error = await failure(offline().add([LINK], directory('7'), callOf()));
      assert.deepEqual([error.errno, error.reason], [errno, reason]);
      assert.match(error.message, words);
    });
  }

  it('believes a removal that failed when the task is gone, and only then', async () => {
    const task: OfflineTask = {
      ...{ id: HASH, link: LINK, name: null, size: null, state: 'running', progress: 0, addedAt: null },
      ...{ movedAt: null, folderId: '7', entryId: null, reason: null },
    };
    const remove = async () =>
      await inTime(
        bench.env.clock,
        offline().list?.remove([task], { files: true }, callOf()) ?? assert.fail(),
      );
    bench.cloud.inTurn(REMOVE, refusal(990003, '操作失败'));
    bench.cloud.inTurn(LIST, page([]));
    await remove();
    assert.deepEqual(bench.cloud.asked[0]?.form, { info_hash: HASH, del_source_file: '1' });
    bench.cloud.inTurn(LIST, page([listed()]));
    await assert.rejects(remove, { errno: 'EIO', message: /operation failed/ });
  });

  it('begins a task again by asking for its link in its folder', async () => {
    bench.cloud.inTurn(REMOVE, good([]));
    bench.cloud.inTurn(ADD, good([{ state: true, code: 0, message: '', info_hash: HASH, url: LINK }]));
    bench.cloud.inTurn(LIST, page([listed({ status: -1 })]));
    const [task] = await all();
    assert.ok(task !== undefined);
    assert.deepEqual(await offline().retry(task, callOf()), { kind: 'added', id: HASH });
    assert.deepEqual(
      bench.cloud.asked.slice(1).map(({ form }) => form),
      [
        { info_hash: HASH, del_source_file: '0' },
        { urls: LINK, wp_path_id: '3073311192547189943' },
      ],
    );
    assert.equal((await failure(offline().retry({ ...task, link: null }, callOf()))).errno, 'EINVAL');
  });

  it('clears by the flags on which all sources agree', async () => {
    bench.cloud.inTurn('/open/offline/clear_task', good([]));
    for (const which of ['done', 'all', 'failed', 'running'] as const)
      await offline().list?.clear(which, callOf());
    assert.deepEqual(
      bench.cloud.asked.map(({ form }) => form['flag']),
      ['0', '1', '2', '3'],
    );
  });

  it('reads the quota of the document', async () => {
    const expires = [{ surplus: 1480, expire_time: 1775030400 }];
    const packages = [{ surplus: 1480, used: 20, count: 1500, name: 'VIP', expire_info: expires }];
    bench.cloud.inTurn(
      '/open/offline/get_quota_info',
      good({ package: packages, count: 1500, surplus: 1480, used: 20 }),
      good({ count: '10', surplus: '0', used: '10', package: [] }),
    );
    assert.deepEqual(await offline().quota(callOf()), {
      total: 1500,
      used: 20,
      left: 1480,
      packages: [{ name: 'VIP', total: 1500, left: 1480, expiresAt: 1775030400_000 }],
    });
    assert.deepEqual(await offline().quota(callOf()), { total: 10, used: 10, left: 0, packages: [] });
  });

  describe('from torrents', () => {
    const torrentFile = file('5', { hash: { kind: 'sha1', value: 'A'.repeat(40) } });
    const content = {
      file_size: 734003200,
      torrent_name: 'Example',
      file_count: 2,
      info_hash: HASH.toUpperCase(),
      torrent_filelist: [
        { size: 734000000, path: 'Example/a.mkv', wanted: 1 },
        { size: '3200', path: 'Example/a.nfo', wanted: -1 },
      ],
    };
    const torrents = () => offline().torrents ?? assert.fail('no torrents');

    it('reads the example of the document, and asks for files by their places', async () => {
      bench.cloud.inTurn('/open/offline/torrent', good(content));
      bench.cloud.inTurn('/open/offline/add_task_bt', good([]));
      const torrent = await torrents().read(torrentFile, callOf());
      assert.deepEqual(torrent, {
        id: HASH,
        name: 'Example',
        files: [
          { path: 'Example/a.mkv', size: 734000000, preselected: true },
          { path: 'Example/a.nfo', size: 3200, preselected: false },
        ],
      });
      const outcome = await torrents().add(torrentFile, torrent, [0, 1], directory('7'), callOf());
      assert.deepEqual(outcome, { kind: 'added', id: HASH });
      const { form } = bench.cloud.asked[1] ?? assert.fail();
      assert.deepEqual([form['wanted'], form['wp_path_id'], form['pick_code']], ['0,1', '7', 'pick5']);
    });

    it('refuses a file without a hash, and a choice of nothing', async () => {
      assert.equal((await failure(torrents().read(file('5'), callOf()))).reason, 'reply');
      const torrent = { id: HASH, name: 'x', files: [] };
      const error = await failure(torrents().add(torrentFile, torrent, [], directory('7'), callOf()));
      assert.equal(error.errno, 'EINVAL');
    });
  });
});
