import assert from 'node:assert/strict';
import type { Space } from '../../../../src/driver/driver.js';
import { rootId } from '../../../../src/drivers/pan115-open/root.js';
import { FsError } from '../../../../src/lib/errors.js';
import { callOf } from '../../../fakes/calls.js';
import { accountUnderTest, directory, file } from './account-under-test.js';
import { good, inTime, refusal } from './scripted-cloud.js';

const LIST = '/open/ufile/files';
const INFO = '/open/folder/get_info';
const USER = '/open/user/info';
const LINK = '/open/ufile/downurl';
const SHA1 = '20E1307DE838FB67C28577C7EC9D1C6288EB2883';

async function fails(work: Promise<unknown>): Promise<FsError> {
  try {
    await work;
  } catch (error) {
    assert.ok(error instanceof FsError, String(error));
    return error;
  }
  assert.fail('did not reject');
}

function userInfo(total: unknown, used: unknown) {
  return good({ user_id: '1', rt_space_info: { all_total: { size: total }, all_use: { size: used } } });
}

describe('115 Open connect', () => {
  it('proves the login with one call for the whole drive', async () => {
    const { cloud, account } = accountUnderTest();
    cloud.on(USER, () => userInfo(10, 5));
    const root = await account.drive('0').connect(callOf());
    assert.deepEqual([root.kind, root.id], ['directory', '0']);
    assert.equal(cloud.asked.length, 1);
    assert.equal(cloud.asked[0]?.headers['Authorization'], 'Bearer access-a');
    assert.equal(cloud.asked[0].headers['User-Agent'], 'Mozilla/5.0 (compatible; panfuse)');
    assert.equal(account.health().login, 'ok');
  });

  it('finds a folder with one call', async () => {
    const { cloud, account } = accountUnderTest();
    const path = [{ cid: 0 }, { cid: '3073311192547189943', pid: 0, name: 'Movies' }];
    cloud.on(LIST, () => good([], { count: 9, cid: '3073311192547189943', path }));
    const root = await account.drive('https://115.com/?cid=3073311192547189943&mode=1').connect(callOf());
    assert.deepEqual([root.id, root.parentId, root.name], ['3073311192547189943', '0', 'Movies']);
    assert.equal(cloud.asked.length, 1);
  });

  it('rejects with ENOENT when the root does not exist', async () => {
    const { cloud, account } = accountUnderTest();
    cloud.on(LIST, () => good([], { count: 9, cid: 0 })).on(INFO, () => refusal(430004, 'gone'));
    const error = await fails(account.drive('17').connect(callOf()));
    assert.equal(error.errno, 'ENOENT');
    assert.match(error.message, /no folder 17 in this account/);
  });

  it('rejects with ENOTDIR when the root is a file', async () => {
    const { cloud, account } = accountUnderTest();
    cloud
      .on(LIST, () => good([], { count: 9, cid: 0 }))
      .on(INFO, () => good({ file_id: '17', file_name: 'a.mkv', file_category: '1' }));
    assert.equal((await fails(account.drive('17').connect(callOf()))).errno, 'ENOTDIR');
  });

  it('rejects with EACCES and the next step when the login is lost', async () => {
    const { cloud, account } = accountUnderTest({ accessToken: 'a', refreshToken: 'r' });
    cloud.on(USER, () => refusal(40140125, 'expired'));
    cloud.on('/open/refreshToken', () => refusal(40140116, 'no auth', 'login'));
    const error = await fails(account.drive('0').connect(callOf()));
    assert.deepEqual([error.errno, error.reason], ['EACCES', 'login']);
    assert.match(error.message, /Write a new refreshToken .* clientId and then: panfuse login main$/);
    assert.deepEqual([cloud.count(USER), cloud.count('/open/refreshToken')], [1, 1]);
    assert.deepEqual(account.health().loginMessage, error.message);
  });
});

describe('115 Open root', () => {
  for (const [root, id] of [
    ['0', '0'],
    [' 3073311192547189943 ', '3073311192547189943'],
    ['https://115.com/?cid=17&offset=0&mode=wangpan', '17'],
    ['https://115.com/?ct=file&ac=userfile&cid=17', '17'],
    ['https://115.com/storage/all#cid=17', '17'],
    ['007', '7'],
  ] as const) {
    it(`is ${id} for ${root}`, () => assert.equal(rootId(root), id));
  }

  for (const root of ['', 'Movies', '/Movies', '-1', '3.07e18', 'https://115.com/?acid=17']) {
    it(`refuses ${JSON.stringify(root)} and says what to write`, () => {
      assert.throws(
        () => accountUnderTest().account.drive(root),
        (error) => error instanceof FsError && error.errno === 'EINVAL' && /write the id/.test(error.message),
      );
    });
  }
});

describe('115 Open stat', () => {
  const info = {
    file_id: '17',
    file_name: 'new.mkv',
    file_category: '1',
    size_byte: 9,
    ptime: '1772000000',
    utime: '1772348400',
    sha1: SHA1,
    pick_code: 'pick17',
    paths: [{ file_id: 0 }, { file_id: '3' }],
  };

  it('gives the entry as it is now', async () => {
    const { cloud, account } = accountUnderTest();
    cloud.on(INFO, () => good(info));
    assert.deepEqual(await account.drive('0').stat(file('17'), callOf()), {
      kind: 'file',
      id: '17',
      parentId: '3',
      name: 'new.mkv',
      modifiedAt: 1772348400_000,
      createdAt: 1772000000_000,
      attributes: { pickcode: 'pick17' },
      size: 9,
      hash: { kind: 'sha1', value: SHA1 },
    });
    assert.deepEqual(cloud.asked[0]?.query, { file_id: '17' });
  });

  it('keeps the known times while the cloud has none', async () => {
    const { cloud, account } = accountUnderTest();
    cloud.on(INFO, () => good([{ ...info, utime: '0', ptime: '' }]));
    const entry = await account.drive('0').stat(file('17'), callOf());
    assert.deepEqual([entry?.modifiedAt, entry?.createdAt], [1000, 2000]);
  });

  for (const [name, gone] of [
    ['a code', refusal(430004, 'gone')],
    ['an empty list', good([])],
  ] as const) {
    it(`gives null when the item is gone, told by ${name}`, async () => {
      const { cloud, account } = accountUnderTest();
      cloud.on(INFO, () => gone);
      assert.equal(await account.drive('0').stat(file('17'), callOf()), null);
    });
  }

  it('does not ask for the root, which the cloud cannot describe', async () => {
    const { cloud, account } = accountUnderTest();
    const root = directory('0');
    assert.equal(await account.drive('0').stat(root, callOf()), root);
    assert.equal(cloud.asked.length, 0);
  });

  it('rejects an answer about another item', async () => {
    const { cloud, account } = accountUnderTest();
    cloud.on(INFO, () => good({ ...info, file_id: '18' }));
    const error = await fails(account.drive('0').stat(file('17'), callOf()));
    assert.deepEqual([error.errno, error.reason], ['EIO', 'reply']);
  });

  it('never takes a refusal for a missing item', async () => {
    const { env, cloud, account } = accountUnderTest();
    cloud.on(INFO, () => refusal(770004, 'too fast'));
    const error = await fails(inTime(env.clock, account.drive('0').stat(file('17'), callOf())));
    assert.equal(error.reason, 'throttle');
    assert.match(error.message, /too fast/);
  });
});

describe('115 Open link', () => {
  function urlOf(query: string): string {
    return `https://cdn.example/x/clip.mkv?${query}`;
  }

  function linkAnswer(id: string, query: string, rest: Readonly<Record<string, unknown>> = {}) {
    return good({
      [id]: { file_size: 5, sha1: SHA1, pick_code: `pick${id}`, url: { url: urlOf(query) }, ...rest },
    });
  }

  it('is bound to the User-Agent it was asked for and limited as it says', async () => {
    const { env, cloud, account } = accountUnderTest();
    const end = env.clock.now() / 1000 + 3600;
    cloud.on(LINK, () => linkAnswer('17', `t=${end}&c=2&f=1`));
    const link = await account.drive('0').link(file('17'), callOf('reader'), { userAgent: 'player/1' });
    assert.deepEqual(link, {
      url: urlOf(`t=${end}&c=2&f=1`),
      headers: { 'User-Agent': 'player/1' },
      expiresAt: end * 1000,
      maxConnections: 2,
      size: 5,
    });
    assert.equal(cloud.asked[0]?.headers['User-Agent'], 'player/1');
    assert.deepEqual(cloud.asked[0].form, { pick_code: 'pick17' });
  });

  it("uses the account's User-Agent when none is asked for", async () => {
    const { cloud, account } = accountUnderTest({ accessToken: 'a', userAgent: 'mine/1' });
    cloud.on(LINK, () => linkAnswer('17', 'f=1'));
    const link = await account.drive('0').link(file('17'), callOf());
    assert.equal(link.headers['User-Agent'], 'mine/1');
    assert.equal(cloud.asked[0]?.headers['User-Agent'], 'mine/1');
  });

  it('carries the cookie of the answer only where the link demands it', async () => {
    const { cloud, account } = accountUnderTest();
    const cookies = ['acw_tc=1; path=/; HttpOnly', 'ck=2; Max-Age=3600'];
    cloud.on(LINK, () => ({ ...linkAnswer('17', 'f=3'), cookies }));
    const link = await account.drive('0').link(file('17'), callOf());
    assert.equal(link.headers['Cookie'], 'acw_tc=1; ck=2');
    cloud.on(LINK, () => ({ ...linkAnswer('17', 'f=1'), cookies }));
    assert.equal((await account.drive('0').link(file('17'), callOf())).headers['Cookie'], undefined);
  });

  for (const [query, connections] of [
    ['c=1', 1],
    ['c=4', 4],
    ['c=0', 8],
    ['', 2],
    ['c=x', 2],
  ] as const) {
    it(`allows ${connections} connections for "${query}"`, async () => {
      const { cloud, account } = accountUnderTest();
      cloud.on(LINK, () => linkAnswer('17', query));
      assert.equal((await account.drive('0').link(file('17'), callOf())).maxConnections, connections);
    });
  }

  it('does not expire where no end is stated', async () => {
    const { cloud, account } = accountUnderTest();
    cloud.on(LINK, () => linkAnswer('17', ''));
    assert.equal((await account.drive('0').link(file('17'), callOf())).expiresAt, null);
  });

  for (const [code, errno] of [
    [50003, 'ENOENT'],
    [50015, 'ENOENT'],
    [70005, 'ENOENT'],
    [231011, 'ENOENT'],
    [70004, 'EIO'],
    [50028, 'EFBIG'],
    [50038, 'EACCES'],
  ] as const) {
    it(`rejects with ${errno} for ${code}`, async () => {
      const { cloud, account } = accountUnderTest();
      cloud.on(LINK, () => refusal(code, 'x'));
      assert.equal((await fails(account.drive('0').link(file('17'), callOf()))).errno, errno);
    });
  }

  it('rejects with EISDIR when the cloud gives none', async () => {
    const { cloud, account } = accountUnderTest();
    cloud.on(LINK, () => linkAnswer('17', '', { url: false }));
    assert.equal((await fails(account.drive('0').link(file('17'), callOf()))).errno, 'EISDIR');
  });

  it('rejects with ESTALE when the cloud holds other bytes', async () => {
    const { cloud, account } = accountUnderTest();
    cloud.on(LINK, () => linkAnswer('17', ''));
    const known = file('17', { hash: { kind: 'sha1', value: '0'.repeat(40) } });
    assert.equal((await fails(account.drive('0').link(known, callOf()))).errno, 'ESTALE');
  });

  it('rejects with EIO when the answer is about other files or the pick code is unknown', async () => {
    const { cloud, account } = accountUnderTest();
    cloud.on(LINK, () => linkAnswer('18', ''));
    assert.equal((await fails(account.drive('0').link(file('17'), callOf()))).reason, 'reply');
    const bare = file('17', { attributes: {} });
    assert.equal((await fails(account.drive('0').link(bare, callOf()))).reason, 'reply');
    assert.equal(cloud.asked.length, 1);
  });

  it('comes for many files in one call, without those that have none', async () => {
    const { cloud, account } = accountUnderTest();
    cloud.on(LINK, () =>
      good({
        1: { url: { url: urlOf('c=2') } },
        2: { url: false },
        3: { url: { url: urlOf('c=1') } },
      }),
    );
    const { links } = account.drive('0');
    const found = await links?.links([file('1'), file('2'), file('3'), file('4')], callOf());
    assert.deepEqual([...(found?.keys() ?? [])], ['1', '3']);
    assert.deepEqual(cloud.asked[0]?.form, { pick_code: 'pick1,pick2,pick3,pick4' });
    assert.equal((await links?.links([], callOf()))?.size, 0);
    assert.equal(cloud.asked.length, 1);
  });

  it('comes for the rest when a file of many is gone', async () => {
    const { cloud, account } = accountUnderTest();
    cloud.on(LINK, ({ form }) => {
      const codes = (form['pick_code'] ?? '').split(',');
      if (codes.includes('pick5')) return refusal(70005, 'gone');
      return good(Object.fromEntries(codes.map((code) => [code.slice(4), { url: { url: urlOf('c=2') } }])));
    });
    const files = Array.from({ length: 16 }, (_, index) => file(String(index)));
    const found = await account.drive('0').links?.links(files, callOf());
    assert.equal(found?.size, 15);
    assert.equal(found.has('5'), false);
    assert.ok(cloud.asked.length <= 9, String(cloud.asked.length));
  });
});

describe('115 Open space', () => {
  for (const [total, used, expected] of [
    [10, 5, { total: 10, used: 5 }],
    ['1.15e+15', 154847605555200.5, { total: 1.15e15, used: 154847605555200 }],
  ] satisfies [unknown, unknown, Space][]) {
    it(`is ${JSON.stringify(expected)} for ${String(total)} and ${String(used)}`, async () => {
      const { cloud, account } = accountUnderTest();
      cloud.on(USER, () => userInfo(total, used));
      assert.deepEqual(await account.drive('0').space(callOf()), expected);
    });
  }

  it('is null when the cloud does not say', async () => {
    const { cloud, account } = accountUnderTest();
    cloud.on(USER, () => good({ user_id: '1' }));
    assert.equal(await account.drive('0').space(callOf()), null);
  });
});

describe('115 Open account', () => {
  it('renews once and repeats once when its token is refused', async () => {
    const { cloud, account } = accountUnderTest({ accessToken: 'access-a', refreshToken: 'refresh-a' });
    cloud.on(USER, ({ headers }) =>
      headers['Authorization'] === 'Bearer b' ? userInfo(10, 5) : refusal(40140125, 'expired'),
    );
    cloud.on('/open/refreshToken', () => ({
      json: { state: 1, code: 0, data: { access_token: 'b', refresh_token: 'rb', expires_in: 7200 } },
    }));
    const drive = account.drive('0');
    const spaces = await Promise.all(Array.from({ length: 20 }, () => drive.space(callOf())));
    assert.equal(spaces.length, 20);
    assert.equal(cloud.count('/open/refreshToken'), 1);
    assert.equal(account.health().calls.today, cloud.count(USER));
  });

  it('sends no token with login calls and counts none of them', async () => {
    const { cloud, account } = accountUnderTest({ refreshToken: 'refresh-a' });
    cloud.on(USER, () => userInfo(10, 5));
    cloud.on('/open/refreshToken', () => ({
      json: { state: 1, code: 0, data: { access_token: 'b', refresh_token: 'rb', expires_in: 7200 } },
    }));
    await account.drive('0').space(callOf());
    assert.equal(cloud.asked[0]?.path, '/open/refreshToken');
    assert.equal(cloud.asked[0].headers['Authorization'], undefined);
    assert.equal(account.health().calls.today, 1);
  });

  it('asks nothing while the cloud refuses calls, and goes on by itself', async () => {
    const { env, cloud, account } = accountUnderTest();
    cloud.inTurn(USER, refusal(770004, '已达到当前访问上限'), userInfo(10, 5));
    const drive = account.drive('0');
    const waiting = drive.space(callOf('reader'));
    await env.clock.advance(59_000);
    assert.equal(cloud.count(USER), 1);
    assert.match(account.health().throttle?.message ?? '', /已达到当前访问上限/);
    await env.clock.advance(2000);
    assert.deepEqual(await waiting, { total: 10, used: 5 });
    assert.equal(account.health().throttle, null);
  });
});
