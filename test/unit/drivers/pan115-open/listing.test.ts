import assert from 'node:assert/strict';
import type { Entry } from '../../../../src/driver/entry.js';
import { FsError } from '../../../../src/lib/errors.js';
import { callOf } from '../../../fakes/calls.js';
import { accountUnderTest, directory } from './account-under-test.js';
import { type Answer, type Asked, type ScriptedCloud, good, inTime, refusal } from './scripted-cloud.js';

const LIST = '/open/ufile/files';
const INFO = '/open/folder/get_info';

interface Item {
  readonly fid: string;
  readonly [field: string]: unknown;
}

function items(count: number, first = 1000): readonly Item[] {
  return Array.from({ length: count }, (_, index) => ({
    fid: String(first + index),
    pid: '7',
    fc: '1',
    fn: `${first + index}.mkv`,
    pc: `pick${first + index}`,
    upt: 1772348400,
    uppt: 1772000000,
    fs: 5,
    fta: '1',
    sha1: '20e1307de838fb67c28577c7ec9d1c6288eb2883',
    aid: '1',
  }));
}

function answer(data: readonly Item[], count: number, cid: string | number = 7): Answer {
  return { json: { data, count, cid, path: [{ cid: 0 }, { cid }], state: true, message: '', code: 0 } };
}

/** Pages of a folder as the cloud cuts them. */
function paged(all: readonly Item[]): (asked: Asked) => Answer {
  return ({ query }) => {
    const offset = Number(query['offset']);
    return answer(all.slice(offset, offset + Number(query['limit'])), all.length);
  };
}

interface Setup {
  readonly cloud: ScriptedCloud;
  readonly list: () => Promise<{ readonly entries: readonly Entry[]; readonly pages: number }>;
}

function setup(pageSize = 1150): Setup {
  const { env, cloud, account } = accountUnderTest({ accessToken: 'access-a', pageSize });
  cloud.on(INFO, () => good({ file_id: '7', file_name: 'x', file_category: '0' }));
  const list = async (): ReturnType<Setup['list']> => {
    const entries: Entry[] = [];
    let pages = 0;
    for await (const page of account.drive('0').list(directory('7'), callOf())) {
      pages += 1;
      entries.push(...page);
    }
    return { entries, pages };
  };
  return { cloud, list: () => inTime(env.clock, list()) };
}

async function fails(work: Promise<unknown>): Promise<FsError> {
  try {
    await work;
  } catch (error) {
    assert.ok(error instanceof FsError, String(error));
    return error;
  }
  assert.fail('did not reject');
}

describe('115 Open listing', () => {
  it('asks for direct children in a stable order', async () => {
    const { cloud, list } = setup();
    cloud.on(LIST, paged(items(2)));
    await list();
    assert.deepEqual(cloud.asked[0]?.query, {
      cid: '7',
      offset: '0',
      limit: '1150',
      show_dir: '1',
      cur: '1',
      o: 'file_name',
      asc: '1',
      custom_order: '1',
    });
    assert.equal(cloud.asked.length, 1);
  });

  it('gives a file with its times, size, hash and pick code', async () => {
    const { cloud, list } = setup();
    cloud.on(LIST, paged(items(1)));
    assert.deepEqual((await list()).entries, [
      {
        kind: 'file',
        id: '1000',
        parentId: '7',
        name: '1000.mkv',
        modifiedAt: 1772348400_000,
        createdAt: 1772000000_000,
        attributes: { pickcode: 'pick1000' },
        size: 5,
        hash: { kind: 'sha1', value: '20E1307DE838FB67C28577C7EC9D1C6288EB2883' },
      },
    ]);
  });

  it('hides what is not completely uploaded, binned or purged, but counts it', async () => {
    const { cloud, list } = setup(20);
    const [whole, ...rest] = items(42);
    const hidden = rest.map((item, index) => {
      if (index % 4 === 0) return { ...item, fta: '0' };
      if (index % 4 === 1) return { ...item, fta: '2' };
      return { ...item, aid: index % 4 === 2 ? '7' : 120 };
    });
    const folder = { ...items(1, 5000)[0], fc: '0', fta: '', fid: '5000' };
    cloud.on(LIST, paged([...hidden, folder, whole ?? { fid: '' }]));
    const { entries } = await list();
    assert.deepEqual(
      entries.map((entry) => [entry.kind, entry.id]),
      [
        ['directory', '5000'],
        ['file', '1000'],
      ],
    );
    assert.equal(cloud.count(LIST), 3);
  });

  it('yields nothing for an empty folder', async () => {
    const { cloud, list } = setup();
    cloud.on(LIST, () => answer([], 0));
    assert.deepEqual(await list(), { entries: [], pages: 0 });
  });

  for (const [size, calls] of [
    [1150, 1],
    [1151, 2],
    [2500, 3],
  ] as const) {
    it(`lists ${size} entries in ${calls} calls`, async () => {
      const { cloud, list } = setup();
      cloud.on(LIST, paged(items(size)));
      const { entries } = await list();
      assert.equal(new Set(entries.map((entry) => entry.id)).size, size);
      assert.equal(entries.length, size);
      assert.equal(cloud.count(LIST), calls);
    });
  }

  it('tells a waiting caller of every page that arrives', async () => {
    const { cloud, list } = setup(100);
    cloud.on(LIST, paged(items(950)));
    const { pages } = await list();
    assert.ok(pages >= 10, String(pages));
  });

  it('lists again when the number of entries changes between pages, without what is gone', async () => {
    const { cloud, list } = setup(100);
    const before = items(250);
    const after = before.filter((item) => item.fid !== '1005');
    let calls = 0;
    cloud.on(LIST, (asked) => paged((calls += 1) === 1 ? before : after)(asked));
    const { entries } = await list();
    assert.deepEqual(entries.map((entry) => entry.id).sort(), after.map((item) => item.fid).sort());
  });

  it('gives up with EIO when the number of entries never stays', async () => {
    const { cloud, list } = setup(100);
    let count = 250;
    cloud.on(LIST, ({ query }) => answer(items(100, Number(query['offset'])), (count += 1)));
    const error = await fails(list());
    assert.deepEqual([error.errno, error.reason], ['EIO', 'reply']);
    assert.match(error.message, /the number of entries went from \d+ to \d+, 3 times in a row$/);
    assert.equal(cloud.count(LIST), 6);
  });

  it('lists again when a page is repeated', async () => {
    const { cloud, list } = setup(100);
    let calls = 0;
    cloud.on(LIST, (asked) => {
      calls += 1;
      return paged(items(250))(calls === 2 ? { ...asked, query: { ...asked.query, offset: '0' } } : asked);
    });
    const { entries } = await list();
    assert.equal(entries.length, 250);
    assert.equal(new Set(entries.map((entry) => entry.id)).size, 250);
  });

  it('ends with EIO, soon, when an entry never comes', async () => {
    const { cloud, list } = setup(100);
    cloud.on(LIST, (asked) => {
      const page = paged(items(250))(asked).json as { data: readonly Item[]; count: number };
      return answer(
        page.data.filter((item) => item.fid !== '1050'),
        250,
      );
    });
    const error = await fails(list());
    assert.match(error.message, /249 of 250 entries came, 3 times in a row$/);
    assert.ok(cloud.count(LIST) <= 12, String(cloud.count(LIST)));
  });

  it('never takes an empty page for an empty folder when there should be entries', async () => {
    const { cloud, list } = setup();
    cloud.inTurn(LIST, answer([], 3), answer(items(3), 3));
    assert.equal((await list()).entries.length, 3);
    cloud.on(LIST, () => answer([], 3));
    assert.equal((await fails(list())).errno, 'EIO');
  });

  for (const [name, wrong] of [
    ['the root', answer(items(3), 3, 0)],
    ['another folder by its id', { json: { data: [], count: 0, cid: '8', state: true, code: 0 } }],
    ['another folder by its path', { json: { data: [], count: 0, path: [{ cid: '8' }], state: true } }],
    ['nobody knows which folder', { json: { data: [], count: 0, state: true, code: 0 } }],
  ] as const) {
    it(`rejects with EIO when the answer is about ${name}`, async () => {
      const { cloud, list } = setup();
      cloud.on(LIST, () => wrong);
      const error = await fails(list());
      assert.deepEqual([error.errno, error.reason], ['EIO', 'reply']);
    });
  }

  it('goes on when one answer was about another folder', async () => {
    const { cloud, list } = setup(100);
    let calls = 0;
    cloud.on(LIST, (asked) =>
      (calls += 1) === 2 ? answer(items(100, 9000), 100, 0) : paged(items(250))(asked),
    );
    const { entries } = await list();
    assert.equal(entries.length, 250);
    assert.ok(entries.every((entry) => Number(entry.id) < 9000));
  });

  for (const [name, gone] of [
    ['a code', refusal(430004, 'gone')],
    ['an empty list', good([])],
  ] as const) {
    it(`rejects with ENOENT when the folder is gone, told by ${name}`, async () => {
      const { cloud, list } = setup();
      cloud.on(LIST, () => answer(items(3), 3, 0)).on(INFO, () => gone);
      const error = await fails(list());
      assert.deepEqual([error.errno, error.reason], ['ENOENT', 'gone']);
      assert.equal(cloud.asked.length, 2);
    });
  }

  for (const [name, refused] of [
    ['HTTP 404', { status: 404, text: 'not found' }],
    ['a parameter error', refusal(990002, 'x')],
    ['an unknown code', refusal(5, 'x')],
  ] as const) {
    it(`asks for smaller pages when a big one is refused with ${name}`, async () => {
      const { cloud, list } = setup();
      cloud.on(LIST, (asked) => (Number(asked.query['limit']) > 200 ? refused : paged(items(450))(asked)));
      assert.equal((await list()).entries.length, 450);
      assert.deepEqual(
        cloud.asked.map(({ query }) => query['limit']),
        ['1150', '200', '200', '200'],
      );
    });
  }

  it('asks for another order when one is not supported', async () => {
    const { cloud, list } = setup();
    cloud.on(LIST, (asked) =>
      asked.query['o'] === undefined ? paged(items(3))(asked) : refusal(20130827, 'order'),
    );
    assert.equal((await list()).entries.length, 3);
    assert.deepEqual(
      cloud.asked.map(({ query }) => query['o']),
      ['file_name', 'user_utime', undefined],
    );
  });

  it('shows a file whose upload state is unknown', async () => {
    const { cloud, list } = setup();
    cloud.on(LIST, paged(items(2).map((item, index) => ({ ...item, fta: index === 0 ? '' : undefined }))));
    assert.equal((await list()).entries.length, 2);
  });

  it('rejects a file without a size rather than show an empty one', async () => {
    const { cloud, list } = setup();
    cloud.on(LIST, paged(items(2).map((item) => ({ ...item, fs: undefined }))));
    const error = await fails(list());
    assert.deepEqual([error.errno, error.reason], ['EIO', 'reply']);
    assert.match(error.message, /file without a size \(fs\)/);
  });

  it('rejects when a page is of an unknown shape', async () => {
    const { cloud, list } = setup();
    cloud.on(LIST, () => good({}, { count: 0, cid: 7 }));
    const error = await fails(list());
    assert.match(error.message, /^115 Open: ufile\/files: the answer has an unknown shape at data:/);
  });

  it('rejects when the cloud refuses in silence instead of showing an empty folder', async () => {
    const { env, cloud, account } = accountUnderTest();
    cloud.on(LIST, () => ({ json: { state: false, code: 0, message: '', data: [], count: 0, cid: 7 } }));
    const listing = account.drive('0').list(directory('7'), callOf('lookup'))[Symbol.asyncIterator]();
    const error = await fails(inTime(env.clock, listing.next()));
    assert.deepEqual([error.errno, error.reason], ['ETIMEDOUT', 'throttle']);
    assert.ok(account.health().throttle !== null);
    assert.equal(cloud.count(LIST), 1);
  });
});
