import assert from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import type { DaemonEvent } from '../../src/lib/event-protocol.js';
import { FsError } from '../../src/lib/errors.js';
import type { OfflineTaskRow } from '../../src/lib/offline-protocol.js';
import type { FaultName } from '../clouds/house/faults.js';
import { OfflineHouse } from './offline-house.js';

const MINUTE = 60_000;
const FOLDERS = 20;
const MAGNET = `magnet:?xt=urn:btih:${'a'.repeat(40)}&dn=Film`;
const TORRENT = Buffer.from(
  'd8:announce3:url4:infod5:filesld6:lengthi2000000e4:pathl5:a.mkveed6:lengthi3200e4:pathl5:a.nfoeee4:name4:film6:pieces0:ee',
);

describe('offline downloads over the socket against the emulated 115 Open', function () {
  this.timeout(60_000);
  let house: OfflineHouse;
  let folder: string;
  /** The folder's name: each test has its own. */
  let place: string;
  let serial = 0;

  before(async () => {
    house = await OfflineHouse.open();
    // Before anybody looks: a name that is missing from a fresh listing is believed to be.
    for (let number = 1; number <= FOLDERS; number += 1) await house.cloud.addDirectory(`新片 ${number}`);
  });
  beforeEach(async () => {
    place = `新片 ${(serial += 1)}`;
    folder = (await house.cloud.item({ path: place })).id;
  });
  afterEach(async () => {
    await house.client.call('POST /v1/offline/clear', { state: 'all' });
    await house.cloud.clearFault();
  });
  after(() => house.close());

  const add = async (...links: readonly string[]) =>
    await house.client.call('POST /v1/offline/add', { to: `films:/${place}`, links });
  const list = async () => await house.client.call('GET /v1/offline', {});
  const watch = async () => await house.client.call('POST /v1/offline/watch', {});
  /** Lets every task come to its end, and the daemon see it. */
  const finish = async (): Promise<readonly OfflineTaskRow[]> => {
    await house.cloud.advanceClock(2 * MINUTE);
    return await watch();
  };
  const failing = async (fault: FaultName, body: () => Promise<void>): Promise<void> => {
    await house.cloud.fault(fault);
    await body();
    await house.cloud.clearFault(fault);
  };

  it('are added, listed with where they go, and shown with what they brought', async () => {
    const { links, quota } = await add('https://example.org/a.iso', MAGNET, 'nonsense');
    assert.deepEqual(
      links.map(({ outcome }) => outcome),
      ['added', 'added', 'refused'],
    );
    assert.match(links[2]?.message ?? '', /a link begins with/);
    assert.deepEqual([quota?.total, (quota?.used ?? 0) + (quota?.left ?? 0)], [1500, 1500]);
    const rows = await list();
    assert.deepEqual(rows.map(({ name, drive, path, state }) => [name, drive, path, state]).sort(), [
      ['Film', 'films', `/${place}`, 'waiting'],
      ['a.iso', 'films', `/${place}`, 'waiting'],
    ]);
    const done = await finish();
    assert.deepEqual(
      done.map(({ state, progress }) => [state, progress]),
      [
        ['done', 1],
        ['done', 1],
      ],
    );
    const shown = await house.client.call('GET /v1/offline/show', { task: 'aaaaaaaa' });
    assert.equal(shown.result, `/${place}/Film`);
  });

  it('are told to who listens when they are added and when they are done', async () => {
    const heard: DaemonEvent[] = [];
    const enough = new AbortController();
    const state = { listens: false };
    const onEvent = (event: DaemonEvent): void => {
      state.listens = true;
      if (event.type !== 'heartbeat') heard.push(event);
    };
    const listening = house.client
      .follow({ types: 'offline' }, { signal: enough.signal, onEvent })
      .catch((error: unknown) => error);
    while (!state.listens) await turn();
    const [added] = (await add('https://example.org/told.iso')).links;
    await finish();
    while (heard.length < 2) await turn();
    enough.abort(new FsError('EINTR', 'enough'));
    await listening;
    const task = { account: 'main', id: added?.id, name: 'told.iso', link: 'https://example.org/told.iso' };
    assert.deepEqual(
      heard.map((event) => ({ ...event, at: 0 })),
      [
        { type: 'offline.added', at: 0, ...task, name: null, reason: null },
        { type: 'offline.done', at: 0, ...task, reason: null },
      ],
    );
  });

  it('that are there already are found, also when the answer does not name them', async () => {
    const [first] = (await add('https://example.org/a.iso')).links;
    const [again] = (await add('https://example.org/a.iso')).links;
    assert.deepEqual([again?.outcome, again?.id], ['exists', first?.id]);
  });

  it('are told by each step to who watches', async () => {
    await add('https://example.org/a.iso');
    const told: number[] = [];
    const watching = house.client.call(
      'POST /v1/offline/watch',
      {},
      { onProgress: (rows) => told.push(rows[0]?.progress ?? -1) },
    );
    for (let step = 0; step < 4; step += 1) {
      await house.cloud.advanceClock(20_000);
      await new Promise((resolve) => setTimeout(resolve, 400));
    }
    const [row] = await watching;
    assert.equal(row?.state, 'done');
    assert.ok(told.length >= 3, String(told));
    assert.deepEqual(
      told,
      [...told].sort((a, b) => a - b),
    );
  });

  it('that failed say so, and are begun again', async () => {
    await failing('offline-fails', async () => {
      await add('https://example.org/a.iso');
    });
    const [failed] = await finish();
    assert.equal(failed?.state, 'failed');
    assert.match(failed.reason ?? '', /115 could not download it/);
    const { tasks } = await house.client.call('POST /v1/offline/retry', { tasks: [] });
    assert.deepEqual(
      tasks.map(({ id }) => id),
      [failed.id],
    );
    const [done] = await finish();
    assert.equal(done?.state, 'done');
    assert.equal((await house.cloud.children({ path: place })).length, 1);
  });

  it('are removed by id or link, with what they brought or without', async () => {
    await add('https://example.org/kept', 'https://example.org/dropped');
    const rows = await finish();
    const kept = rows.find(({ name }) => name === 'kept')?.id ?? '';
    await house.client.call('POST /v1/offline/remove', { tasks: [kept.slice(0, 10)], files: false });
    await house.client.call('POST /v1/offline/remove', {
      tasks: ['https://example.org/dropped'],
      files: true,
    });
    assert.deepEqual(
      (await house.cloud.children({ path: place })).map(({ name }) => name),
      ['kept'],
    );
    assert.deepEqual(await list(), []);
    const nobody = house.client.call('POST /v1/offline/remove', { tasks: [kept], files: false });
    await assert.rejects(nobody, { errno: 'ENOENT', message: /panfuse offline list/ });
  });

  it('of a torrent are chosen by file; the torrent leaves nothing behind', async () => {
    const torrent = { name: 'film.torrent', content: TORRENT.toString('base64') };
    const input = { to: `films:/${place}`, torrent };
    const told = await house.client.call('POST /v1/offline/torrent', { ...input, add: false });
    assert.deepEqual(told, {
      name: 'film',
      files: [
        { path: 'film/a.mkv', size: 2_000_000, chosen: true },
        { path: 'film/a.nfo', size: 3200, chosen: false },
      ],
      added: null,
      quota: null,
    });
    assert.deepEqual(await house.cloud.offlineTasks(), []);
    const { added } = await house.client.call('POST /v1/offline/torrent', {
      ...input,
      files: [1],
      add: true,
    });
    assert.equal(added?.outcome, 'added');
    await finish();
    assert.deepEqual(
      (await house.cloud.children({ path: `${place}/film` })).map(({ name }) => name),
      ['a.nfo'],
    );
    assert.deepEqual(await house.cloud.named('film.torrent'), []);
    const [row] = await list();
    const retry = house.client.call('POST /v1/offline/retry', { tasks: [row?.id ?? ''] });
    await assert.rejects(retry, { errno: 'EINVAL' });
  });

  it('of a torrent that lies in the drive need no copy of it', async () => {
    const content = { kind: 'bytes', base64: TORRENT.toString('base64') } as const;
    await house.cloud.addFile({ parent: folder, name: 'own.torrent', size: TORRENT.length, content });
    const input = { to: 'films:/', torrent: { path: `films:/${place}/own.torrent` }, files: 'all' } as const;
    const { added, files } = await house.client.call('POST /v1/offline/torrent', { ...input, add: true });
    assert.deepEqual([added?.outcome, files.map(({ chosen }) => chosen)], ['added', [true, true]]);
    assert.equal((await house.cloud.named('own.torrent')).length, 1);
  });

  it('are refused for a folder or a drive that is not there', async () => {
    const cases = [
      ['films:/none', 'ENOENT', /none/],
      ['music:/', 'ENOENT', /no drive music/],
      ['/mnt/elsewhere', 'ENOENT', /not inside a mount/],
    ] as const;
    for (const [to, errno, message] of cases) {
      const asked = house.client.call('POST /v1/offline/add', { to, links: ['https://example.org/a'] });
      await assert.rejects(asked, { errno, message });
    }
    const nowhere = house.client.call('POST /v1/offline/add', {
      to: 'here',
      links: ['https://example.org/a'],
    });
    await assert.rejects(nowhere, { errno: 'EINVAL', message: /^to: must be DRIVE:\/FOLDER/ });
  });

  it('tell that the quota is used up, for each link', async () => {
    const [before] = await house.client.call('GET /v1/offline/quota', {});
    await house.cloud.changeProfile({ offlineTasks: (before?.used ?? 0) + 1 });
    const { links, quota } = await add('https://example.org/1', 'https://example.org/2');
    await house.cloud.changeProfile({ offlineTasks: 1500 });
    assert.deepEqual(
      links.map(({ outcome, errno }) => [outcome, errno]),
      [
        ['added', null],
        ['refused', 'EDQUOT'],
      ],
    );
    assert.match(links[1]?.message ?? '', /quota of offline downloads is used up/);
    assert.equal(quota?.left, 0);
    const [row] = await house.client.call('GET /v1/offline/quota', {});
    assert.equal(row?.total, 1500);
  });

  it('survive a restart, and leave the list by themselves with autoClear', async () => {
    await add('https://example.org/a.iso');
    await house.stop();
    await house.cloud.advanceClock(2 * MINUTE);
    await house.start({ autoClear: true });
    while ((await house.cloud.offlineTasks()).length > 0)
      await new Promise((resolve) => setTimeout(resolve, 50));
    assert.equal((await house.cloud.children({ path: place })).length, 1);
    await house.stop();
    await house.start();
  });

  it('ask nothing while nothing runs', async () => {
    await add('https://example.org/a.iso');
    await finish();
    await house.cloud.clearFigures();
    await new Promise((resolve) => setTimeout(resolve, 1000));
    assert.equal((await house.cloud.figures()).calls.total, 0);
  });
});
