import assert from 'node:assert/strict';
import { KnownDirectory } from '../../../src/metadata/known-node.js';
import { RefreshQueue } from '../../../src/metadata/refresh-queue.js';
import { directoryEntry } from './entries.js';
import { until } from './tree-house.js';

describe('RefreshQueue', () => {
  const directory = (id: number): KnownDirectory =>
    new KnownDirectory(directoryEntry(String(id), `d${id}`), `d${id}`, null, 0);

  it('lists two at a time and drops the oldest wishes of a scan', async () => {
    const begun: string[] = [];
    const ends: (() => void)[] = [];
    let most = 0;
    const queue = new RefreshQueue(({ name }) => {
      begun.push(name);
      return new Promise((resolve) => {
        ends.push(resolve);
        most = Math.max(most, ends.length);
      });
    });
    for (let id = 0; id < 300; id += 1) queue.add(directory(id));
    assert.equal(queue.length, 258);
    for (let left = 257; left >= 0; left -= 1) {
      ends.shift()?.();
      await until(() => queue.length === left);
    }
    assert.equal(most, 2);
    assert.deepEqual(begun.slice(0, 3), ['d0', 'd1', 'd44']);
    assert.equal(begun.at(-1), 'd299');
  });

  it('takes a directory once while it waits', () => {
    const queue = new RefreshQueue(() => new Promise(() => undefined));
    const [first, second, third] = [directory(1), directory(2), directory(3)];
    for (const one of [first, second, third, third, third]) queue.add(one);
    assert.equal(queue.length, 3);
    queue.clear();
    assert.equal(queue.length, 2);
  });
});
