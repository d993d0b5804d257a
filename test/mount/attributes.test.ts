import assert from 'node:assert/strict';
import { access, constants, stat } from 'node:fs/promises';
import { FILM_SIZE, OWNER, WIDE } from './library.js';
import { MountedLibrary } from './mounted-library.js';
import { python, run } from './programs.js';

describe('attributes in a mount', function () {
  this.timeout(60_000);
  let library: MountedLibrary;
  before(async () => {
    library = await MountedLibrary.mount();
  });
  after(() => library.dispose());

  it('file shows size, owner, times and permissions', async () => {
    const shown = await stat(library.at('/film.mkv'));
    assert.equal(shown.mode, 0o100644);
    assert.deepEqual([shown.uid, shown.gid, shown.nlink], [OWNER.uid, OWNER.gid, 1]);
    assert.deepEqual([shown.size, shown.blocks], [FILM_SIZE, Math.ceil(FILM_SIZE / 512)]);
    assert.equal(shown.mtimeMs, Date.UTC(2024, 4, 6, 7, 8, 9));
    assert.equal(shown.ctimeMs, Date.UTC(2024, 4, 6, 7, 8, 10));
  });

  it('directory shows its permissions', async () => {
    const shown = await stat(library.at('/wide'));
    assert.deepEqual([shown.mode, shown.nlink], [0o040755, 2]);
  });

  it('umask takes permissions away', async () => {
    const strict = await MountedLibrary.mount({ umask: 0o077 });
    const modes = [(await stat(strict.at('/film.mkv'))).mode, (await stat(strict.at('/wide'))).mode];
    await strict.dispose();
    assert.deepEqual(modes, [0o100600, 0o040700]);
  });

  it('access for writing is EROFS and for running a film EACCES', async () => {
    await access(library.at('/film.mkv'), constants.R_OK);
    await access(library.at('/wide'), constants.X_OK);
    await assert.rejects(access(library.at('/film.mkv'), constants.W_OK), { code: 'EROFS' });
    await assert.rejects(access(library.at('/film.mkv'), constants.X_OK), { code: 'EACCES' });
  });

  it('statfs shows the space of the account in blocks of 1 MiB', async () => {
    const script = `s = os.statvfs(at); print(s.f_frsize, s.f_blocks, s.f_bavail, s.f_namemax, s.f_favail > 0)`;
    assert.equal(await python(library.path, script), '1048576 102400 61440 255 True');
  });

  it('extended attributes show id, hash and pick code', async () => {
    const script = `
names = ['user.panfuse.id', 'user.panfuse.pickcode', 'user.panfuse.sha1']
print([(n, os.getxattr(at, n).decode()) for n in names])`;
    const sha1 = '1'.padStart(40, 'A');
    assert.equal(
      await python(library.at('/film.mkv'), script),
      `[('user.panfuse.id', '1'), ('user.panfuse.pickcode', 'pick1'), ('user.panfuse.sha1', '${sha1}')]`,
    );
  });

  it('extended attribute that does not exist is ENODATA, outside user. EOPNOTSUPP', async () => {
    const script = `
for n in ('user.other', 'security.selinux', 'security.other'):
  try: os.getxattr(at, n)
  except OSError as e: print(errno.errorcode[e.errno], end=' ')`;
    // EOPNOTSUPP and ENOTSUP are one number on Linux.
    assert.match(
      await python(library.at('/film.mkv'), script),
      /^ENODATA (EOPNOTSUPP|ENOTSUP) (EOPNOTSUPP|ENOTSUP)$/,
    );
  });

  it('ls -l of 10,000 files gets the attributes with the names', async () => {
    const patched = (await run('node', 'scripts/patch-binding.js', '--check')).stdout.trim() === 'patched';
    const began = performance.now();
    const asked = await library.requestsOf(async () => {
      const { stdout } = await run('ls', '-l', library.at('/wide/10000'));
      assert.equal(stdout.trim().split('\n').length, WIDE['/wide/10000'] + 1);
    });
    console.log(`      ls -l of 10,000 files: ${Math.round(performance.now() - began)} ms`);
    // Without the patch of the binding each file is asked for once, and never for attributes outside `user.`.
    assert.ok((asked['getattr'] ?? 0) <= (patched ? 5 : 10_010), JSON.stringify(asked));
    assert.ok((asked['getxattr'] ?? 0) <= 10, JSON.stringify(asked));
    assert.equal(asked['listxattr'], undefined, JSON.stringify(asked));
    assert.ok((asked['readdir'] ?? 0) <= 500, JSON.stringify(asked));
  });

  it('mount of several drives shows them as directories', async () => {
    const several = await MountedLibrary.mount({ layout: 'drives' });
    const shown = await run('ls', several.path);
    const film = await stat(several.at('/films/film.mkv'));
    await several.dispose();
    assert.equal(shown.stdout, 'films\n');
    assert.equal(film.size, FILM_SIZE);
  });

  it('mount shows name and kind in the table of mounts', async () => {
    const { stdout } = await run('findmnt', '-n', '-o', 'FSTYPE,SOURCE', library.path);
    assert.match(stdout, /^fuse\.panfuse\s+films_ all$/m);
  });
});
