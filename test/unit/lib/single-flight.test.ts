import assert from 'node:assert/strict';
import type { Call } from '../../../src/lib/call.js';
import { SingleFlight } from '../../../src/lib/single-flight.js';
import { callOf } from '../../fakes/calls.js';

describe('SingleFlight', () => {
  it('shares one run among callers of a key', async () => {
    const flights = new SingleFlight<number>();
    let runs = 0;
    const work = async (): Promise<number> => {
      runs += 1;
      const mine = runs;
      await Promise.resolve();
      return mine;
    };
    assert.deepEqual(
      await Promise.all([
        flights.run('a', callOf(), work),
        flights.run('a', callOf(), work),
        flights.run('b', callOf(), work),
      ]),
      [1, 1, 2],
    );
    assert.equal(flights.running('a'), false);
  });

  it('gives a failure to all and then forgets it', async () => {
    const flights = new SingleFlight<number>();
    const fail = (): Promise<number> => Promise.reject(new Error('no'));
    const both = await Promise.allSettled([
      flights.run('a', callOf(), fail),
      flights.run('a', callOf(), fail),
    ]);
    assert.deepEqual(
      both.map((outcome) => outcome.status),
      ['rejected', 'rejected'],
    );
    assert.equal(await flights.run('a', callOf(), () => Promise.resolve(7)), 7);
  });

  it('aborts the work only when the last caller has gone', async () => {
    const flights = new SingleFlight<number>();
    const [first, second] = [new AbortController(), new AbortController()];
    const shared: Call[] = [];
    const work = (call: Call): Promise<number> => {
      shared.push(call);
      return new Promise((_, reject) =>
        call.signal.addEventListener('abort', () => reject(new Error('aborted'))),
      );
    };
    const a = flights.run('k', callOf('lookup', first.signal), work);
    const b = flights.run('k', callOf('lookup', second.signal), work);
    const [seen] = shared;
    first.abort(new Error('first left'));
    await assert.rejects(a, /first left/);
    assert.ok(seen);
    assert.equal(seen.signal.aborted, false);
    second.abort(new Error('second left'));
    await assert.rejects(b, /second left/);
    assert.equal(seen.signal.aborted, true);
    assert.equal(flights.running('k'), false);
  });

  it('is as urgent as the most urgent caller', async () => {
    const flights = new SingleFlight<string[]>();
    const seen: string[] = [];
    const work = async (call: Call): Promise<string[]> => {
      seen.push(call.urgency);
      await new Promise((resolve) => setImmediate(resolve));
      seen.push(call.urgency);
      return seen;
    };
    const slow = flights.run('k', callOf('background'), work);
    const fast = flights.run('k', callOf('reader'), work);
    await Promise.all([slow, fast]);
    assert.deepEqual(seen, ['background', 'reader']);
  });
});
