import assert from 'node:assert/strict';
import { safeParse } from 'valibot';
import type { AccountHealth } from '../../../../src/driver/account.js';
import { AccountEvents } from '../../../../src/daemon/events/account-events.js';
import { eventCommands } from '../../../../src/daemon/events/commands.js';
import { Events } from '../../../../src/daemon/events/events.js';
import { TreeEvents } from '../../../../src/daemon/events/tree-events.js';
import { uploadEvent } from '../../../../src/daemon/events/upload-events.js';
import type { DaemonEvent } from '../../../../src/lib/event-protocol.js';
import { FsError } from '../../../../src/lib/errors.js';
import { settle } from '../../../fakes/fake-clock.js';
import { type FakeEnv, fakeEnv } from '../../../fakes/fake-env.js';

const WELL: AccountHealth = {
  login: 'ok',
  loginMessage: null,
  throttle: null,
  calls: { today: 0, perDay: 8000 },
};
const LOST: AccountHealth = { ...WELL, login: 'lost', loginMessage: 'log in again' };
const NOW = Date.UTC(2026, 0, 1);

describe('events of the daemon', () => {
  let env: FakeEnv;
  let events: Events;
  let heard: DaemonEvent[];
  let health: AccountHealth;
  let accounts: AccountEvents;

  beforeEach(() => {
    env = fakeEnv();
    events = new Events(env);
    heard = [];
    health = WELL;
    accounts = new AccountEvents(env.clock, events, [{ name: 'main', health: () => health }]);
  });

  const types = (): readonly string[] => heard.map(({ type }) => type);

  /** Listens as a client of the socket would. Answers how to leave. */
  function listen(wanted?: string): () => Promise<unknown> {
    const [command] = eventCommands({ clock: env.clock, events, accounts });
    assert.ok(command !== undefined);
    const input = safeParse(command.input, wanted === undefined ? {} : { types: wanted });
    assert.ok(input.success);
    const gone = new AbortController();
    const context = { signal: gone.signal, progress: (event: unknown) => heard.push(event as DaemonEvent) };
    const ended = command.run(input.output, context).catch((error: unknown) => error);
    return async () => {
      gone.abort(new FsError('EINTR', 'the client has gone', { expected: true }));
      return await ended;
    };
  }

  it('reach whoever listens with the time at which they happened', async () => {
    const leave = listen();
    await env.clock.advance(1000);
    events.tell({ type: 'mount.up', path: '/mnt', drives: ['films'], reason: null });
    assert.deepEqual(heard, [
      { type: 'heartbeat', at: NOW },
      { type: 'mount.up', path: '/mnt', drives: ['films'], reason: null, at: NOW + 1000 },
    ]);
    assert.equal(((await leave()) as FsError).errno, 'EINTR');
    assert.equal(events.isHeard, false);
    assert.equal(env.clock.waiting, 0);
  });

  it('are limited to the types that are asked for, and to all of a kind', async () => {
    const leave = listen('upload.done, mount');
    for (const kind of ['begun', 'done'] as const) {
      events.tell(uploadEvent('films', { kind, id: 'local-1', path: '/a', size: 1, reason: null }));
    }
    events.tell({ type: 'mount.down', path: '/mnt', drives: ['films'], reason: null });
    assert.deepEqual(types(), ['heartbeat', 'upload.done', 'mount.down']);
    await leave();
  });

  it('refuse a type that there is not, and name those that there are', () => {
    const [command] = eventCommands({ clock: env.clock, events, accounts });
    for (const wrong of ['uploads', 'upload.', '', 'heartbeat']) {
      const { issues } = safeParse(command?.input ?? assert.fail(), { types: wrong });
      assert.match(issues?.[0].message ?? '', /^there is no event ".*"; there are tree\.changed, upload/);
    }
  });

  it('come with a heartbeat when nothing happens', async () => {
    const leave = listen('mount');
    await env.clock.advance(31_000);
    assert.deepEqual(types(), ['heartbeat', 'heartbeat', 'heartbeat']);
    await leave();
  });

  it('gather what changes in a tree, and count what is too much to name', async () => {
    const leave = listen('tree');
    const tree = new TreeEvents(env.clock, events, 'films');
    tree.changed(['/a', '/b']);
    tree.changed(['/a', ...Array.from({ length: 120 }, (_, index) => `/c/${index}`)]);
    await env.clock.advance(200);
    tree.changed(['/d']);
    await env.clock.advance(200);
    const [, first, second] = heard;
    assert.ok(first?.type === 'tree.changed' && second?.type === 'tree.changed');
    assert.deepEqual(
      [first.paths.length, first.paths.slice(0, 3), first.more],
      [100, ['/a', '/b', '/c/0'], 22],
    );
    assert.deepEqual([second.paths, second.more], [['/d'], 0]);
    await leave();
  });

  it('cost nothing while nobody listens', async () => {
    new TreeEvents(env.clock, events, 'films').changed(['/a']);
    assert.equal(env.clock.waiting, 0);
    const leave = listen();
    assert.notEqual(env.clock.waiting, 0);
    await leave();
    assert.equal(env.clock.waiting, 0);
  });

  it('tell once that a login is lost and that it is back', async () => {
    const leave = listen('login');
    health = LOST;
    await env.clock.advance(5000);
    health = { ...WELL, login: 'unknown' };
    await env.clock.advance(5000);
    health = WELL;
    await env.clock.advance(4000);
    assert.deepEqual(heard.slice(1), [
      { type: 'login.lost', account: 'main', reason: 'log in again', at: NOW + 500 },
      { type: 'login.ok', account: 'main', reason: null, at: NOW + 10_500 },
    ]);
    await leave();
  });

  it('tell when a cloud begins to refuse calls and when it takes them again', async () => {
    const leave = listen('throttle');
    health = { ...WELL, throttle: { until: NOW + 60_000, message: 'too many' } };
    await env.clock.advance(1000);
    health = { ...WELL, throttle: { until: NOW + 120_000, message: 'too many' } };
    await env.clock.advance(1000);
    health = WELL;
    await env.clock.advance(1000);
    assert.deepEqual(heard.slice(1), [
      { type: 'throttle.begun', account: 'main', until: NOW + 60_000, reason: 'too many', at: NOW + 500 },
      { type: 'throttle.ended', account: 'main', until: null, reason: null, at: NOW + 2500 },
    ]);
    await leave();
  });

  it('tell a new listener what is wrong already, and only that one', async () => {
    const first = listen();
    health = LOST;
    await env.clock.advance(1000);
    const before = heard.length;
    const second = listen();
    assert.deepEqual(types().slice(before), ['heartbeat', 'login.lost']);
    await first();
    await env.clock.advance(1000);
    assert.equal(heard.length, before + 2);
    await second();
  });

  it('go on when one listener fails', async () => {
    events.onEvent(() => {
      throw new Error('broken');
    });
    const leave = listen('mount');
    events.tell({ type: 'mount.up', path: '/mnt', drives: ['films'], reason: null });
    await settle();
    assert.deepEqual(types(), ['heartbeat', 'mount.up']);
    assert.equal(env.log.lines[0]?.message, 'a listener of events failed');
    await leave();
  });
});
