import assert from 'node:assert/strict';
import { type AskedTask, AskedTasks } from '../../../../src/daemon/offline/rows.js';
import { SeenTasks } from '../../../../src/daemon/offline/seen.js';
import type { OfflineTask } from '../../../../src/driver/offline.js';
import { FakeClock } from '../../../fakes/fake-clock.js';
import { MapStore } from '../../../fakes/map-store.js';

const HOUR = 3_600_000;

function taskAt(progress: number, movedAt: number | null = null): OfflineTask {
  return {
    id: 'a'.repeat(40),
    link: 'https://example.org/a',
    name: 'a',
    size: null,
    state: 'running',
    progress,
    addedAt: null,
    movedAt,
    folderId: null,
    entryId: null,
    reason: null,
  };
}

describe('offline downloads as they were seen', () => {
  let clock: FakeClock;
  let seen: SeenTasks;

  beforeEach(async () => {
    clock = new FakeClock();
    seen = new SeenTasks(clock, await AskedTasks.open(new MapStore<AskedTask>(), 'main'));
  });

  it('are left alone when they have not moved for a day, until they do', async () => {
    seen.observe([taskAt(0.5)]);
    await clock.advance(23 * HOUR);
    seen.observe([taskAt(0.5)]);
    assert.equal(seen.running.length, 1);
    await clock.advance(HOUR);
    assert.deepEqual([seen.running.length, seen.known([taskAt(0.5)])[0]?.isStalled], [0, true]);
    seen.observe([taskAt(0.6)]);
    assert.deepEqual([seen.running.length, seen.known([taskAt(0.6)])[0]?.isStalled], [1, false]);
  });

  it('are believed not to have moved since the cloud says so', () => {
    seen.observe([taskAt(0.5, clock.now() - 25 * HOUR)]);
    assert.deepEqual(seen.running, []);
  });

  it('end once', () => {
    const done: OfflineTask = { ...taskAt(1), state: 'done' };
    assert.deepEqual(seen.observe([done]), [], 'nobody waited for it');
    seen.forget(done.id);
    seen.observe([taskAt(0.5)]);
    assert.equal(seen.observe([done]).length, 1);
    assert.deepEqual(seen.observe([done]), []);
  });
});
