import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { MountedLibrary } from './mounted-library.js';
import { errnosOf } from './programs.js';

/** What is not supported, and the answer that SEMANTICS.md gives; whoever makes one of these work changes both. */
const UNSUPPORTED: Readonly<Record<string, readonly [string, string]>> = {
  'symbolic link': [`os.symlink('film.mkv', at + '/new')`, 'EPERM'],
  'hard link': [`os.link(at + '/film.mkv', at + '/new')`, 'EPERM'],
  'named pipe': [`os.mkfifo(at + '/new')`, 'EPERM'],
  socket: [`__import__('socket').socket(1).bind(at + '/new')`, 'EPERM'],
  'device file': [`os.mknod(at + '/new', 0o020666, os.makedev(1, 3))`, 'EPERM'],
  'chown to another owner': [`os.chown(at + '/file', 4321, -1)`, 'EPERM'],
  'list of extended attributes': [`os.listxattr(at + '/file')`, 'EOPNOTSUPP'],
  'extended attribute in trusted.': [`os.setxattr(at + '/file', 'trusted.x', b'v')`, 'EOPNOTSUPP'],
  'extended attribute in security.': [`os.setxattr(at + '/file', 'security.x', b'v')`, 'EOPNOTSUPP'],
  'access control list': [
    `os.setxattr(at + '/file', 'system.posix_acl_access', bytes.fromhex('0200000001000600ffffffff04000400ffffffff20000400ffffffff'))`,
    'EOPNOTSUPP',
  ],
  'file without a name (O_TMPFILE)': [`os.open(at, os.O_TMPFILE | os.O_RDWR)`, 'EOPNOTSUPP'],
  'clone of a file (FICLONE)': [
    `__import__('fcntl').ioctl(os.open(at + '/clone', os.O_RDWR | os.O_CREAT), 0x40049409, os.open(at + '/file', os.O_RDONLY))`,
    'EOPNOTSUPP',
  ],
  'flags of chattr': [
    `__import__('fcntl').ioctl(os.open(at + '/file', os.O_RDONLY), 0x80086601, b'\\0' * 8)`,
    'ENOTTY',
  ],
};

describe('what a mount does not support', function () {
  this.timeout(60_000);
  let library: MountedLibrary;
  before(async () => {
    library = await MountedLibrary.mount({ library: 'writing', readOnly: false });
    await writeFile(library.at('/file'), 'x');
  });
  after(() => library.dispose());

  for (const [what, [expression, errno]] of Object.entries(UNSUPPORTED)) {
    it(`${what} is ${errno}`, async () => {
      assert.deepEqual(await errnosOf(library.path, [expression]), [errno]);
    });
  }
});
