import assert from 'node:assert/strict';
import { constants } from 'node:fs';
import { Vfs } from '../../../src/vfs/vfs.js';
import { callOf } from '../../fakes/calls.js';
import { fakeDrive } from '../../fakes/fake-drive.js';
import { fakeEnv } from '../../fakes/fake-env.js';

const OWNERSHIP = { uid: 10, gid: 20, umask: 0o027 };

function single() {
  const drive = fakeDrive();
  drive.tree.addFile('/folder/film.mkv', 1025);
  return { drive, vfs: new Vfs(fakeEnv(), { kind: 'drive', drive }, OWNERSHIP) };
}

function several() {
  const drives = [fakeDrive('films', 'main'), fakeDrive('music', 'main'), fakeDrive('books', 'other')];
  for (const drive of drives) drive.tree.addFile(`/${drive.name}.txt`, 3);
  return { drives, vfs: new Vfs(fakeEnv(), { kind: 'drives', drives }, OWNERSHIP) };
}

describe('Vfs', () => {
  it('getattr shows a file', async () => {
    const { vfs } = single();
    assert.deepEqual(await vfs.getattr('/folder/film.mkv', callOf()), {
      mode: constants.S_IFREG | 0o640,
      uid: 10,
      gid: 20,
      nlink: 1,
      size: 1025,
      blksize: 4096,
      blocks: 3,
      atime: Date.UTC(2024, 4, 6, 7, 8, 9),
      mtime: Date.UTC(2024, 4, 6, 7, 8, 9),
      ctime: Date.UTC(2024, 4, 6, 7, 8, 10),
    });
  });

  it('getattr shows a directory', async () => {
    const shown = await single().vfs.getattr('/folder', callOf());
    assert.deepEqual([shown.mode, shown.nlink, shown.size], [constants.S_IFDIR | 0o750, 2, 0]);
  });

  it('getattr shows whole milliseconds whatever the cloud says', async () => {
    const { drive, vfs } = single();
    drive.tree.addFile('/odd', 1, { modifiedAt: 1234.5678, createdAt: Number.NaN });
    const { mtime, ctime } = await vfs.getattr('/odd', callOf());
    assert.deepEqual([mtime, ctime], [1234, 1234]);
  });

  it('names over 255 bytes are ENAMETOOLONG, however many characters', async () => {
    const { vfs } = several();
    await assert.rejects(vfs.getattr(`/films/${'长'.repeat(86)}`, callOf()), { errno: 'ENAMETOOLONG' });
    await assert.rejects(vfs.getattr(`/${'x'.repeat(256)}`, callOf()), { errno: 'ENAMETOOLONG' });
    await assert.rejects(vfs.getattr(`/films/${'长'.repeat(85)}`, callOf()), { errno: 'ENOENT' });
  });

  it('readdir gives names with what stat shows', async () => {
    const { vfs } = single();
    const [entry] = await vfs.readdir('/folder', callOf());
    assert.equal(entry?.name, 'film.mkv');
    assert.deepEqual(entry.attributes, await vfs.getattr('/folder/film.mkv', callOf()));
    await assert.rejects(vfs.readdir('/folder/film.mkv', callOf()), { errno: 'ENOTDIR' });
  });

  it('open of a directory is EISDIR and for writing EROFS', async () => {
    const { vfs } = several();
    await assert.rejects(vfs.open('/', constants.O_RDONLY, callOf()), { errno: 'EISDIR' });
    await assert.rejects(vfs.open('/films', constants.O_RDONLY, callOf()), { errno: 'EISDIR' });
    for (const flags of [constants.O_WRONLY, constants.O_RDWR, constants.O_TRUNC]) {
      await assert.rejects(vfs.open('/films/films.txt', flags, callOf()), { errno: 'EROFS' });
    }
    assert.deepEqual(vfs.openFiles(), []);
  });

  it('open file keeps its attributes although its name is gone', async () => {
    const { drive, vfs } = single();
    const { handle } = await vfs.open('/folder/film.mkv', constants.O_RDONLY, callOf());
    drive.tree.remove('/folder/film.mkv');
    await assert.rejects(vfs.getattr('/folder/film.mkv', callOf()), { errno: 'ENOENT' });
    assert.equal(vfs.fgetattr(handle).size, 1025);
  });

  it('mount of several drives has one directory for each', async () => {
    const { vfs } = several();
    const names = (await vfs.readdir('/', callOf())).map((entry) => entry.name);
    assert.deepEqual(names, ['films', 'music', 'books']);
    assert.equal((await vfs.getattr('/music/music.txt', callOf())).size, 3);
    await assert.rejects(vfs.getattr('/music/films.txt', callOf()), { errno: 'ENOENT' });
    await assert.rejects(vfs.getattr('/nothing', callOf()), { errno: 'ENOENT' });
    assert.equal((await vfs.getattr('/', callOf())).mtime, Date.UTC(2024, 4, 6, 7, 8, 9));
  });

  it('statfs counts an account of two drives once', async () => {
    const { vfs } = several();
    assert.equal((await vfs.statfs('/', callOf())).blocks, 2 * 100 * 1024);
    assert.equal((await vfs.statfs('/films', callOf())).blocks, 100 * 1024);
  });

  it('statfs shows no space where the cloud says none, and none free beyond the quota', async () => {
    const { drive, vfs } = single();
    drive.tree.spaceKnown = { total: 2 ** 20, used: 5 * 2 ** 20 };
    const over = await vfs.statfs('/', callOf());
    assert.deepEqual([over.blocks, over.bfree], [1, 0]);
    drive.tree.spaceKnown = null;
    assert.equal((await vfs.statfs('/', callOf())).blocks, 0);
  });

  it('access grants reading, refuses writing with EROFS and running a file with EACCES', async () => {
    const { vfs } = single();
    await vfs.access('/folder/film.mkv', constants.R_OK, callOf());
    await vfs.access('/folder', constants.X_OK, callOf());
    await assert.rejects(vfs.access('/folder', constants.W_OK, callOf()), { errno: 'EROFS' });
    await assert.rejects(vfs.access('/folder/film.mkv', constants.X_OK, callOf()), { errno: 'EACCES' });
    await assert.rejects(vfs.access('/nothing', constants.F_OK, callOf()), { errno: 'ENOENT' });
  });

  it('extended attributes are id, hash and what else the cloud says', async () => {
    const { drive, vfs } = single();
    drive.tree.addFile('/plain', 1, { hash: null, attributes: { id: 'forged' } });
    for (const name of ['id', 'sha1', 'pickcode']) {
      assert.ok((await vfs.getxattr('/folder/film.mkv', `user.panfuse.${name}`, callOf())).length > 0, name);
    }
    const id = await vfs.getxattr('/plain', 'user.panfuse.id', callOf());
    assert.equal(Buffer.from(id).toString(), '3');
    await assert.rejects(vfs.getxattr('/plain', 'user.panfuse.sha1', callOf()), { errno: 'ENODATA' });
    await assert.rejects(vfs.getxattr('/plain', 'security.capability', callOf()), { errno: 'EOPNOTSUPP' });
  });

  it('root of several drives has no extended attributes', async () => {
    const { vfs } = several();
    await assert.rejects(vfs.getxattr('/', 'user.panfuse.id', callOf()), { errno: 'ENODATA' });
  });

  it('extended attribute is refused with EROFS, outside user. with EOPNOTSUPP', async () => {
    const { vfs } = single();
    const set = (name: string): Promise<void> => vfs.setxattr('/folder', name, Buffer.from('x'), 0, callOf());
    await assert.rejects(set('user.x'), { errno: 'EROFS' });
    await assert.rejects(set('trusted.x'), { errno: 'EOPNOTSUPP' });
    await assert.rejects(vfs.removexattr('/folder', 'user.x', callOf()), { errno: 'EROFS' });
  });

  it('changes are told as paths of the mount until nobody listens', () => {
    const { drives, vfs } = several();
    const told: string[] = [];
    const stop = vfs.onChange((paths) => told.push(...paths));
    drives[1]?.tree.tell('/music.txt');
    stop();
    drives[1]?.tree.tell('/music.txt');
    assert.deepEqual(told, ['/music/music.txt']);
  });
});
