import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as v from 'valibot';
import { Offline } from '../../../src/daemon/offline/offline.js';
import type { AskedTask } from '../../../src/daemon/offline/rows.js';
import { Pan115OpenAccount } from '../../../src/drivers/pan115-open/account.js';
import { pan115OpenSchema } from '../../../src/drivers/pan115-open/config.js';
import { FsError } from '../../../src/lib/errors.js';
import { Tree } from '../../../src/metadata/tree.js';
import { DEFAULT_TREE_OPTIONS } from '../../../src/metadata/tree-options.js';
import { StateDatabase } from '../../../src/store/state-database.js';
import { callOf } from '../../fakes/calls.js';
import { type FakeEnv, fakeEnv } from '../../fakes/fake-env.js';
import { MapStore } from '../../fakes/map-store.js';
import { file } from '../drivers/pan115-open/account-under-test.js';
import {
  type Answer,
  type Asked,
  FakeCredentials,
  good,
  inTime,
  ScriptedCloud,
} from '../drivers/pan115-open/scripted-cloud.js';

const SECOND = 1000;
const TEN_MINUTES = 600;
const TASKS = '/open/offline/get_task_list';
const LINK = '/open/ufile/downurl';
/** A list so long that looking at it takes longer than until the next look. */
const PAGES = 30;
/** What the configuration gives an account by itself. */
const BUDGET = { perSecond: 1, burst: 4 };

/** One account as the daemon makes it, on a cloud that notes when it is asked. */
interface House {
  readonly name: string;
  readonly account: Pan115OpenAccount;
  readonly cloud: ScriptedCloud;
  /** Milliseconds of the clock. */
  readonly askedAt: number[];
}

function houseOf(env: FakeEnv, name: string): House {
  const cloud = new ScriptedCloud();
  const askedAt: number[] = [];
  const noted =
    (answer: (asked: Asked) => Answer) =>
    (asked: Asked): Answer => {
      askedAt.push(env.clock.monotonic());
      return answer(asked);
    };
  cloud
    .on(
      '/open/user/info',
      noted(() => good({ user_id: '1', rt_space_info: { all_total: { size: 9 }, all_use: { size: 5 } } })),
    )
    .on(
      '/open/folder/get_info',
      noted(() => good({ file_id: '7', file_name: 'x', file_category: '0' })),
    )
    .on('/open/ufile/files', noted(listing))
    .on(LINK, noted(linkOf))
    .on(
      TASKS,
      noted(({ query }) => tasks(Number(query['page'] ?? 1))),
    );
  const counters = { load: () => Promise.resolve(null), save: () => Promise.resolve() };
  const services = { env, network: { transport: cloud, counters }, credentials: new FakeCredentials() };
  const account = new Pan115OpenAccount(
    services,
    name,
    v.parse(pan115OpenSchema, { accessToken: 'access-a' }),
  );
  return { name, account, cloud, askedAt };
}

/** Each folder holds a hundred folders: somebody who browses always finds one that is not known. */
function listing({ query }: Asked): Answer {
  const parent = String(query['cid']);
  const data = Array.from({ length: 100 }, (_, index) => ({
    ...{
      fid: `${parent}${index + 100}`,
      pid: parent,
      fc: '0',
      fn: `folder ${index}`,
      upt: 1772348400,
      uppt: 1772000000,
    },
    ...{ fs: 0, fta: '1', sha1: '', pc: `pick${index}`, aid: '1' },
  }));
  const path = [{ cid: 0 }, { cid: parent }];
  return { json: { data, count: data.length, cid: parent, path, state: true, message: '', code: 0 } };
}

function linkOf({ form }: Asked): Answer {
  const code = String(form['pick_code']);
  const row = {
    file_name: 'a.mkv',
    file_size: 5,
    pick_code: code,
    url: { url: `http://cdn.example/${code}?f=1` },
  };
  return good({ [code.replace('pick', '')]: { ...row, sha1: '20E1307DE838FB67C28577C7EC9D1C6288EB2883' } });
}

/** The one that runs is on the last page. */
function tasks(page: number): Answer {
  const row = {
    ...{ info_hash: page.toString(16).padStart(40, '0'), add_time: 1772438400, percentDone: 42, size: 7 },
    ...{
      name: 'a.iso',
      last_update: 1772438460,
      file_id: '',
      delete_file_id: '',
      url: `https://example.org/${page}`,
    },
    ...{ status: page === PAGES ? 1 : 2, wp_path_id: '', def2: 0, play_long: 0, can_appeal: 0 },
  };
  return good({ page, page_count: PAGES, count: PAGES, tasks: [row] });
}

/** The most calls that were more than the pace allows, in any stretch of time. */
function excess(askedAt: readonly number[]): number {
  let most = 0;
  for (const [first, begin] of askedAt.entries()) {
    for (let last = first; last < askedAt.length; last += 1) {
      const seconds = ((askedAt[last] ?? begin) - begin) / SECOND;
      most = Math.max(most, last - first + 1 - (BUDGET.burst + seconds * BUDGET.perSecond));
    }
  }
  return most;
}

describe('four drives, and a list of downloads that is watched for ten minutes', () => {
  let env: FakeEnv;
  let houses: readonly House[];
  let trees: readonly Tree[];
  let offline: Offline;
  let folder: string;
  let database: StateDatabase;

  beforeEach(async () => {
    env = fakeEnv();
    folder = await mkdtemp(join(tmpdir(), 'panfuse-minutes-'));
    database = await StateDatabase.open(env, join(folder, 'metadata.sqlite'), 1);
    houses = [houseOf(env, 'one'), houseOf(env, 'two')];
    const drives = houses.flatMap(({ account }) =>
      ['0', '7'].map((root) => ({
        name: `${account.name}${root}`,
        account,
        root,
        driver: account.drive(root),
      })),
    );
    trees = drives.map(({ name, driver }) => {
      const options = { ...DEFAULT_TREE_OPTIONS, listingTtl: 60 * SECOND, changedTtl: 60 * SECOND };
      return new Tree(env, { driver, database, drive: name, fingerprint: name }, options);
    });
    await inTime(env.clock, Promise.all(trees.map((tree) => tree.open(callOf()))));
    offline = await Offline.open(
      env,
      {
        configured: drives,
        drives: { opened: () => [], open: nowhere },
        mounts: { locate: nowhere },
        rows: new MapStore<AskedTask>(),
      },
      { autoClear: false },
    );
  });

  afterEach(async () => {
    await offline.close();
    await Promise.all(trees.map((tree) => tree.close()));
    await Promise.all(houses.map(({ account }) => account.close()));
    await database.close();
    await rm(folder, { recursive: true });
  });

  it('stay inside the budget of each account, and no reader waits for the looks', async () => {
    const leaving = new AbortController();
    const left = new FsError('EINTR', 'the person has seen enough', { expected: true });
    const watching = offline.watch(undefined, () => undefined, callOf('lookup', leaving.signal));
    const ended = assert.rejects(watching, left);
    const waits: number[] = [];
    const reading: Promise<void>[] = [];
    for (let second = 0; second < TEN_MINUTES; second += 1) {
      if (second % 7 === 3) reading.push(...houses.map((house) => read(house, second, waits)));
      if (second % 20 === 5) reading.push(...trees.map((tree) => browse(tree, second)));
      await env.clock.advance(SECOND);
    }
    leaving.abort(left);
    await inTime(env.clock, Promise.all([ended, ...reading]));
    const looks = houses.map(({ cloud }) => cloud.count(TASKS));
    for (const { askedAt } of houses)
      assert.ok(excess(askedAt) <= 0.001, `${excess(askedAt)} calls too many`);
    // The pace is one a second: who comes first waits for the next call and no longer.
    assert.ok(Math.max(...waits) <= SECOND, `a reader waited ${Math.max(...waits)} ms`);
    assert.equal(waits.length, 2 * 86);
    // It was looked all the time, or nothing would have been in a reader's way.
    assert.ok(Math.min(...looks) > 200, `looked ${looks.join(' and ')} times`);
  });

  /** A film that is opened: its link is asked for, and how long that takes is noted. */
  async function read({ account }: House, second: number, waits: number[]): Promise<void> {
    const begun = env.clock.monotonic();
    await account.drive('0').link(file(String(9000 + second)), callOf('reader'));
    waits.push(env.clock.monotonic() - begun);
  }

  /** Somebody opens a folder that nobody has seen. */
  async function browse(tree: Tree, second: number): Promise<void> {
    const node = await tree.resolve(`/folder ${second % 100}`, callOf());
    assert.ok(node.kind === 'directory');
    await tree.list(node, callOf());
  }
});

function nowhere(): Promise<never> {
  return Promise.reject(new FsError('ENOENT', 'nothing is asked for by name here'));
}
