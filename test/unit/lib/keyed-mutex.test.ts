import assert from 'node:assert/strict';
import { KeyedMutex } from '../../../src/lib/keyed-mutex.js';

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('KeyedMutex', () => {
  it('runs work on one key in order, and on others meanwhile', async () => {
    const mutex = new KeyedMutex();
    const seen: string[] = [];
    const work = (name: string) => async (): Promise<string> => {
      seen.push(`${name} begins`);
      await turn();
      seen.push(`${name} ends`);
      return name;
    };
    const results = await Promise.all([
      mutex.run('a', work('a1')),
      mutex.run('a', work('a2')),
      mutex.run('b', work('b1')),
    ]);
    assert.deepEqual(results, ['a1', 'a2', 'b1']);
    assert.ok(seen.indexOf('a1 ends') < seen.indexOf('a2 begins'));
    assert.ok(seen.indexOf('b1 begins') < seen.indexOf('a1 ends'));
  });

  it('goes on after a failure, which only its own caller sees', async () => {
    const mutex = new KeyedMutex();
    const failing = mutex.run('a', () => Promise.reject(new Error('no')));
    const next = mutex.run('a', () => Promise.resolve(7));
    await assert.rejects(failing, /no/);
    assert.equal(await next, 7);
  });

  it('runs work on several keys alone, in whatever order they are named', async () => {
    const mutex = new KeyedMutex();
    const seen: string[] = [];
    const work = (name: string) => async (): Promise<void> => {
      seen.push(`${name} begins`);
      await turn();
      seen.push(`${name} ends`);
    };
    await Promise.all([
      mutex.run('b', work('first')),
      mutex.runAll(['a', 'b', 'a'], work('second')),
      mutex.runAll(['b', 'a'], work('third')),
      mutex.runAll([], work('free')),
    ]);
    const others = seen.filter((line) => !line.startsWith('free'));
    assert.deepEqual(
      others,
      ['first', 'second', 'third'].flatMap((name) => [`${name} begins`, `${name} ends`]),
    );
  });
});
