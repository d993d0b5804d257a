/**
 * A mount for one test, at the path it is given: the root is answered, the directory in it never. Says `mounted` when
 * it is up, then has the kernel forget a name in that directory, and says `asked` when the directory is asked for.
 */
import { FuseConnection } from '../../src/fuse/binding.js';
import { EntryForgetting } from '../../src/fuse/entry-forgetting.js';
import { systemClock } from '../../src/lib/system-clock.js';

const mountPoint = process.argv[2] ?? '';
const at = new Date(0);
const root = { mode: 0o40755, size: 0, nlink: 2, uid: 0, gid: 0, atime: at, mtime: at, ctime: at };
const operations = {
  getattr: (path: string | null, reply: (error: number, found?: typeof root) => void): void => {
    if (path === '/') reply(0, root);
    else process.stdout.write('asked\n');
  },
};
const connection = new FuseConnection(
  mountPoint,
  operations,
  {},
  { negativeTimeout: 0, readOnly: true },
  () => undefined,
);
connection.mount((error) => {
  process.stdout.write(`${error?.message ?? 'mounted'}\n`);
  void new EntryForgetting({ clock: systemClock, connection, mountPoint }).forget('/directory/name');
});
