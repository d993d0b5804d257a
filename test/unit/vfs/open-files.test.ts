import assert from 'node:assert/strict';
import type { FileEntry } from '../../../src/driver/entry.js';
import type { Env } from '../../../src/lib/env.js';
import { FsError } from '../../../src/lib/errors.js';
import { OpenFiles } from '../../../src/vfs/open-files.js';
import { callOf } from '../../fakes/calls.js';
import { settle } from '../../fakes/fake-clock.js';
import { byteAt, type FakeDrive, fakeDrive } from '../../fakes/fake-drive.js';
import { fakeEnv } from '../../fakes/fake-env.js';

/** The table with `open` by path and entry, as a lookup would find them. */
function openFiles(env: Env, drive: FakeDrive) {
  const files = new OpenFiles(env, { kind: 'drive', drive });
  return Object.assign(files, {
    openAt: (path: string, entry: FileEntry) => files.open(files.nodeOf(path, drive, entry)),
  });
}

function subject() {
  const env = fakeEnv();
  const drive = fakeDrive();
  const file = drive.tree.addFile('/film.mkv', 1000).entry;
  const dead = drive.tree.addFile('/dead.mkv', 1000).entry;
  return { env, drive, file, dead, files: openFiles(env, drive) };
}

function urgencyOf(drive: FakeDrive): string | undefined {
  return drive.content.calls[0]?.urgency;
}

describe('OpenFiles', () => {
  it('read gives the bytes of the file that was opened', async () => {
    const { file, files } = subject();
    const { handle } = files.openAt('/film.mkv', file);
    const bytes = await files.read(handle, 10, 3, callOf());
    assert.deepEqual(
      [...bytes],
      [10, 11, 12].map((position) => byteAt(file.id, position)),
    );
  });

  it('handle that is not open is EBADF', async () => {
    const { file, files } = subject();
    const { handle } = files.openAt('/film.mkv', file);
    await files.release(handle, callOf());
    await assert.rejects(files.read(handle, 0, 1, callOf()), { errno: 'EBADF' });
    await assert.rejects(files.release(handle, callOf()), { errno: 'EBADF' });
    assert.throws(() => files.get(99), { errno: 'EBADF' });
  });

  it('open lets the kernel keep its pages from the second time on', () => {
    const { file, files } = subject();
    assert.equal(files.openAt('/film.mkv', file).keepCache, false);
    assert.equal(files.openAt('/film.mkv', file).keepCache, true);
  });

  const changes: Readonly<Record<string, Partial<FileEntry>>> = {
    id: { id: '77' },
    size: { size: 999 },
    hash: { hash: { kind: 'sha1', value: 'B'.repeat(40) } },
    'time of change': { modifiedAt: 5 },
  };
  for (const [what, change] of Object.entries(changes)) {
    it(`open drops the pages of the kernel when the ${what} changed`, () => {
      const { file, files } = subject();
      files.openAt('/film.mkv', file);
      assert.equal(files.openAt('/film.mkv', { ...file, ...change }).keepCache, false);
      assert.equal(files.openAt('/film.mkv', { ...file, ...change }).keepCache, true);
    });
  }

  it('handle of replaced content is ESTALE once the new content was opened', async () => {
    const { file, files } = subject();
    const old = files.openAt('/film.mkv', file).handle;
    const same = files.openAt('/film.mkv', file).handle;
    await files.read(old, 0, 1, callOf());
    const fresh = files.openAt('/film.mkv', { ...file, id: '77' }).handle;
    await assert.rejects(files.read(old, 0, 1, callOf()), { errno: 'ESTALE' });
    await assert.rejects(files.read(same, 0, 1, callOf()), { errno: 'ESTALE' });
    assert.deepEqual([...(await files.read(fresh, 0, 1, callOf()))], [byteAt('77', 0)]);
  });

  it('new content passes the kernel by as long as a handle of the old one is open', async () => {
    const { file, files } = subject();
    const fresh = { ...file, id: '77' };
    const old = files.openAt('/film.mkv', file);
    assert.equal(old.direct, false);
    assert.equal(files.openAt('/film.mkv', fresh).direct, true);
    assert.equal(files.openAt('/film.mkv', fresh).direct, true);
    await files.release(old.handle, callOf());
    assert.equal(files.openAt('/film.mkv', fresh).direct, false);
  });

  it('read that was under way when the content was replaced is ESTALE', async () => {
    const { file, files } = subject();
    const old = files.openAt('/film.mkv', file).handle;
    const reading = files.read(old, 0, 1, callOf());
    files.openAt('/film.mkv', { ...file, id: '77' });
    await assert.rejects(reading, { errno: 'ESTALE' });
  });

  it('open drops the pages of the kernel after a failed read that nobody else waits beside', async () => {
    const { dead, files } = subject();
    const { handle } = files.openAt('/dead.mkv', dead);
    const failing = files.read(handle, 0, 1, callOf('reader', AbortSignal.abort(new Error('over'))));
    const waiting = files.read(handle, 0, 1, callOf());
    await assert.rejects(failing, /over/);
    assert.equal(files.openAt('/dead.mkv', dead).keepCache, true);
    files.get(handle).close();
    await assert.rejects(waiting, { errno: 'EINTR' });
    assert.equal(files.openAt('/dead.mkv', dead).keepCache, false);
  });

  it('read that waits when its descriptor is closed ends after a second', async () => {
    const { env, drive, dead, files } = subject();
    const { handle } = files.openAt('/dead.mkv', dead);
    const reading = files.read(handle, 0, 100, callOf('reader'));
    const outcome = assert.rejects(reading, { errno: 'EINTR', expected: true });
    assert.equal(urgencyOf(drive), 'reader');
    files.get(handle).flush();
    assert.equal(urgencyOf(drive), 'background');
    await env.clock.advance(999);
    assert.equal(files.list()[0]?.waiting, 1);
    await env.clock.advance(1);
    await outcome;
    assert.equal(files.list()[0]?.waiting, 0);
  });

  it('read that waits goes on when somebody reads on after the close', async () => {
    const { env, drive, dead, files } = subject();
    const { handle } = files.openAt('/dead.mkv', dead);
    const reads = [files.read(handle, 0, 100, callOf('reader'))];
    files.get(handle).flush();
    await env.clock.advance(500);
    reads.push(files.read(handle, 100, 100, callOf('reader')));
    assert.equal(urgencyOf(drive), 'reader');
    await env.clock.advance(5000);
    assert.equal(files.list()[0]?.waiting, 2);
    files.close();
    await Promise.allSettled(reads);
  });

  it('read inside one that timed out ends at once, elsewhere and a second later it waits again', async () => {
    const { env, dead, files } = subject();
    const { handle } = files.openAt('/dead.mkv', dead);
    const abort = new AbortController();
    const first = files.read(handle, 100, 100, callOf('reader', abort.signal));
    abort.abort(new FsError('ETIMEDOUT', 'too slow'));
    await assert.rejects(first, { message: 'too slow' });
    await assert.rejects(files.read(handle, 150, 10, callOf()), { message: 'too slow' });
    const reads = [files.read(handle, 200, 10, callOf())];
    await env.clock.advance(1000);
    reads.push(files.read(handle, 150, 10, callOf()));
    await settle();
    assert.equal(files.list()[0]?.waiting, 2);
    files.close();
    await Promise.allSettled(reads);
  });

  it('read that was refused ends so again at once when the kernel asks a second time', async () => {
    const { dead, files } = subject();
    const { handle } = files.openAt('/dead.mkv', dead);
    const abort = new AbortController();
    const first = files.read(handle, 0, 100, callOf('reader', abort.signal));
    abort.abort(new FsError('EACCES', 'refused', { reason: 'refused' }));
    await assert.rejects(first, { message: 'refused' });
    await assert.rejects(files.read(handle, 0, 50, callOf()), { message: 'refused' });
  });

  it('close of a descriptor with nothing waiting starts no clock', async () => {
    const { env, file, files } = subject();
    const { handle } = files.openAt('/film.mkv', file);
    files.get(handle).flush();
    assert.equal(env.clock.waiting, 0);
    assert.equal((await files.read(handle, 0, 5, callOf())).length, 5);
  });

  it('release gives the content back and ends what waits', async () => {
    const { drive, dead, files } = subject();
    const { handle } = files.openAt('/dead.mkv', dead);
    const outcome = assert.rejects(files.read(handle, 0, 1, callOf()), { errno: 'EINTR' });
    await settle();
    await files.release(handle, callOf());
    await outcome;
    assert.equal(drive.content.handles, 0);
    assert.deepEqual(files.list(), []);
  });
});
