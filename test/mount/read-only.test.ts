import assert from 'node:assert/strict';
import { MountedLibrary } from './mounted-library.js';
import { python } from './programs.js';

const OPERATIONS: Readonly<Record<string, string>> = {
  'open for writing': `os.open(f, os.O_WRONLY)`,
  'open for reading and writing': `os.open(f, os.O_RDWR)`,
  'open that truncates': `os.open(f, os.O_RDONLY | os.O_TRUNC)`,
  'open that appends': `os.open(f, os.O_WRONLY | os.O_APPEND)`,
  create: `os.open(n, os.O_CREAT | os.O_RDWR, 0o644)`,
  truncate: `os.truncate(f, 0)`,
  mkdir: `os.mkdir(n)`,
  rmdir: `os.rmdir(at + '/wide/none')`,
  unlink: `os.unlink(f)`,
  rename: `os.rename(f, n)`,
  link: `os.link(f, n)`,
  symlink: `os.symlink('x', n)`,
  mknod: `os.mknod(n)`,
  chmod: `os.chmod(f, 0o600)`,
  chown: `os.chown(f, os.getuid(), os.getgid())`,
  utimens: `os.utime(f, (1, 2))`,
  setxattr: `os.setxattr(f, 'user.x', b'y')`,
  removexattr: `os.removexattr(f, 'user.panfuse.id')`,
};

// With `ro` the kernel refuses; without, the requests arrive here and our own answers are seen.
for (const readOnly of [true, false]) {
  describe(`read-only drive in a mount that is ${readOnly ? 'ro' : 'rw'} for the kernel`, function () {
    this.timeout(60_000);
    let library: MountedLibrary;
    before(async () => {
      library = await MountedLibrary.mount({ readOnly });
    });
    after(() => library.dispose());

    for (const [operation, call] of Object.entries(OPERATIONS)) {
      it(`${operation} is EROFS`, async () => {
        const script = `
f = at + '/film.mkv'; n = at + '/new'
try:
  ${call}
  print('done')
except OSError as e: print(errno.errorcode[e.errno])`;
        assert.equal(await python(library.path, script), 'EROFS');
      });
    }

    it('open directory for reading bytes is EISDIR', async () => {
      const script = `
try: os.read(os.open(at + '/wide', os.O_RDONLY), 1)
except OSError as e: print(errno.errorcode[e.errno])`;
      assert.equal(await python(library.path, script), 'EISDIR');
    });
  });
}
