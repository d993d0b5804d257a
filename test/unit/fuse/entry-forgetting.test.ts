import assert from 'node:assert/strict';
import { EntryForgetting } from '../../../src/fuse/entry-forgetting.js';
import { FakeClock, settle } from '../../fakes/fake-clock.js';

function setUp(look?: (path: string) => Promise<void>) {
  const clock = new FakeClock();
  const done: string[] = [];
  const forgetting = new EntryForgetting({
    clock,
    mountPoint: '/mnt',
    connection: {
      invalidateEntry: (path, reply) => {
        done.push(`forget ${path}`);
        reply?.(null);
      },
    },
    look:
      look ??
      ((path) => {
        done.push(`look ${path}`);
        return Promise.resolve();
      }),
  });
  return { clock, done, forgetting };
}

describe('EntryForgetting', () => {
  it('has another process look at the directory before a name in it is forgotten', async () => {
    const { done, forgetting } = setUp();
    await forgetting.forget('/films/one.mkv');
    assert.deepEqual(done, ['look /mnt/films', 'forget /films/one.mkv']);
  });

  it('looks at no directory for a name in the root', async () => {
    const { done, forgetting } = setUp();
    await forgetting.forget('/one.mkv');
    assert.deepEqual(done, ['forget /one.mkv']);
  });

  it('waits for the look, once for all names of a directory', async () => {
    let seen = (): void => undefined;
    const looks: string[] = [];
    const { done, forgetting } = setUp((path) => {
      looks.push(path);
      return new Promise((resolve) => {
        seen = resolve;
      });
    });
    const both = [forgetting.forget('/films/one.mkv'), forgetting.forget('/films/two.mkv')];
    await settle();
    assert.deepEqual([looks, done], [['/mnt/films'], []]);
    seen();
    await Promise.all(both);
    assert.deepEqual(done, ['forget /films/one.mkv', 'forget /films/two.mkv']);
  });

  it('looks again after a second, and at once below what was forgotten itself', async () => {
    const { clock, done, forgetting } = setUp();
    const looks = (): number => done.filter((line) => line.startsWith('look /mnt/films/series')).length;
    await forgetting.forget('/films/series/one.mkv');
    await clock.advance(999);
    await forgetting.forget('/films/series/two.mkv');
    assert.equal(looks(), 1);
    await clock.advance(1);
    await forgetting.forget('/films/series/three.mkv');
    assert.equal(looks(), 2);
    await forgetting.forget('/films/series');
    await forgetting.forget('/films/series/four.mkv');
    assert.equal(looks(), 3);
  });

  it('leaves the kernel alone when the directory is gone', async () => {
    const { done, forgetting } = setUp(() => Promise.reject(new Error('no such directory')));
    await assert.rejects(forgetting.forget('/films/one.mkv'), /no such directory/);
    assert.deepEqual(done, []);
  });

  it('looks again at once where a directory was gone: another one may stand there', async () => {
    let isThere = false;
    const { done, forgetting } = setUp(() =>
      isThere ? Promise.resolve() : Promise.reject(new Error('no such directory')),
    );
    await assert.rejects(forgetting.forget('/films/one.mkv'), /no such directory/);
    isThere = true;
    await forgetting.forget('/films/one.mkv');
    assert.deepEqual(done, ['forget /films/one.mkv']);
  });
});
