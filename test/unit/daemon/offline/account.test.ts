import assert from 'node:assert/strict';
import { callOf } from '../../../fakes/calls.js';
import { FsError } from '../../../../src/lib/errors.js';
import { MINUTE, OfflineHouse } from './house.js';

const DAY = 24 * 60 * MINUTE;

describe('offline downloads of an account', () => {
  let house: OfflineHouse;

  beforeEach(() => {
    house = new OfflineHouse();
  });
  afterEach(() => house.close());

  it('ask no cloud while nothing runs', async () => {
    const account = await house.start();
    await house.env.clock.advance(DAY);
    assert.equal(house.cloud.gate.calls(), 0);
    assert.equal(account.isPolling, false);
  });

  it('are looked at after 5 s, then less and less often, and no more when they have ended', async () => {
    const account = await house.start();
    await house.ask(account, 'a.mkv');
    const at: number[] = [];
    for (let second = 1; second <= 600; second += 1) {
      const before = house.looks;
      await house.env.clock.advance(1000);
      if (house.looks > before) at.push(second);
    }
    assert.deepEqual(at, [5, 13, 24, 41, 66]);
    assert.equal(account.isPolling, false);
    assert.equal(house.env.clock.waiting, 0);
  });

  it('are looked at soon again when one more is asked for', async () => {
    const account = await house.start();
    await house.ask(account, 'a.mkv');
    await house.env.clock.advance(25_000);
    await house.ask(account, 'b.mkv');
    const before = house.looks;
    await house.env.clock.advance(5000);
    assert.equal(house.looks, before + 1);
  });

  it('tell when they begin and end, and show what came', async () => {
    const account = await house.start();
    const id = await house.ask(account, 'a.mkv');
    await house.env.clock.advance(2 * MINUTE);
    assert.deepEqual(house.told, ['added a.mkv', 'done a.mkv']);
    const [shown] = house.shown;
    assert.equal(house.shown.length, 1);
    assert.equal(shown?.folderId, house.folder.id);
    assert.equal(house.cloud.entry(shown.entryId ?? '')?.name, 'a.mkv');
    assert.deepEqual(
      (await account.all(callOf())).map(({ task }) => [task.id, task.state]),
      [[id, 'done']],
    );
    assert.deepEqual(house.told.length, 2, 'an end is told once');
  });

  it('tell why they failed', async () => {
    const account = await house.start();
    house.cloud.offline.failNew(true);
    await house.ask(account, 'a.mkv');
    await house.env.clock.advance(2 * MINUTE);
    assert.deepEqual(house.told, ['added a.mkv', 'failed a.mkv']);
    assert.match(house.events[1]?.reason ?? '', /nothing was found/);
    assert.deepEqual(house.shown, []);
  });

  it('are shown also when somebody else asked for them and they were seen running', async () => {
    const account = await house.start();
    await house.driver.offline.add(['https://example.org/theirs'], house.folder, callOf());
    await account.all(callOf());
    await house.env.clock.advance(2 * MINUTE);
    assert.deepEqual(house.told, ['done theirs']);
    assert.equal(house.shown[0]?.asked, null);
  });

  it('go on after a restart, and end once', async () => {
    await house.ask(await house.start(), 'a.mkv');
    await house.close();
    await house.env.clock.advance(10 * MINUTE);
    assert.deepEqual(house.told, ['added a.mkv']);
    await house.start();
    await house.env.clock.advance(10_000);
    assert.deepEqual(house.told, ['added a.mkv', 'done a.mkv']);
    assert.equal(house.shown.length, 1);
    await house.close();
    const looks = house.looks;
    const account = await house.start();
    await house.env.clock.advance(DAY);
    assert.deepEqual([house.looks, account.isPolling], [looks, false]);
  });

  for (const point of ['offline asked', 'offline answered']) {
    it(`are asked for once by a daemon that is killed at "${point}"`, async () => {
      const account = await house.start();
      const stopped = new Promise<void>((resolve) => {
        house.stopAt = (name) => {
          if (name !== point) return Promise.resolve();
          resolve();
          return new Promise(() => undefined);
        };
      });
      void account.add(['https://example.org/a.mkv'], house.target, callOf());
      await stopped;
      await account.close();
      house.stopAt = () => Promise.resolve();
      await house.start();
      await house.env.clock.advance(3 * MINUTE);
      assert.equal(house.cloud.offline.all().length, 1);
      assert.equal(house.cloud.offline.quota.used, 1);
      assert.equal(house.told.at(-1), 'done a.mkv');
      assert.equal(house.shown.length, 1);
    });
  }

  it('are forgotten when the cloud did not take them', async () => {
    const account = await house.start();
    const adding = account.add(
      ['https://example.org/a'],
      { ...house.target, folder: { ...house.folder, id: '1' } },
      callOf(),
    );
    await assert.rejects(adding, { errno: 'ENOENT' });
    const [refused] = await account.add(['nonsense'], house.target, callOf());
    assert.equal(refused?.kind, 'refused');
    assert.equal(house.store.size, 0);
    await house.env.clock.advance(DAY);
    assert.equal(house.looks, 0);
  });

  it('wait while the cloud refuses, the login is lost or the calls of the day run out', async () => {
    const account = await house.start();
    await house.ask(account, 'a.mkv');
    const good = house.health;
    const bad = [
      { ...good, throttle: { until: 0, message: 'too often' } },
      { ...good, login: 'lost' as const },
      { ...good, calls: { today: 7300, perDay: 8000 } },
    ];
    for (const health of bad) {
      house.health = health;
      await house.env.clock.advance(10 * MINUTE);
    }
    assert.equal(house.looks, 0);
    house.health = good;
    await house.env.clock.advance(10 * MINUTE);
    assert.deepEqual([house.looks, house.told.at(-1)], [1, 'done a.mkv']);
  });

  it('are looked at again when the cloud did not answer', async () => {
    const account = await house.start();
    await house.ask(account, 'a.mkv');
    house.cloud.gate.loseLogin('log in again');
    await house.env.clock.advance(2 * MINUTE);
    assert.deepEqual(house.told, ['added a.mkv']);
    house.cloud.gate.restoreLogin();
    await house.env.clock.advance(10 * MINUTE);
    assert.deepEqual(house.told, ['added a.mkv', 'done a.mkv']);
  });

  it('are gone only when the cloud does not know them twice', async () => {
    const account = await house.start();
    const id = await house.ask(account, 'a.mkv');
    house.cloud.offline.remove(id, false);
    await house.env.clock.advance(6000);
    assert.deepEqual(house.told, ['added a.mkv']);
    await house.env.clock.advance(10_000);
    assert.deepEqual(house.told, ['added a.mkv', 'gone a.mkv']);
    assert.deepEqual([house.store.size, account.isPolling], [0, false]);
  });

  it('leave the list by themselves with autoClear, when they were asked for here; files stay', async () => {
    const account = await house.start({ autoClear: true });
    await house.ask(account, 'ours');
    await house.driver.offline.add(['https://example.org/theirs'], house.folder, callOf());
    house.cloud.offline.failNew(true);
    await house.ask(account, 'failed');
    await account.all(callOf());
    await house.env.clock.advance(2 * MINUTE);
    assert.deepEqual(
      house.cloud.offline
        .all()
        .map(({ name }) => name)
        .sort(),
      ['failed', 'theirs'],
    );
    assert.equal(house.cloud.page(house.folder.id, null)?.objects.length, 2);
    assert.ok(house.told.includes('done ours'));
  });

  it('are watched without passing the calls of a day, until none runs', async () => {
    house.cloud.offline.limit(10);
    const account = await house.start();
    let told = 0;
    let ended = false;
    for (let minute = 0; minute < 10; minute += 1) {
      await house.ask(account, `${minute}`);
      if (minute === 0) void account.watch(() => (told += 1), callOf()).then(() => (ended = true));
      await house.env.clock.advance(MINUTE);
    }
    assert.equal(ended, false);
    assert.ok(house.looks > 30 && told > 30, `${house.looks} looks, told ${told} times`);
    // Ten minutes of a day of 8,000 calls are 55.
    assert.ok(house.cloud.gate.calls() - 10 < 70, `${house.cloud.gate.calls()} calls`);
    await house.env.clock.advance(2 * MINUTE);
    assert.equal(ended, true);
  });

  it('stop being watched when the signal aborts', async () => {
    const account = await house.start();
    await house.ask(account, 'a.mkv');
    const abort = new AbortController();
    const watching = account.watch(() => undefined, callOf('lookup', abort.signal));
    await house.env.clock.advance(10_000);
    const reason = new Error('enough');
    abort.abort(reason);
    await assert.rejects(watching, reason);
  });

  describe('retry', () => {
    it('begins a failed one again, and sees it end', async () => {
      const account = await house.start();
      house.cloud.offline.failNew(true);
      await house.ask(account, 'a.mkv');
      await house.env.clock.advance(2 * MINUTE);
      house.cloud.offline.failNew(false);
      const [known] = await account.all(callOf());
      assert.ok(known !== undefined);
      await account.retry(known, callOf());
      await house.env.clock.advance(3 * MINUTE);
      assert.deepEqual(house.told, ['added a.mkv', 'failed a.mkv', 'added a.mkv', 'done a.mkv']);
    });

    it('refuses one that is done, and a part of a torrent', async () => {
      const account = await house.start();
      await house.ask(account, 'a.mkv');
      await house.env.clock.advance(2 * MINUTE);
      const [known] = await account.all(callOf());
      assert.ok(known !== undefined);
      await assert.rejects(account.retry(known, callOf()), { errno: 'EINVAL', message: /is done/ });
      const failed = { ...known.task, state: 'failed' as const };
      const part = { ...known, task: failed, asked: known.asked && { ...known.asked, isSelection: true } };
      await assert.rejects(account.retry(part, callOf()), { message: /add the torrent again/ });
    });
  });

  it('removed with their files are shown as gone', async () => {
    const account = await house.start();
    await house.ask(account, 'a.mkv');
    await house.env.clock.advance(2 * MINUTE);
    const tasks = (await account.all(callOf())).map(({ task }) => task);
    await account.remove(tasks, { files: true }, callOf());
    assert.deepEqual([house.store.size, house.shown.length], [0, 2]);
    assert.deepEqual(house.cloud.page(house.folder.id, null)?.objects, []);
  });

  it('cleared by state are forgotten here too', async () => {
    const account = await house.start();
    await house.ask(account, 'done');
    await house.env.clock.advance(2 * MINUTE);
    await house.ask(account, 'running');
    await account.clear('done', callOf());
    assert.deepEqual([house.store.size, account.last.map(({ task }) => task.name)], [1, ['running']]);
    await account.clear('all', callOf());
    assert.equal(house.store.size, 0);
    await house.env.clock.advance(MINUTE);
    assert.equal(account.isPolling, false);
  });

  it('that ended are forgotten here when somebody takes them out of the list elsewhere', async () => {
    const account = await house.start();
    const id = await house.ask(account, 'a.mkv');
    await house.env.clock.advance(2 * MINUTE);
    assert.equal(house.store.size, 1);
    house.cloud.offline.remove(id, false);
    assert.deepEqual(await account.all(callOf()), []);
    assert.equal(house.store.size, 0);
  });

  it('end although their folder cannot be listed', async () => {
    const account = await house.start();
    await house.ask(account, 'a.mkv');
    house.shown.push = () => {
      throw new FsError('EIO', 'the cloud did not answer', { reason: 'network' });
    };
    await house.env.clock.advance(2 * MINUTE);
    assert.deepEqual(house.told, ['added a.mkv', 'done a.mkv']);
    assert.ok(house.env.log.lines.some(({ message }) => /could not be listed/.test(message)));
  });
});
