import assert from 'node:assert/strict';
import { AsyncLocalStorage } from 'node:async_hooks';
import { KernelInvalidation } from '../../../src/fuse/invalidation.js';
import { fakeEnv } from '../../fakes/fake-env.js';

function again(): Error {
  return Object.assign(new Error('full'), { code: 'EAGAIN' });
}

describe('KernelInvalidation', () => {
  it('tells each path once, gathered', async () => {
    const env = fakeEnv();
    const told: string[] = [];
    const kernel = new KernelInvalidation(env, (path) => Promise.resolve(void told.push(path)));
    kernel.add(['/a', '/b']);
    kernel.add(['/b', '/']);
    assert.deepEqual(told, []);
    await env.clock.advance(50);
    assert.deepEqual(told, ['/a', '/b']);
  });

  it('keeps a few under way at a time', async () => {
    const env = fakeEnv();
    let running = 0;
    let most = 0;
    let done = 0;
    const kernel = new KernelInvalidation(env, async () => {
      running += 1;
      most = Math.max(most, running);
      await env.clock.sleep(1);
      running -= 1;
      done += 1;
    });
    kernel.add(Array.from({ length: 30 }, (_, index) => `/${index}`));
    await env.clock.advance(1000);
    assert.equal(done, 30);
    assert.equal(most, 4);
  });

  it('tells again later what the kernel had no room for', async () => {
    const env = fakeEnv();
    const told: string[] = [];
    let full = true;
    const kernel = new KernelInvalidation(env, (path) => {
      if (full) return Promise.reject(again());
      told.push(path);
      return Promise.resolve();
    });
    kernel.add(['/a', '/b']);
    await env.clock.advance(50);
    full = false;
    assert.deepEqual(told, []);
    await env.clock.advance(1000);
    assert.deepEqual(new Set(told), new Set(['/a', '/b']));
  });

  it('goes on after a path that the kernel does not know', async () => {
    const env = fakeEnv();
    const told: string[] = [];
    const kernel = new KernelInvalidation(env, (path) => {
      if (path === '/gone/x') return Promise.reject(new Error('ENOENT'));
      told.push(path);
      return Promise.resolve();
    });
    kernel.add(['/gone/x', '/a']);
    await env.clock.advance(50);
    assert.deepEqual(told, ['/a']);
    assert.deepEqual(
      env.log.lines.map((line) => line.level),
      ['debug'],
    );
  });

  it('takes what is added while it tells', async () => {
    const env = fakeEnv();
    const told: string[] = [];
    const kernel: KernelInvalidation = new KernelInvalidation(env, async (path) => {
      await env.clock.sleep(10);
      if (path === '/a') kernel.add(['/later']);
      told.push(path);
    });
    kernel.add(['/a']);
    await env.clock.advance(500);
    assert.deepEqual(told, ['/a', '/later']);
  });

  it('counts what is still to be told', async () => {
    const env = fakeEnv();
    const kernel = new KernelInvalidation(env, () => env.clock.sleep(10));
    kernel.add(['/a', '/b']);
    assert.equal(kernel.waiting, 2);
    await env.clock.advance(55);
    assert.equal(kernel.waiting, 2);
    await env.clock.advance(10);
    assert.equal(kernel.waiting, 0);
  });

  it('leaves the context of the request that told of the change', async () => {
    const env = fakeEnv();
    const request = new AsyncLocalStorage<string>();
    const seen: (string | undefined)[] = [];
    const kernel = new KernelInvalidation(env, () => Promise.resolve(void seen.push(request.getStore())));
    // The clock of the tests runs timers in the context of whoever moves it; a real one in that of who set them.
    const after = env.clock.after.bind(env.clock);
    env.clock.after = (ms, action) => after(ms, AsyncLocalStorage.bind(action));
    request.run('a lookup', () => kernel.add(['/a']));
    await env.clock.advance(50);
    assert.deepEqual(seen, [undefined]);
  });

  it('tells nothing after it was closed', async () => {
    const env = fakeEnv();
    const told: string[] = [];
    const kernel = new KernelInvalidation(env, (path) => Promise.resolve(void told.push(path)));
    kernel.add(['/a']);
    kernel.close();
    kernel.add(['/b']);
    await env.clock.advance(5000);
    assert.deepEqual(told, []);
  });
});
