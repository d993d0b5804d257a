import assert from 'node:assert/strict';
import { Bandwidth } from '../../../../src/upload/queue/bandwidth.js';
import { UploadSlots } from '../../../../src/upload/queue/upload-slots.js';
import { FakeClock } from '../../../fakes/fake-clock.js';

const MIB = 1024 * 1024;
const MINUTE = 60_000;
const NEVER = new AbortController().signal;

/** Slots, and the names of those that have one in the order in which they got it. */
class Queue {
  readonly clock = new FakeClock();
  readonly slots: UploadSlots;
  readonly begun: string[] = [];
  readonly #leave = new Map<string, () => void>();

  constructor(parallel = 1) {
    this.slots = new UploadSlots(this.clock, new Bandwidth(this.clock), parallel);
  }

  async ask(name: string, size: number, signal = NEVER): Promise<void> {
    const taken = this.slots.take(size, signal).then((leave) => {
      this.begun.push(name);
      this.#leave.set(name, leave);
    });
    taken.catch(() => undefined);
    await this.clock.advance(0);
  }

  async end(name: string): Promise<void> {
    this.#leave.get(name)?.();
    await this.clock.advance(0);
  }
}

describe('UploadSlots', () => {
  it('lets files under 16 MiB go first, each kind in the order in which they came', async () => {
    const queue = new Queue();
    await queue.ask('first', MIB);
    await queue.ask('film', 16 * MIB);
    await queue.ask('series', 900 * MIB);
    await queue.ask('photo', 16 * MIB - 1);
    await queue.ask('text', 1);
    for (const name of ['first', 'photo', 'text', 'film']) await queue.end(name);
    assert.deepEqual(queue.begun, ['first', 'photo', 'text', 'film', 'series']);
  });

  it('lets nobody wait for longer than ten minutes behind smaller ones', async () => {
    const queue = new Queue();
    await queue.ask('first', MIB);
    await queue.ask('film', 900 * MIB);
    await queue.clock.advance(5 * MINUTE);
    await queue.ask('photo', MIB);
    await queue.ask('text', MIB);
    await queue.end('first');
    assert.deepEqual(queue.begun, ['first', 'photo']);
    await queue.clock.advance(5 * MINUTE);
    await queue.end('photo');
    assert.deepEqual(queue.begun, ['first', 'photo', 'film']);
  });

  it('runs as many at once as it is told to, also later', async () => {
    const queue = new Queue(2);
    for (const name of ['a', 'b', 'c', 'd']) await queue.ask(name, MIB);
    assert.deepEqual(queue.begun, ['a', 'b']);
    queue.slots.parallel = 3;
    await queue.clock.advance(0);
    assert.deepEqual(queue.begun, ['a', 'b', 'c']);
    await queue.end('a');
    await queue.end('a');
    assert.deepEqual(queue.begun, ['a', 'b', 'c', 'd']);
  });

  it('gives no slot while it is paused, and tells of it', async () => {
    const queue = new Queue();
    const told: boolean[] = [];
    const forget = queue.slots.onPause(() => told.push(queue.slots.paused));
    queue.slots.pause();
    await queue.ask('a', MIB);
    await queue.clock.advance(MINUTE);
    assert.deepEqual(queue.begun, []);
    queue.slots.resume();
    await queue.clock.advance(0);
    assert.deepEqual(queue.begun, ['a']);
    forget();
    queue.slots.pause();
    assert.deepEqual(told, [true, false]);
  });

  it('forgets who gave up waiting', async () => {
    const queue = new Queue();
    await queue.ask('a', MIB);
    const giving = new AbortController();
    await queue.ask('b', MIB, giving.signal);
    await queue.ask('c', MIB);
    giving.abort(new Error('no more'));
    await queue.end('a');
    assert.deepEqual(queue.begun, ['a', 'c']);
  });
});
