import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type Call, URGENCIES, type Urgency } from '../../../src/lib/call.js';
import { FsError } from '../../../src/lib/errors.js';
import { type CounterStore, type DayCount, Pacer, type PacerOptions } from '../../../src/net/pacer.js';
import { callOf } from '../../fakes/calls.js';
import { settle } from '../../fakes/fake-clock.js';
import { type FakeEnv, fakeEnv } from '../../fakes/fake-env.js';

class MemoryCounters implements CounterStore {
  readonly saved: DayCount[] = [];
  stored: DayCount | null = null;
  failure: Error | null = null;

  load(): Promise<DayCount | null> {
    return this.failure === null ? Promise.resolve(this.stored) : Promise.reject(this.failure);
  }

  save(_account: string, count: DayCount): Promise<void> {
    if (this.failure !== null) return Promise.reject(this.failure);
    this.saved.push(count);
    this.stored = count;
    return Promise.resolve();
  }
}

const CALM: PacerOptions = { perSecond: 1, burst: 4, perDay: 8000 };

interface Asked {
  readonly promise: Promise<void>;
  outcome: 'waiting' | 'admitted' | FsError | Error;
}

describe('pacer', () => {
  let env: FakeEnv;
  let counters: MemoryCounters;
  let pacer: Pacer;
  let admitted: string[];

  function use(options: Partial<PacerOptions> = {}): void {
    env = fakeEnv();
    counters = new MemoryCounters();
    pacer = new Pacer(env, 'main', counters, { ...CALM, ...options });
    admitted = [];
  }

  function ask(call: Call = callOf(), name = 'call'): Asked {
    const asked: Asked = {
      outcome: 'waiting',
      promise: pacer.admit(call, name).then(
        () => {
          asked.outcome = 'admitted';
          admitted.push(name);
        },
        (error: unknown) => {
          asked.outcome = error as Error;
        },
      ),
    };
    return asked;
  }

  function refusedWith(asked: Asked): FsError {
    assert.ok(asked.outcome instanceof FsError, String(asked.outcome));
    assert.deepEqual([asked.outcome.errno, asked.outcome.reason], ['ETIMEDOUT', 'throttle']);
    return asked.outcome;
  }

  beforeEach(() => use());

  describe('pace', () => {
    it('lets a burst out at once and then one per interval', async () => {
      for (let count = 0; count < 7; count += 1) ask();
      const seen: number[] = [];
      for (let second = 0; second < 4; second += 1) {
        await env.clock.advance(second === 0 ? 0 : 1000);
        seen.push(admitted.length);
      }
      assert.deepEqual(seen, [4, 5, 6, 7]);
      assert.equal(pacer.state().waiting, 0);
    });

    it('never exceeds burst and rate in any window, whatever comes when', async () => {
      const steps = fc.array(
        fc.record({
          calls: fc.integer({ min: 0, max: 6 }),
          urgency: fc.constantFrom(...URGENCIES),
          pause: fc.integer({ min: 0, max: 5000 }),
          jump: fc.constantFrom(0, 0, 3_600_000, -7_200_000, 86_400_000),
        }),
        { maxLength: 15 },
      );
      const pace = fc.record({
        perSecond: fc.constantFrom(0.5, 1, 3),
        burst: fc.integer({ min: 1, max: 5 }),
      });
      await fc.assert(
        fc.asyncProperty(steps, pace, async (plan, { perSecond, burst }) => {
          use({ perSecond, burst });
          const times: number[] = [];
          const asked: Promise<void>[] = [];
          for (const { calls, urgency, pause, jump } of plan) {
            for (let count = 0; count < calls; count += 1) {
              asked.push(
                pacer.admit(callOf(urgency), 'call').then(() => {
                  times.push(env.clock.monotonic());
                  pacer.succeeded();
                }),
              );
            }
            env.clock.jumpWall(jump);
            await env.clock.advance(pause);
          }
          await env.clock.advance(200_000);
          await Promise.all(asked);
          assertPace(times, perSecond, burst);
          assert.deepEqual([pacer.state().waiting, times.length], [0, asked.length]);
        }),
        { numRuns: 60 },
      );
    });

    it('goes on at its pace after a restart, and has its burst again after a rest', async () => {
      const afterRestart = async (rest: number): Promise<number> => {
        use();
        for (let count = 0; count < 4; count += 1) ask();
        await env.clock.advance(rest);
        pacer = new Pacer(env, 'main', counters, CALM);
        for (let count = 0; count < 4; count += 1) ask();
        await settle();
        return admitted.length - 4;
      };
      assert.equal(await afterRestart(0), 0);
      assert.equal(await afterRestart(5000), 0, 'the last call may have come a second after the last saving');
      assert.equal(await afterRestart(7000), 4);
    });

    it('never exceeds burst and rate over restarts at any moment', async () => {
      const steps = fc.array(
        fc.record({ calls: fc.integer({ min: 0, max: 6 }), pause: fc.integer({ min: 0, max: 7000 }) }),
        { maxLength: 15 },
      );
      await fc.assert(
        fc.asyncProperty(steps, async (plan) => {
          use();
          const times: number[] = [];
          for (const { calls, pause } of plan) {
            const killed = new AbortController();
            for (let count = 0; count < calls; count += 1) {
              pacer.admit(callOf('reader', killed.signal), 'call').then(
                () => times.push(env.clock.monotonic()),
                () => undefined,
              );
            }
            await env.clock.advance(pause);
            killed.abort();
            pacer = new Pacer(env, 'main', counters, CALM);
          }
          assertPace(times, CALM.perSecond, CALM.burst);
        }),
        { numRuns: 60 },
      );
    });

    it('keeps to its number of calls under way', async () => {
      use({ concurrency: 2, burst: 10 });
      for (let count = 0; count < 4; count += 1) ask();
      await settle();
      assert.equal(admitted.length, 2);
      pacer.lost();
      await settle();
      assert.equal(admitted.length, 3);
      pacer.succeeded();
      await settle();
      assert.equal(admitted.length, 4);
    });
  });

  describe('order', () => {
    it('is by urgency, and by arrival within', async () => {
      const burst: Urgency[] = ['background', 'probe', 'lookup', 'reader', 'background', 'reader'];
      use({ burst: 1 });
      ask(callOf(), 'first');
      burst.forEach((urgency, index) => ask(callOf(urgency), `${urgency} ${index}`));
      await env.clock.advance(10_000);
      const order = ['first', 'reader 3', 'reader 5', 'lookup 2', 'probe 1', 'background 0', 'background 4'];
      assert.deepEqual(admitted, order);
    });

    it('counts the urgency of the moment', async () => {
      use({ burst: 1 });
      const rising = { signal: new AbortController().signal, urgency: 'background' as Urgency };
      ask(callOf(), 'first');
      ask(rising, 'rising');
      ask(callOf('lookup'), 'lookup');
      await settle();
      rising.urgency = 'reader';
      await env.clock.advance(5000);
      assert.deepEqual(admitted, ['first', 'rising', 'lookup']);
    });
  });

  describe('abort', () => {
    it('leaves the queue with its reason and no timer behind', async () => {
      use({ burst: 1 });
      const abort = new AbortController();
      ask();
      const waiting = ask(callOf('reader', abort.signal));
      await settle();
      assert.deepEqual([pacer.state().waiting, env.clock.waiting], [1, 1]);
      const reason = new Error('nobody waits');
      abort.abort(reason);
      await settle();
      assert.equal(waiting.outcome, reason);
      await pacer.flush();
      assert.deepEqual([pacer.state().waiting, env.clock.waiting], [0, 0]);
      const late = ask(callOf('reader', abort.signal));
      await late.promise;
      assert.equal(late.outcome, reason);
    });

    it('of waiters never keeps the others from their turn', async () => {
      const plan = fc.array(fc.record({ aborted: fc.boolean(), after: fc.integer({ min: 0, max: 3000 }) }), {
        maxLength: 12,
      });
      await fc.assert(
        fc.asyncProperty(plan, async (waiters) => {
          use({ burst: 1 });
          const asked = waiters.map(({ aborted, after }) => {
            const abort = new AbortController();
            if (aborted) env.clock.after(after, () => abort.abort());
            return { aborted, asked: ask(callOf('lookup', abort.signal)) };
          });
          await env.clock.advance(20_000);
          for (const one of asked) {
            assert.notEqual(one.asked.outcome, 'waiting');
            if (!one.aborted) assert.equal(one.asked.outcome, 'admitted');
          }
          assert.equal(pacer.state().waiting, 0);
        }),
        { numRuns: 40 },
      );
    });
  });

  describe('breaker', () => {
    async function refuseOne(wait: number | null = null, message = '访问上限'): Promise<void> {
      const one = ask(callOf('background'), 'trial');
      await settle();
      assert.equal(one.outcome, 'admitted');
      pacer.refused(wait, message);
    }

    it('pauses for a minute, twice as long after each refusal, at most an hour', async () => {
      const pauses: number[] = [];
      for (let round = 0; round < 8; round += 1) {
        await refuseOne();
        const pause = (pacer.state().throttle?.until ?? 0) - env.clock.now();
        pauses.push(pause / 60_000);
        await env.clock.advance(pause);
      }
      assert.deepEqual(pauses, [1, 2, 4, 8, 16, 32, 60, 60]);
    });

    it('starts again at the first step after a success', async () => {
      await refuseOne();
      await env.clock.advance(60_000);
      await refuseOne();
      await env.clock.advance(120_000);
      ask(callOf('background'), 'trial');
      await settle();
      pacer.succeeded();
      await env.clock.advance(10_000);
      await refuseOne();
      assert.equal((pacer.state().throttle?.until ?? 0) - env.clock.now(), 60_000);
    });

    it('waits as long as the cloud asks, but a day at most', async () => {
      await refuseOne(7000);
      assert.equal((pacer.state().throttle?.until ?? 0) - env.clock.now(), 7000);
      await env.clock.advance(7000);
      await refuseOne(10 ** 12);
      assert.equal((pacer.state().throttle?.until ?? 0) - env.clock.now(), 24 * 3_600_000);
    });

    it('takes refusals of calls that were under way together for one', async () => {
      for (let count = 0; count < 4; count += 1) ask();
      await settle();
      for (let count = 0; count < 3; count += 1) pacer.refused(null, 'busy');
      pacer.succeeded();
      assert.equal((pacer.state().throttle?.until ?? 0) - env.clock.now(), 60_000);
    });

    it('holds readers, probes and background work, and tells lookups at once', async () => {
      await refuseOne(null, '已达到当前访问上限');
      const held = (['reader', 'probe', 'background'] as const).map((urgency) =>
        ask(callOf(urgency), urgency),
      );
      const lookup = ask(callOf('lookup'));
      await settle();
      assert.match(
        refusedWith(lookup).message,
        /^account main: no calls until \d\d:\d\d:\d\d: .*已达到当前访问上限/,
      );
      assert.deepEqual(
        held.map((one) => one.outcome),
        ['waiting', 'waiting', 'waiting'],
      );
      assert.match(pacer.state().throttle?.message ?? '', /已达到当前访问上限/);
    });

    it('lets a lookup wait for a pause within its patience', async () => {
      await refuseOne(30_000);
      await env.clock.advance(11_000);
      const patient = ask(callOf('lookup'));
      await env.clock.advance(19_000);
      assert.equal(patient.outcome, 'admitted');
    });

    it('tells lookups that waited already when it opens', async () => {
      use({ burst: 1 });
      ask(callOf('background'));
      const lookup = ask(callOf('lookup'));
      await settle();
      pacer.refused(null, '');
      await settle();
      assert.match(refusedWith(lookup).message, /without saying why/);
    });

    it('lets one call at a time out until one succeeds, then the steady pace', async () => {
      await refuseOne();
      for (let count = 0; count < 6; count += 1) ask(callOf('reader'), 'reader');
      await env.clock.advance(60_000);
      assert.equal(admitted.length, 2);
      await env.clock.advance(30_000);
      assert.equal(admitted.length, 2, 'no second one while the first is under way');
      pacer.lost();
      await env.clock.advance(0);
      assert.equal(admitted.length, 3);
      pacer.succeeded();
      await env.clock.advance(999);
      assert.equal(admitted.length, 3, 'no burst for a cloud that has just refused');
      await env.clock.advance(2001);
      assert.equal(admitted.length, 6);
      assert.equal(pacer.state().throttle, null);
    });

    it('is not held up by a clock that is set back', async () => {
      await refuseOne();
      const reader = ask(callOf('reader'));
      env.clock.jumpWall(-365 * 86_400_000);
      await env.clock.advance(60_000);
      assert.equal(reader.outcome, 'admitted');
    });
  });

  describe('calls of the day', () => {
    const ALMOST = { perDay: 10, burst: 1000, perSecond: 1000 };

    async function use10(): Promise<void> {
      use(ALMOST);
      for (let count = 0; count < 10; count += 1) ask(callOf('background'), count < 3 ? 'list' : 'link');
      await settle();
      assert.equal(admitted.length, 10);
    }

    it('are counted by name', async () => {
      await use10();
      assert.deepEqual(pacer.state().calls, { today: 10, perDay: 10, byName: { list: 3, link: 7 } });
    });

    it('end for all but readers, who have a tenth more', async () => {
      await use10();
      for (const urgency of ['lookup', 'probe', 'background'] as const) {
        const asked = ask(callOf(urgency));
        await asked.promise;
        assert.match(refusedWith(asked).message, /the 10 calls of the day are used up/);
      }
      const readers = [ask(callOf('reader')), ask(callOf('reader'))];
      await settle();
      assert.equal(readers[0]?.outcome, 'admitted');
      assert.equal(readers[1]?.outcome instanceof FsError, true);
    });

    it('are dismissed from the queue when the last one goes out', async () => {
      use({ perDay: 1, burst: 1 });
      ask(callOf('lookup'));
      const second = ask(callOf('background'));
      await settle();
      refusedWith(second);
      assert.equal(env.clock.waiting, 0, 'nothing waits');
    });

    it('begin anew at midnight of UTC+8', async () => {
      await use10();
      const midnight = Date.UTC(2026, 0, 1, 16);
      assert.equal(pacer.state().throttle?.until, midnight);
      await env.clock.advance(midnight - env.clock.now() - 1);
      assert.equal(pacer.state().calls.today, 10);
      await env.clock.advance(1);
      assert.deepEqual(pacer.state().calls, { today: 0, perDay: 10, byName: {} });
      assert.equal(pacer.state().throttle, null);
    });

    it('are saved when the first goes out, then at most once a second, and at the end', async () => {
      use(ALMOST);
      const at = env.clock.now();
      for (let count = 0; count < 5; count += 1) ask();
      await env.clock.advance(999);
      assert.deepEqual(counters.saved, [{ day: '2026-01-01', calls: 1, at }]);
      await env.clock.advance(1);
      assert.deepEqual(counters.saved.at(-1), { day: '2026-01-01', calls: 5, at: at + 1000 });
      ask();
      await settle();
      await pacer.flush();
      assert.deepEqual(counters.saved.at(-1), { day: '2026-01-01', calls: 6, at: at + 1000 });
      await env.clock.advance(5000);
      assert.equal(counters.saved.length, 3);
    });

    it('go on after a restart on the same day only', async () => {
      for (const [day, today] of [
        ['2026-01-01', 10],
        ['2025-12-31', 1],
      ] as const) {
        use(ALMOST);
        counters.stored = { day, calls: 9 };
        ask();
        await settle();
        assert.equal(pacer.state().calls.today, today);
      }
    });

    it('are counted from 0, with a warning, when the store fails', async () => {
      use(ALMOST);
      counters.failure = new Error('disk');
      const one = ask();
      await env.clock.advance(1000);
      assert.equal(one.outcome, 'admitted');
      ask();
      await env.clock.advance(1000);
      const warnings = env.log.lines.filter((line) => line.level === 'warn').map((line) => line.message);
      assert.deepEqual(warnings, [
        'calls of today cannot be read, counting from 0',
        'calls of today cannot be saved',
      ]);
      await pacer.flush();
    });
  });
});

/** In every span that begins with one call and ends with another there are at most burst + rate × span. */
function assertPace(times: readonly number[], perSecond: number, burst: number): void {
  times.forEach((end, last) => {
    times.slice(0, last + 1).forEach((start, first) => {
      const allowed = burst + ((end - start) / 1000) * perSecond;
      assert.ok(last - first + 1 <= allowed + 1e-6, `${last - first + 1} calls in ${end - start} ms`);
    });
  });
}
