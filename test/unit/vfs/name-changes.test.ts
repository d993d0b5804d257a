import assert from 'node:assert/strict';
import { constants } from 'node:fs';
import { FsError } from '../../../src/lib/errors.js';
import { Vfs } from '../../../src/vfs/vfs.js';
import { callOf } from '../../fakes/calls.js';
import { settle } from '../../fakes/fake-clock.js';
import { fakeDrive } from '../../fakes/fake-drive.js';
import { fakeEnv } from '../../fakes/fake-env.js';
import { writableDrive } from '../../fakes/fake-writes.js';

const OWNERSHIP = { uid: 10, gid: 20, umask: 0o022 };
const HIDDEN = '/.fuse_hidden0000000a00000001';

function subject() {
  const env = fakeEnv();
  const drive = writableDrive(env.clock, fakeDrive());
  drive.tree.addFile('/a', 5);
  drive.tree.addFile('/b', 6);
  drive.tree.addFile('/full/inside', 1);
  drive.tree.addDirectory('/empty');
  const vfs = new Vfs(env, { kind: 'drive', drive }, OWNERSHIP);
  const call = callOf();
  const names = async (path = '/'): Promise<readonly string[]> =>
    (await vfs.readdir(path, call)).map(({ name }) => name).sort();
  return { env, drive, vfs, call, names, calls: drive.writes.calls };
}

function several() {
  const env = fakeEnv();
  const films = writableDrive(env.clock, fakeDrive('films'));
  const music = writableDrive(env.clock, fakeDrive('music'));
  const books = fakeDrive('books');
  for (const { tree } of [films, music, books]) tree.addFile('/a', 1);
  return { vfs: new Vfs(env, { kind: 'drives', drives: [films, music, books] }, OWNERSHIP), films };
}

describe('Vfs that changes names', () => {
  it('mkdir makes a directory, and is EEXIST when the name is taken', async () => {
    const { vfs, call, names } = subject();
    await vfs.mkdir('/new', 0o40700, call);
    assert.deepEqual(await names(), ['a', 'b', 'empty', 'full', 'new']);
    assert.equal((await vfs.getattr('/new', call)).mode, constants.S_IFDIR | 0o700);
    for (const path of ['/a', '/empty'])
      await assert.rejects(vfs.mkdir(path, 0o755, call), { errno: 'EEXIST' });
    await assert.rejects(vfs.mkdir('/none/new', 0o755, call), { errno: 'ENOENT' });
    await assert.rejects(vfs.mkdir('/a/new', 0o755, call), { errno: 'ENOTDIR' });
  });

  it('rmdir of a full directory is ENOTEMPTY, also when only the cloud knows', async () => {
    const { drive, vfs, call } = subject();
    await assert.rejects(vfs.rmdir('/full', call), { errno: 'ENOTEMPTY' });
    await assert.rejects(vfs.rmdir('/a', call), { errno: 'ENOTDIR' });
    await assert.rejects(vfs.rmdir('/', call), { errno: 'EBUSY' });
    drive.writes.failing.set('removeDirectory', new FsError('ENOTEMPTY', 'not empty'));
    await assert.rejects(vfs.rmdir('/empty', call), { errno: 'ENOTEMPTY' });
    await vfs.rmdir('/empty', call);
    await assert.rejects(vfs.getattr('/empty', call), { errno: 'ENOENT' });
  });

  it('unlink takes a file away, and is EISDIR for a directory', async () => {
    const { vfs, call, calls } = subject();
    await vfs.unlink('/a', call);
    await assert.rejects(vfs.unlink('/a', call), { errno: 'ENOENT' });
    await assert.rejects(vfs.unlink('/empty', call), { errno: 'EISDIR' });
    await assert.rejects(vfs.unlink('/b/c', call), { errno: 'ENOTDIR' });
    assert.deepEqual(calls, ['remove /a']);
  });

  it('rename moves files and directories, and replaces what may be replaced', async () => {
    const { vfs, call, calls, names } = subject();
    await vfs.rename('/a', '/empty/a2', 0, call);
    await vfs.rename('/empty/a2', '/b', 0, call);
    await vfs.rename('/full', '/empty', 0, call);
    assert.deepEqual(await names(), ['b', 'empty']);
    assert.deepEqual(await names('/empty'), ['inside']);
    assert.deepEqual(calls, ['move a to /empty/a2', 'move a2 to /b over 2', 'move full to /empty over 5']);
  });

  const refusals: Readonly<Record<string, readonly [string, string, number, string]>> = {
    'a missing name': ['/none', '/x', 0, 'ENOENT'],
    'a name into a missing directory': ['/a', '/none/x', 0, 'ENOENT'],
    'a file over a directory': ['/a', '/empty', 0, 'EISDIR'],
    'a directory over a file': ['/empty', '/a', 0, 'ENOTDIR'],
    'a directory over a full one': ['/empty', '/full', 0, 'ENOTEMPTY'],
    'a directory below itself': ['/full', '/full/deeper', 0, 'EINVAL'],
    'a file over another with RENAME_NOREPLACE': ['/a', '/b', 1, 'EEXIST'],
    'two names with RENAME_EXCHANGE': ['/a', '/b', 2, 'EINVAL'],
    'the root': ['/', '/x', 0, 'EBUSY'],
  };
  for (const [what, [from, to, flags, errno]] of Object.entries(refusals)) {
    it(`rename of ${what} is ${errno}`, async () => {
      const { vfs, call, calls, names } = subject();
      await assert.rejects(vfs.rename(from, to, flags, call), { errno });
      assert.deepEqual(calls, []);
      assert.deepEqual(await names(), ['a', 'b', 'empty', 'full']);
    });
  }

  it('rename of a name onto itself changes nothing', async () => {
    const { vfs, call, calls } = subject();
    await vfs.rename('/a', '/a', 0, call);
    assert.deepEqual(calls, []);
  });

  it('handle follows its file through renames of the file and of directories above', async () => {
    const { vfs, call } = subject();
    await vfs.open('/full/inside', constants.O_RDONLY, call);
    await vfs.rename('/full', '/moved', 0, call);
    await vfs.rename('/moved/inside', '/moved/film', 0, call);
    assert.deepEqual(
      vfs.openFiles().map(({ path }) => path),
      ['/moved/film'],
    );
  });

  it('names over 255 bytes are ENAMETOOLONG in every operation', async () => {
    const { vfs, call } = subject();
    const long = `/${'x'.repeat(256)}`;
    const attempts = [
      vfs.create(long, constants.O_WRONLY, 0o644, call),
      vfs.mkdir(long, 0o755, call),
      vfs.rename('/a', long, 0, call),
      vfs.rename(long, '/x', 0, call),
      vfs.unlink(long, call),
      vfs.rmdir(long, call),
      vfs.truncate(long, 0, call),
    ];
    for (const attempt of attempts) await assert.rejects(attempt, { errno: 'ENAMETOOLONG' });
  });

  it('several drives are separate: no rename between them, no names beside them', async () => {
    const { vfs, films } = several();
    const call = callOf();
    await assert.rejects(vfs.rename('/films/a', '/music/b', 0, call), { errno: 'EXDEV' });
    await assert.rejects(vfs.mkdir('/new', 0o755, call), { errno: 'EPERM' });
    await assert.rejects(vfs.mkdir('/films', 0o755, call), { errno: 'EBUSY' });
    await assert.rejects(vfs.rmdir('/films', call), { errno: 'EBUSY' });
    await assert.rejects(vfs.rename('/films/a', '/books/b', 0, call), { errno: 'EROFS' });
    await assert.rejects(vfs.chmod('/', 0o700, call), { errno: 'EPERM' });
    await vfs.rename('/films/a', '/films/b', 0, call);
    assert.deepEqual(films.writes.calls, ['move a to /b']);
  });

  it('link, symlink and mknod are refused, on a read-only drive with EROFS', () => {
    const { vfs } = several();
    for (const operation of ['link', 'symlink', 'mknod'] as const) {
      assert.equal(vfs.refuse(operation, '/films/x').errno, 'EPERM');
      assert.equal(vfs.refuse(operation, '/books/x').errno, 'EROFS');
    }
  });

  it('changes asked for here are not told, those of others are', async () => {
    const { drive, vfs, call } = subject();
    const told: string[] = [];
    vfs.onChange((paths) => told.push(...paths));
    await vfs.mkdir('/new', 0o755, call);
    await vfs.rename('/a', '/new/a', 0, call);
    await vfs.unlink('/b', call);
    await vfs.rmdir('/empty', call);
    assert.deepEqual(told, []);
    drive.tree.tell('/full/inside');
    assert.deepEqual(told, ['/full/inside']);
  });

  describe('of open files', () => {
    async function unlinked() {
      const all = subject();
      const { handle } = await all.vfs.open('/a', constants.O_RDONLY, all.call);
      await all.vfs.rename('/a', HIDDEN, 0, all.call);
      return { ...all, handle };
    }

    it('unlink leaves the bytes to whoever has the file open', async () => {
      const { env, vfs, call, calls, names, handle } = await unlinked();
      const listing = names();
      await env.clock.advance(250);
      assert.deepEqual(await listing, ['b', 'empty', 'full']);
      assert.deepEqual(calls, ['remove /a']);
      assert.equal((await vfs.read(handle, 0, 10, call)).length, 5);
      assert.deepEqual([vfs.fgetattr(handle).size, vfs.fgetattr(handle).nlink], [5, 0]);
      assert.equal((await vfs.getattr(HIDDEN, call)).size, 5);
      await vfs.release(handle, call);
      await vfs.unlink(HIDDEN, call);
    });

    it('file that is unlinked and closed is ESTALE to who had found it before', async () => {
      const { env, vfs, call, handle } = await unlinked();
      await env.clock.advance(250);
      await vfs.release(handle, call);
      await vfs.unlink(HIDDEN, call);
      const late = [vfs.open(HIDDEN, constants.O_RDONLY, call), vfs.getattr(HIDDEN, call)];
      for (const attempt of late) await assert.rejects(attempt, { errno: 'ESTALE', expected: true });
      const unused = HIDDEN.replace(/1$/, '2');
      await assert.rejects(vfs.getattr(unused, call), { errno: 'ENOENT' }, 'libfuse looks for a free name');
    });

    it('file that is opened again while libfuse forgets it is known until it is closed', async () => {
      const { env, vfs, call, handle } = await unlinked();
      await env.clock.advance(250);
      const late = (await vfs.open(HIDDEN, constants.O_RDONLY, call)).handle;
      await vfs.release(handle, call);
      await vfs.unlink(HIDDEN, call);
      assert.equal((await vfs.getattr(HIDDEN, call)).size, 5);
      assert.equal((await vfs.read(late, 0, 10, call)).length, 5);
      await vfs.release(late, call);
      await assert.rejects(vfs.getattr(HIDDEN, call), { errno: 'ESTALE' });
    });

    it('name is not missing while another file takes it', async () => {
      const { env, vfs, call, calls } = await unlinked();
      const looks = [vfs.getattr('/a', call), vfs.getattr('/a', call)];
      await env.clock.advance(249);
      await vfs.rename('/b', '/a', 0, call);
      for (const look of looks) assert.equal((await look).size, 6);
      await env.clock.advance(1000);
      assert.deepEqual(calls, ['move b to /a over 1']);
    });

    it('rename that must not replace, and one of a directory, take the name at once', async () => {
      for (const [from, flags, removed] of [
        ['/b', 1, 'move b to /a over 1'],
        ['/empty', 0, 'move empty to /a over 1'],
      ] as const) {
        const { vfs, call, calls, names } = await unlinked();
        await vfs.rename(from, '/a', flags, call);
        assert.deepEqual(calls, [removed]);
        assert.ok((await names()).includes('a'));
      }
    });

    it('time of the directory is set after that', async () => {
      const { env, vfs, call, calls } = subject();
      await vfs.open('/full/inside', constants.O_RDONLY, call);
      await vfs.rename('/full/inside', `/full${HIDDEN}`, 0, call);
      const removedBefore = vfs.utimens('/full', 'keep', 5_000_000_000n, call).then(() => [...calls]);
      await env.clock.advance(250);
      assert.deepEqual(await removedBefore, ['remove /full/inside']);
      assert.deepEqual((await vfs.getattr('/full', call)).mtime, { seconds: 5, nanoseconds: 0 });
    });

    it('directory takes the name at once, although what had it was written meanwhile', async () => {
      const { vfs, call, calls } = subject();
      const { handle } = await vfs.open('/a', constants.O_RDWR, call);
      await vfs.rename('/a', HIDDEN, 0, call);
      await vfs.write(handle, 0, Buffer.from('X'), 'program', call);
      await vfs.rename('/empty', '/a', 0, call);
      assert.deepEqual(calls, ['edit /a', 'move empty to /a over local-1']);
    });

    it('file is found under its hidden name when the directory that held it is renamed', async () => {
      const { env, vfs, call, names, calls } = subject();
      const { handle } = await vfs.open('/full/inside', constants.O_RDONLY, call);
      await vfs.rename('/full/inside', `/full${HIDDEN}`, 0, call);
      const renamed = vfs.rename('/full', '/else', 0, call);
      await env.clock.advance(250);
      await renamed;
      assert.deepEqual(calls, ['remove /full/inside', 'move full to /else']);
      assert.deepEqual(await names('/else'), []);
      assert.equal((await vfs.getattr(`/else${HIDDEN}`, call)).size, 1);
      await vfs.release(handle, call);
      await vfs.unlink(`/else${HIDDEN}`, call);
      await assert.rejects(vfs.getattr(`/else${HIDDEN}`, call), { errno: 'ESTALE' });
    });

    it('bytes that the cloud does not have stay for whoever has the file open for reading', async () => {
      const { env, drive, vfs, call } = subject();
      const made = await vfs.create('/new', constants.O_WRONLY, 0o644, call);
      await vfs.release(made.handle, call);
      const local = drive.writes.local('local-1');
      const { handle } = await vfs.open('/new', constants.O_RDONLY, call);
      await vfs.rename('/new', HIDDEN, 0, call);
      await env.clock.advance(250);
      assert.equal(local?.writers, 1);
      await vfs.release(handle, call);
      await vfs.unlink(HIDDEN, call);
      assert.equal(local.writers, 0);
    });

    it('file is removed at once when the mount ends', async () => {
      const { env, vfs, calls } = await unlinked();
      await vfs.close();
      await vfs.close();
      assert.deepEqual(calls, ['remove /a']);
      assert.equal(env.clock.waiting, 0);
    });

    it('directory can take the name at once', async () => {
      const { env, vfs, call, names } = subject();
      await vfs.open('/a', constants.O_RDONLY, call);
      await vfs.rename('/a', HIDDEN, 0, call);
      const made = vfs.mkdir('/a', 0o755, call);
      await env.clock.advance(250);
      await made;
      assert.deepEqual(await names(), ['a', 'b', 'empty', 'full']);
    });

    it('name can be taken again after the file is gone', async () => {
      const { env, vfs, call, calls } = await unlinked();
      const made = vfs.create('/a', constants.O_WRONLY | constants.O_EXCL, 0o644, call);
      await env.clock.advance(250);
      await made;
      assert.deepEqual(calls, ['remove /a', 'create /a']);
    });

    it('rename that comes while the file is being removed waits for that', async () => {
      const { env, drive, vfs, call, calls } = await unlinked();
      let removed = (): void => undefined;
      drive.writes.holding.set('remove', new Promise((resolve) => (removed = resolve)));
      await env.clock.advance(250);
      const renamed = vfs.rename('/b', '/a', 0, call);
      await settle();
      assert.deepEqual(calls, ['remove /a']);
      removed();
      await renamed;
      assert.deepEqual(calls, ['remove /a', 'move b to /a']);
    });

    it('file that cannot be removed is shown again, with a line in the log', async () => {
      const { env, drive, vfs, call } = await unlinked();
      drive.writes.failing.set('remove', new FsError('EIO', 'the journal fails'));
      await env.clock.advance(250);
      assert.equal((await vfs.getattr('/a', call)).size, 5);
      assert.match(env.log.lines.find(({ level }) => level === 'warn')?.message ?? '', /shown again/);
    });

    it('file of the cloud that was opened for writing stays writable', async () => {
      const { env, drive, vfs, call, calls } = subject();
      const { handle } = await vfs.open('/a', constants.O_RDWR, call);
      await vfs.rename('/a', HIDDEN, 0, call);
      await env.clock.advance(250);
      await vfs.write(handle, 0, Buffer.from('X'), 'program', call);
      assert.equal(Buffer.from(await vfs.read(handle, 0, 1, call)).toString(), 'X');
      assert.deepEqual(calls, ['edit /a', 'remove /a']);
      assert.equal(drive.writes.files.size, 0);
    });

    it('rename to such a name of a file that nobody has open is a rename', async () => {
      const { vfs, call, names } = subject();
      await vfs.rename('/a', HIDDEN, 0, call);
      await settle();
      assert.deepEqual(await names(), [HIDDEN.slice(1), 'b', 'empty', 'full']);
    });
  });
});
