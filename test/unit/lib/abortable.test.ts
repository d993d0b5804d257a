import assert from 'node:assert/strict';
import { abortable } from '../../../src/lib/abortable.js';

describe('abortable', () => {
  it('gives the outcome of the work', async () => {
    const { signal } = new AbortController();
    assert.equal(await abortable(signal, Promise.resolve(7)), 7);
    await assert.rejects(abortable(signal, Promise.reject(new Error('broken'))), /broken/);
  });

  it('rejects with the reason at once although the work goes on', async () => {
    const abort = new AbortController();
    const reason = new Error('enough');
    const waiting = abortable(abort.signal, new Promise<never>(() => undefined));
    abort.abort(reason);
    await assert.rejects(waiting, reason);
    await assert.rejects(abortable(abort.signal, Promise.resolve(7)), reason);
  });

  it('takes no notice of a failure after the abort', async () => {
    const abort = new AbortController();
    let fail: (error: Error) => void = () => undefined;
    const work = new Promise<never>((_resolve, reject) => {
      fail = reject;
    });
    const waiting = abortable(abort.signal, work);
    abort.abort(new Error('enough'));
    await assert.rejects(waiting, /enough/);
    fail(new Error('late'));
    await assert.rejects(work, /late/);
  });
});
