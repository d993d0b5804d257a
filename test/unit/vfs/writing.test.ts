import assert from 'node:assert/strict';
import { constants } from 'node:fs';
import { FsError } from '../../../src/lib/errors.js';
import { Vfs } from '../../../src/vfs/vfs.js';
import { callOf } from '../../fakes/calls.js';
import { settle } from '../../fakes/fake-clock.js';
import { byteAt, fakeDrive } from '../../fakes/fake-drive.js';
import { fakeEnv } from '../../fakes/fake-env.js';
import { writableDrive } from '../../fakes/fake-writes.js';

const { O_APPEND, O_EXCL, O_RDONLY, O_RDWR, O_TRUNC, O_WRONLY } = constants;
const OWNERSHIP = { uid: 10, gid: 20, umask: 0o022 };

function subject() {
  const env = fakeEnv();
  const drive = writableDrive(env.clock, fakeDrive());
  const film = drive.tree.addFile('/film.mkv', 1000).entry;
  const vfs = new Vfs(env, { kind: 'drive', drive }, OWNERSHIP);
  const call = callOf();
  const text = async (handle: number, position = 0, length = 100): Promise<string> =>
    Buffer.from(await vfs.read(handle, position, length, call)).toString();
  const write = (handle: number, position: number, bytes: string): Promise<void> =>
    vfs.write(handle, position, Buffer.from(bytes), 'program', call);
  const create = async (path: string, bytes = ''): Promise<number> => {
    const { handle } = await vfs.create(path, O_RDWR, 0o644, call);
    if (bytes !== '') await write(handle, 0, bytes);
    return handle;
  };
  return { env, drive, film, vfs, call, text, write, create, calls: drive.writes.calls };
}

describe('Vfs that writes', () => {
  it('create makes a file that is shown and read at once', async () => {
    const { vfs, call, text, create } = subject();
    const handle = await create('/new.txt', 'hello');
    assert.equal(await text(handle), 'hello');
    assert.equal((await vfs.getattr('/new.txt', call)).size, 5);
    const reader = await vfs.open('/new.txt', O_RDONLY, call);
    assert.equal(await text(reader.handle), 'hello');
    assert.equal(vfs.fgetattr(handle).size, 5);
  });

  it('file that is written here asks for large writes, one of the cloud for small reads', async () => {
    const { vfs, call, create } = subject();
    const handle = await create('/new.txt');
    assert.equal(vfs.fgetattr(handle).blksize, 2 ** 20);
    assert.equal((await vfs.getattr('/new.txt', call)).blksize, 2 ** 20);
    assert.equal((await vfs.getattr('/film.mkv', call)).blksize, 4096);
  });

  it('create of a name that exists opens it, with O_EXCL it is EEXIST', async () => {
    const { vfs, call, calls } = subject();
    await assert.rejects(vfs.create('/film.mkv', O_WRONLY | O_EXCL, 0o644, call), { errno: 'EEXIST' });
    const { handle } = await vfs.create('/film.mkv', O_WRONLY, 0o644, call);
    assert.equal(vfs.fgetattr(handle).size, 1000);
    assert.deepEqual(calls, []);
  });

  it('file made through a handle that may only read is complete when that is closed', async () => {
    const { vfs, call, drive, calls } = subject();
    const { handle } = await vfs.create('/lock', O_RDONLY, 0o644, call);
    await vfs.flush(handle, call);
    await vfs.release(handle, call);
    assert.deepEqual(calls, ['create /lock', 'flush local-1']);
    assert.equal(drive.writes.files.get('local-1')?.writers, 0);
    await assert.rejects(vfs.write(handle, 0, Buffer.from('x'), 'program', call), { errno: 'EBADF' });
  });

  it('create keeps a mode that is not the usual one', async () => {
    const { vfs, call, drive } = subject();
    await vfs.create('/script', O_WRONLY, 0o100755, call);
    await vfs.create('/plain', O_WRONLY, 0o100644, call);
    assert.equal((await vfs.getattr('/script', call)).mode & 0o7777, 0o755);
    assert.equal(drive.tree.attributes.of('local-2'), null);
  });

  it('file that is opened for writing and never written stays as it is', async () => {
    const { vfs, call, calls } = subject();
    const { handle } = await vfs.open('/film.mkv', O_RDWR, call);
    await vfs.flush(handle, call);
    await vfs.release(handle, call);
    assert.deepEqual(calls, []);
  });

  it('file of the cloud becomes a local one at the first write, for all who have it open', async () => {
    const { vfs, call, calls, film, text, write } = subject();
    const reader = (await vfs.open('/film.mkv', O_RDONLY, call)).handle;
    await vfs.read(reader, 0, 1, call);
    const writers = [await vfs.open('/film.mkv', O_RDWR, call), await vfs.open('/film.mkv', O_RDWR, call)];
    const [first, second] = writers.map(({ handle }) => handle) as [number, number];
    await Promise.all([write(first, 1, 'abc'), write(second, 4, 'def')]);
    const expected = Buffer.from([byteAt(film.id, 0), ...Buffer.from('abcdef'), byteAt(film.id, 7)]);
    for (const handle of [reader, first, second]) assert.equal(await text(handle, 0, 8), expected.toString());
    assert.deepEqual(calls, ['edit /film.mkv']);
    assert.equal((await vfs.getattr('/film.mkv', call)).size, 1000);
  });

  it('open with O_TRUNC empties a file of the cloud without reading it', async () => {
    const { vfs, call, calls, drive } = subject();
    const { handle, keepCache } = await vfs.open('/film.mkv', O_WRONLY | O_TRUNC, call);
    assert.equal(keepCache, false);
    assert.equal(vfs.fgetattr(handle).size, 0);
    assert.deepEqual(calls, ['edit /film.mkv']);
    assert.deepEqual(drive.content.calls, []);
  });

  it('file that was emptied at open counts as closed only once it is closed', async () => {
    const { vfs, call, calls, write } = subject();
    const { handle } = await vfs.open('/film.mkv', O_WRONLY | O_TRUNC, call);
    await write(handle, 0, 'new');
    assert.deepEqual(calls, ['edit /film.mkv']);
    await vfs.flush(handle, call);
    assert.match(calls.at(-1) ?? '', /^flush /);
    assert.equal(calls.length, 2);
  });

  it('write through a handle for reading is EBADF', async () => {
    const { vfs, call, write } = subject();
    const { handle } = await vfs.open('/film.mkv', O_RDONLY, call);
    await assert.rejects(write(handle, 0, 'x'), { errno: 'EBADF' });
    await assert.rejects(vfs.ftruncate(handle, 0, call), { errno: 'EBADF' });
  });

  it('write with O_APPEND goes to the end wherever the kernel believes it is, pages of a mapping do not', async () => {
    const { vfs, call, text, write, create } = subject();
    const first = await create('/log', '12345');
    const { handle } = await vfs.open('/log', O_WRONLY | O_APPEND, call);
    await write(handle, 2, 'end');
    await vfs.write(handle, 0, Buffer.from('X'), 'mapping', call);
    assert.equal(await text(first), 'X2345end');
  });

  it('write beyond what the account has free is EDQUOT, until there is room', async () => {
    const { drive, vfs, call, create } = subject();
    const handle = await create('/new');
    const size = 20 * 2 ** 20;
    drive.tree.spaceKnown = { total: 50 * 2 ** 20, used: 40 * 2 ** 20 };
    await vfs.ftruncate(handle, 2 ** 20, call);
    await assert.rejects(vfs.ftruncate(handle, size, call), { errno: 'EDQUOT' });
    await assert.rejects(vfs.write(handle, size, Buffer.from('x'), 'program', call), { errno: 'EDQUOT' });
    assert.equal(vfs.fgetattr(handle).size, 2 ** 20);
    drive.tree.spaceKnown = null;
    await vfs.ftruncate(handle, size, call);
    await assert.rejects(vfs.ftruncate(handle, 2 ** 60, call), { errno: 'EFBIG' });
  });

  it('write beyond the largest file is EFBIG and leaves the file as it was', async () => {
    const { drive, vfs, call, text, write, create } = subject();
    drive.writes.largestFile = 8;
    const handle = await create('/new', '12345');
    await assert.rejects(write(handle, 5, '6789'), { errno: 'EFBIG' });
    await assert.rejects(vfs.ftruncate(handle, 9, call), { errno: 'EFBIG' });
    await assert.rejects(vfs.fallocate(handle, 0, { start: 8, length: 1 }, call), { errno: 'EFBIG' });
    assert.equal(await text(handle), '12345');
  });

  it('write without space is ENOSPC and leaves the file as it was', async () => {
    const { drive, text, write, create } = subject();
    const handle = await create('/new', '12345');
    drive.writes.budget = 65_540;
    await assert.rejects(write(handle, 5, '67890123'), { errno: 'ENOSPC' });
    assert.equal(await text(handle), '12345');
  });

  it('truncate cuts, and adds zeros', async () => {
    const { vfs, call, text, create, calls } = subject();
    const handle = await create('/new', '12345');
    await vfs.truncate('/new', 3, call);
    await vfs.ftruncate(handle, 5, call);
    assert.equal(await text(handle), '123\0\0');
    await vfs.fallocate(handle, 0, { start: 2, length: 4 }, call);
    await vfs.fallocate(handle, 0, { start: 0, length: 2 }, call);
    assert.equal(vfs.fgetattr(handle).size, 6);
    await assert.rejects(vfs.fallocate(handle, 3, { start: 0, length: 1 }, call), { errno: 'EOPNOTSUPP' });
    await assert.rejects(vfs.truncate('/', 0, call), { errno: 'EISDIR' });
    assert.ok(calls.includes('flush local-1'), 'what truncate(2) leaves counts as closed');
  });

  it('flush makes what was written safe, once, and only for handles that write', async () => {
    const { vfs, call, calls, create } = subject();
    const writer = await create('/new', 'x');
    const reader = (await vfs.open('/new', O_RDONLY, call)).handle;
    await vfs.flush(reader, call);
    assert.deepEqual(calls, ['create /new']);
    await vfs.flush(writer, call);
    await vfs.flush(writer, call);
    assert.deepEqual(calls, ['create /new', 'flush local-1']);
  });

  it('flush that fails is told to whoever closes', async () => {
    const { drive, vfs, call, create } = subject();
    const handle = await create('/new', 'x');
    drive.writes.failing.set('flush', new FsError('EDQUOT', 'the disk is full'));
    await assert.rejects(vfs.flush(handle, call), { errno: 'EDQUOT' });
  });

  it('release counts bytes as closed that a mapping wrote after the last close', async () => {
    const { vfs, call, calls, create, drive } = subject();
    const handle = await create('/new', 'x');
    await vfs.flush(handle, call);
    await vfs.write(handle, 0, Buffer.from('y'), 'mapping', call);
    await vfs.release(handle, call);
    assert.deepEqual(calls, ['create /new', 'flush local-1', 'flush local-1']);
    assert.equal(drive.writes.local('local-1')?.writers, 0);
  });

  it('fsync is asked of the file, and of none that was not written', async () => {
    const { vfs, call, drive, create } = subject();
    const handle = await create('/new', 'x');
    await vfs.fsync(handle, call);
    await vfs.fsync((await vfs.open('/film.mkv', O_RDONLY, call)).handle, call);
    assert.equal(drive.writes.local('local-1')?.syncs, 1);
  });

  it('handle opened for reading reads on when the cloud has the file', async () => {
    const { vfs, call, drive, text, create } = subject();
    const writer = await create('/new', 'hello');
    const reader = (await vfs.open('/new', O_RDONLY, call)).handle;
    assert.equal(await text(reader), 'hello');
    await vfs.release(writer, call);
    const { id } = await drive.writes.upload('local-1');
    drive.content.stored.set(id, Buffer.from('HELLO'));
    assert.equal(await text(reader), 'HELLO', 'the bytes of the cloud count now');
    assert.equal(vfs.fgetattr(reader).size, 5);
  });

  it('file that the cloud got just now is opened as the cloud has it', async () => {
    const { vfs, call, drive, text, create } = subject();
    const writer = await create('/new', 'hello');
    await vfs.release(writer, call);
    let shown = (): void => undefined;
    drive.tree.showing = new Promise((resolve) => (shown = resolve));
    const uploading = drive.writes.upload('local-1', drive.tree.showing);
    const opening = vfs.open('/new', O_RDONLY, call);
    await settle();
    assert.equal(drive.writes.local('local-1'), null);
    shown();
    const { id } = await uploading;
    assert.equal(await text((await opening).handle), 'hello');
    assert.equal(Buffer.from(await vfs.getxattr('/new', 'user.panfuse.id', call)).toString(), id);
  });

  it('file that several open at one moment is one file for all of them', async () => {
    const { vfs, call, calls, write } = subject();
    const opening = [O_RDONLY, O_RDWR, O_RDWR, O_RDONLY].map((flags) => vfs.open('/film.mkv', flags, call));
    const [first, second, third, fourth] = (await Promise.all(opening)).map(({ handle }) => handle);
    assert.ok(first !== undefined && second !== undefined && third !== undefined && fourth !== undefined);
    await write(second, 0, 'a');
    await write(third, 1, 'b');
    for (const handle of [first, second, third, fourth]) {
      assert.equal(Buffer.from(await vfs.read(handle, 0, 2, call)).toString(), 'ab');
    }
    assert.deepEqual(calls, ['edit /film.mkv']);
  });

  it('file that the cloud got while it was being opened is changed through a new copy', async () => {
    const { vfs, call, drive, calls, text, write, create } = subject();
    await vfs.release(await create('/new', 'hello'), call);
    const { handle } = await vfs.open('/new', O_RDWR, call);
    const landed = drive.writes.local('local-1');
    assert.ok(landed !== null);
    // The upload looked whether somebody has it open before this handle was there.
    landed.writers = 0;
    await drive.writes.upload('local-1');
    landed.writers = 1;
    await write(handle, 0, 'J');
    assert.equal(await text(handle), 'Jello');
    assert.deepEqual(calls, ['create /new', 'flush local-1', 'edit /new']);
    assert.equal(landed.writers, 0);
    await vfs.release(handle, call);
    assert.equal(calls.at(-1), 'flush local-2');
  });

  it('write that the end of an upload overtakes is made again', async () => {
    const { vfs, call, drive, text, write, create } = subject();
    await vfs.release(await create('/new', 'hello'), call);
    const { handle } = await vfs.open('/new', O_RDWR, call);
    const landed = drive.writes.local('local-1');
    assert.ok(landed !== null);
    const late = landed.write.bind(landed);
    landed.write = async (position, bytes) => {
      landed.writers = 0;
      await drive.writes.upload('local-1');
      landed.writers = 1;
      await late(position, bytes);
    };
    await write(handle, 0, 'J');
    assert.equal(await text(handle), 'Jello');
    assert.equal((await vfs.getattr('/new', call)).size, 5);
  });

  it('file that the cloud has is changed again through a new copy', async () => {
    const { vfs, call, drive, calls, text, write, create } = subject();
    const writer = await create('/new', 'hello');
    const reader = (await vfs.open('/new', O_RDONLY, call)).handle;
    await vfs.release(writer, call);
    await drive.writes.upload('local-1');
    const again = (await vfs.open('/new', O_RDWR, call)).handle;
    await write(again, 0, 'J');
    assert.equal(await text(reader), 'Jello');
    assert.deepEqual(calls, ['create /new', 'flush local-1', 'edit /new']);
  });

  it('times and mode of a file stay when the cloud has it', async () => {
    const { env, vfs, call, drive, create } = subject();
    const handle = await create('/new', 'hello');
    await vfs.release(handle, call);
    const { mtime } = await vfs.getattr('/new', call);
    await vfs.chmod('/new', 0o600, call);
    await env.clock.advance(60_000);
    await drive.writes.upload('local-1');
    const shown = await vfs.getattr('/new', call);
    assert.deepEqual(shown.mtime, { seconds: Number(mtime) / 1000, nanoseconds: 0 });
    assert.equal(shown.mode & 0o7777, 0o600);
  });

  it('close without release leaves nothing retained', async () => {
    const { vfs, drive, calls, create } = subject();
    await create('/new', 'x');
    assert.equal(drive.writes.local('local-1')?.writers, 1);
    await vfs.close();
    assert.equal(drive.writes.local('local-1')?.writers, 0);
    assert.deepEqual(calls, ['create /new'], 'what was never closed does not count as closed');
  });
});
