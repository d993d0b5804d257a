import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Lane, Purpose } from '../../../src/content/lane.js';
import { AccountLanes } from '../../../src/content/lanes.js';
import type { Urgency } from '../../../src/lib/call.js';
import { callOf } from '../../fakes/calls.js';
import { FakeClock, settle } from '../../fakes/fake-clock.js';

const MIB = 1024 * 1024;

/** Acquires lanes and notes who got one, and from whom one was taken. */
class Requests {
  readonly clock = new FakeClock();
  readonly lanes: AccountLanes;
  readonly granted = new Map<string, Lane>();
  readonly taken: string[] = [];
  readonly turnedAway: string[] = [];

  constructor(cap: number) {
    this.lanes = new AccountLanes(this.clock, cap);
  }

  async ask(
    name: string,
    key = 'film',
    cap = 2,
    urgency: Urgency = 'reader',
    purpose: Purpose = 'bytes',
  ): Promise<void> {
    const onTaken = (): void => void this.taken.push(name);
    const wish = this.lanes.acquire({ key, cap, call: callOf(urgency), purpose, onTaken });
    void wish.then((lane) => {
      if (lane === null) this.turnedAway.push(name);
      else this.granted.set(name, lane);
    });
    await settle();
  }

  lane(name: string): Lane {
    const lane = this.granted.get(name);
    assert.ok(lane !== undefined, `${name} has no lane`);
    return lane;
  }

  async release(name: string): Promise<void> {
    this.lane(name).release();
    await settle();
  }

  get names(): string[] {
    return [...this.granted.keys()];
  }
}

describe('AccountLanes', () => {
  it('gives no more lanes than a link allows', async () => {
    const requests = new Requests(8);
    for (const name of ['a', 'b', 'c']) await requests.ask(name);
    await requests.ask('other', 'subtitles');
    assert.deepEqual(requests.names, ['a', 'b', 'other']);
    await requests.release('a');
    assert.deepEqual(requests.names, ['a', 'b', 'other', 'c']);
  });

  it('gives no more lanes than the account allows', async () => {
    const requests = new Requests(3);
    for (const name of ['a', 'b', 'c', 'd']) await requests.ask(name, name);
    assert.deepEqual(requests.names, ['a', 'b', 'c']);
    assert.equal(requests.lanes.status().waiting, 1);
    await requests.release('b');
    assert.deepEqual(requests.names, ['a', 'b', 'c', 'd']);
  });

  it('serves the most urgent first, then who came first', async () => {
    const requests = new Requests(1);
    await requests.ask('now');
    await requests.ask('later', 'film', 2, 'background');
    await requests.ask('first', 'film', 2, 'reader');
    await requests.ask('second', 'film', 2, 'reader');
    for (const name of ['now', 'first', 'second']) await requests.release(name);
    assert.deepEqual(requests.names, ['now', 'first', 'second', 'later']);
  });

  it('takes a resting lane for one who waits, once, the one that rests longest', async () => {
    const requests = new Requests(8);
    for (const name of ['a', 'b']) await requests.ask(name);
    for (const name of ['b', 'a']) requests.lane(name).opened();
    requests.lane('b').rest();
    requests.lane('a').rest();
    assert.deepEqual(requests.taken, []);
    await requests.ask('c');
    assert.deepEqual(requests.taken, ['b']);
    assert.deepEqual(requests.names, ['a', 'b']);
    await requests.release('b');
    assert.deepEqual(requests.names, ['a', 'b', 'c']);
  });

  it('takes a lane as soon as it rests while another waits', async () => {
    const requests = new Requests(1);
    await requests.ask('a');
    await requests.ask('b', 'subtitles');
    requests.lane('a').opened();
    assert.deepEqual(requests.taken, []);
    requests.lane('a').rest();
    assert.deepEqual(requests.taken, ['a']);
  });

  it('does not take a lane whose reader asks again', async () => {
    const requests = new Requests(1);
    await requests.ask('a');
    requests.lane('a').opened();
    requests.lane('a').rest();
    requests.lane('a').resume();
    await requests.ask('b');
    assert.deepEqual(requests.taken, []);
  });

  it('does not take lanes of other links when the link itself is full', async () => {
    const requests = new Requests(8);
    await requests.ask('a', 'film', 1);
    await requests.ask('b', 'subtitles', 1);
    for (const name of ['a', 'b']) requests.lane(name).opened();
    requests.lane('b').rest();
    await requests.ask('c', 'film', 1);
    assert.deepEqual(requests.taken, []);
  });

  it('takes a lane whose turn of 16 MiB is over from a reader who still waits', async () => {
    const requests = new Requests(8);
    await requests.ask('a', 'film', 1);
    requests.lane('a').opened();
    await requests.ask('b', 'film', 1);
    requests.lane('a').carry(16 * MIB - 1, 32 * MIB);
    assert.deepEqual(requests.taken, []);
    requests.lane('a').carry(1, 32 * MIB);
    assert.deepEqual(requests.taken, ['a']);
  });

  it('ends a turn at 6 MiB when another waits for its first byte', async () => {
    const requests = new Requests(8);
    await requests.ask('a', 'film', 1);
    requests.lane('a').opened();
    requests.lane('a').carry(6 * MIB - 1, 32 * MIB);
    await requests.ask('b', 'film', 1, 'reader', 'first byte');
    assert.deepEqual(requests.taken, []);
    requests.lane('a').carry(1, 32 * MIB);
    assert.deepEqual(requests.taken, ['a']);
  });

  it('lets a request end that is nearly done, and a reader keep its lane from a less urgent one', async () => {
    const requests = new Requests(8);
    await requests.ask('a', 'film', 1);
    requests.lane('a').opened();
    await requests.ask('b', 'film', 1, 'background');
    requests.lane('a').carry(16 * MIB, 32 * MIB);
    await requests.ask('c', 'film', 1);
    assert.deepEqual(requests.taken, ['a']);
    const others = new Requests(8);
    await others.ask('a', 'film', 1);
    others.lane('a').opened();
    await others.ask('b', 'film', 1);
    others.lane('a').carry(17 * MIB, 2 * MIB);
    assert.deepEqual(others.taken, []);
  });

  it('turns away what nobody waits for unless a lane is to spare', async () => {
    const requests = new Requests(4);
    await requests.ask('a', 'film', 2);
    await requests.ask('ahead', 'film', 2, 'reader', 'ahead');
    await requests.ask('more', 'film', 2, 'reader', 'ahead');
    assert.deepEqual([requests.names, requests.turnedAway], [['a', 'ahead'], ['more']]);
    await requests.ask('b', 'subtitles', 2);
    await requests.ask('last', 'subtitles', 2, 'reader', 'ahead');
    assert.deepEqual(requests.turnedAway, ['more', 'last']);
  });

  it('turns away ahead of nobody who could not use the lane: what has room is never refused', async () => {
    const requests = new Requests(8);
    for (const name of ['a', 'b', 'waits']) await requests.ask(name, 'dead link');
    assert.equal(requests.lanes.hasRoom('film', 2), true);
    await requests.ask('ahead', 'film', 2, 'reader', 'ahead');
    assert.deepEqual([requests.names, requests.turnedAway], [['a', 'b', 'ahead'], []]);
  });

  it('takes a request that nobody waits for before it is answered', async () => {
    const requests = new Requests(8);
    await requests.ask('ahead', 'film', 1, 'reader', 'ahead');
    await requests.ask('a', 'film', 1, 'reader', 'first byte');
    assert.deepEqual(requests.taken, ['ahead']);
  });

  it('lets nobody wait for ever behind more urgent ones', async () => {
    const requests = new Requests(1);
    await requests.ask('now');
    await requests.ask('old', 'film', 2, 'background');
    await requests.clock.advance(30_000);
    await requests.ask('young', 'film', 2, 'reader');
    await requests.release('now');
    assert.deepEqual(requests.names, ['now', 'old']);
  });

  it('lowers the cap of a link that refuses while others are open, longer each time in a row', async () => {
    const requests = new Requests(8);
    await requests.ask('a');
    for (const recovery of [500, 2000, 8000, 32_000, 60_000, 60_000]) {
      await requests.ask('b');
      assert.equal(requests.lane('b').refused(), true);
      await requests.release('b');
      requests.granted.delete('b');
      const limit = () => requests.lanes.status().links[0]?.limit;
      await requests.clock.advance(recovery - 1);
      assert.equal(limit(), 1);
      await requests.clock.advance(1);
      assert.equal(limit(), 2);
    }
  });

  it('tries one more connection as soon as what was learned wears off, although nothing else happens', async () => {
    const requests = new Requests(8);
    for (const name of ['a', 'b']) await requests.ask(name);
    requests.lane('b').refused();
    await requests.release('b');
    await requests.ask('c');
    assert.deepEqual(requests.names, ['a', 'b']);
    await requests.clock.advance(500);
    assert.deepEqual(requests.names, ['a', 'b', 'c']);
    assert.equal(requests.clock.waiting, 0);
  });

  it('tries one more connection at whatever fraction of a millisecond it was taught', async () => {
    for (let part = 1; part < 30; part += 1) {
      const requests = new Requests(8);
      await requests.clock.advance(693 + part / 997);
      for (const name of ['a', 'b']) await requests.ask(name);
      requests.lane('b').refused();
      await requests.release('b');
      await requests.clock.advance(part / 7);
      await requests.ask('c');
      await requests.clock.advance(502);
      assert.deepEqual(requests.names, ['a', 'b', 'c']);
      assert.equal(requests.clock.waiting, 0);
    }
  });

  it('counts refusals at the same time as one, and begins anew after a while', async () => {
    const requests = new Requests(8);
    await requests.ask('a', 'film', 4);
    const refuse = async (...names: string[]) => {
      for (const name of names) await requests.ask(name, 'film', 4);
      for (const name of names) {
        requests.lane(name).refused();
        await requests.release(name);
      }
    };
    await refuse('b', 'c');
    const limit = () => requests.lanes.status().links[0]?.limit;
    assert.equal(limit(), 1);
    await requests.clock.advance(500);
    assert.equal(limit(), 2);
    await requests.clock.advance(30_000);
    await refuse('d');
    await requests.clock.advance(500);
    assert.equal(limit(), 2);
  });

  it('forgets a lowered cap when the refusals had another cause', async () => {
    const requests = new Requests(8);
    await requests.ask('a');
    await requests.ask('b');
    requests.lane('b').refused();
    await requests.release('b');
    await requests.ask('c');
    requests.lanes.unlearn('film');
    await settle();
    assert.deepEqual(requests.names, ['a', 'b', 'c']);
  });

  it('lowers the cap of the account when the only connection of a link gets no byte beside others', async () => {
    const requests = new Requests(8);
    await requests.ask('works', 'film');
    requests.lane('works').opened();
    requests.lane('works').carry(MIB, 32 * MIB);
    await requests.ask('stalled', 'other film');
    requests.lane('stalled').stalled();
    await requests.release('stalled');
    await requests.ask('again', 'other film');
    assert.deepEqual([requests.names, requests.lanes.status().limit], [['works', 'stalled'], 1]);
    await requests.clock.advance(500);
    assert.ok(requests.names.includes('again'));
    assert.equal(requests.lanes.status().limit, 2);
  });

  it('suspects connections that were closed a moment ago only when they fill the cap', async () => {
    const requests = new Requests(8);
    for (const name of ['a', 'b']) await requests.ask(name);
    for (const name of ['a', 'b']) requests.lane(name).opened();
    await requests.release('a');
    await requests.clock.advance(900);
    await requests.release('b');
    await requests.ask('c');
    assert.equal(requests.lane('c').refused(), true);
    await requests.release('c');
    await requests.clock.advance(200);
    await requests.ask('d');
    assert.equal(requests.lane('d').refused(), false);
  });

  it('forgets a wait that is aborted', async () => {
    const requests = new Requests(1);
    await requests.ask('a');
    const killed = new AbortController();
    const call = callOf('reader', killed.signal);
    const wish = requests.lanes.acquire({
      key: 'film',
      cap: 2,
      call,
      purpose: 'bytes',
      onTaken: () => undefined,
    });
    killed.abort(new Error('killed'));
    await assert.rejects(wish, /killed/);
    await requests.ask('b');
    await requests.release('a');
    assert.deepEqual(requests.names, ['a', 'b']);
    assert.equal(requests.lanes.status().busy, 1);
  });

  it('keeps every cap and leaves nobody waiting beside a free lane, whatever happens', async () => {
    const step = fc.record({
      what: fc.constantFrom('ask', 'ask', 'open', 'rest', 'resume', 'refuse', 'release', 'wait'),
      which: fc.nat(30),
      link: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
    });
    const run = async (steps: readonly { what: string; which: number; link: string }[]): Promise<void> => {
      const clock = new FakeClock();
      const account = new AccountLanes(clock, 4);
      const held: Lane[] = [];
      for (const { what, which, link } of steps) {
        const lane = held[which % Math.max(1, held.length)];
        if (what === 'ask') {
          const call = callOf(which % 2 === 0 ? 'reader' : 'background');
          void account
            .acquire({ key: link, cap: 2, call, purpose: 'bytes', onTaken: () => undefined })
            .then((got) => got !== null && held.push(got));
        }
        if (what === 'open') lane?.opened();
        if (what === 'rest') lane?.rest();
        if (what === 'resume') lane?.resume();
        if (what === 'refuse') lane?.refused();
        if (what === 'wait') await clock.advance(20_000);
        if (lane !== undefined && (what === 'release' || what === 'refuse')) {
          lane.release();
          held.splice(held.indexOf(lane), 1);
        }
        await Promise.resolve();
        const { busy, waiting, links } = account.status();
        assert.ok(busy <= 4 && links.every((one) => one.busy <= 2), JSON.stringify(links));
        assert.ok(waiting === 0 || busy === 4 || links.every((one) => one.waiting === 0 || one.busy > 0));
      }
      // The last waiter is served when everything is given back.
      for (let turn = 0; account.status().busy > 0; turn += 1) {
        assert.ok(turn < 1000, 'lanes are never given back');
        for (const lane of held.splice(0)) lane.release();
        await Promise.resolve();
      }
      assert.deepEqual(account.status(), { limit: 4, busy: 0, waiting: 0, links: [] });
    };
    await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 120 }), run), { numRuns: 200 });
  });
});
