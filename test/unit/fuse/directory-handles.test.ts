import assert from 'node:assert/strict';
import fc from 'fast-check';
import { DirectoryHandles } from '../../../src/fuse/directory-handles.js';
import { Vfs } from '../../../src/vfs/vfs.js';
import { callOf } from '../../fakes/calls.js';
import { fakeDrive } from '../../fakes/fake-drive.js';
import { fakeEnv } from '../../fakes/fake-env.js';

function subject(names: number) {
  const drive = fakeDrive();
  drive.tree.addDirectory('/wide');
  for (let index = 0; index < names; index += 1) drive.tree.addFile(`/wide/${index}`, 1);
  const vfs = new Vfs(fakeEnv(), { kind: 'drive', drive }, { uid: 0, gid: 0, umask: 0 });
  return { tree: drive.tree, directories: new DirectoryHandles(vfs) };
}

/** Reads as the kernel does, with room for `room` entries a time. */
async function readAll(directories: DirectoryHandles, handle: number, room: number) {
  const names: string[] = [];
  let offered = 0;
  for (let offset = 0; ;) {
    const { entries } = await directories.read(handle, '/wide', offset, callOf());
    if (entries.length === 0) return { names, offered };
    offered += entries.length;
    const taken = entries.slice(0, room);
    names.push(...taken.map((entry) => entry.name));
    offset += taken.length;
  }
}

describe('DirectoryHandles', () => {
  it('reading gives every name once, whatever room the kernel has', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(700), fc.integer({ min: 1, max: 300 }), async (count, room) => {
        const { directories } = subject(count);
        const { names } = await readAll(directories, directories.open(), room);
        assert.deepEqual(names, ['.', '..', ...Array.from({ length: count }, (_, index) => `${index}`)]);
      }),
      { numRuns: 25 },
    );
  });

  it('long directory is offered less than twice over', async () => {
    for (const room of [23, 128, 190]) {
      const { directories } = subject(10_000);
      const { offered } = await readAll(directories, directories.open(), room);
      assert.ok(offered < 20_000, `${offered} entries offered to a kernel with room for ${room}`);
    }
  });

  it('reading goes on over the names it began with', async () => {
    const { tree, directories } = subject(100);
    const handle = directories.open();
    const first = await directories.read(handle, '/wide', 0, callOf());
    tree.remove('/wide/0');
    tree.addFile('/wide/new', 1);
    const second = await directories.read(handle, '/wide', first.entries.length, callOf());
    const names = [...first.entries, ...second.entries].map((entry) => entry.name);
    assert.equal(names.length, 102);
    assert.ok(names.includes('0') && !names.includes('new'));
  });

  it('reading from the start again looks anew', async () => {
    const { tree, directories } = subject(3);
    const handle = directories.open();
    await directories.read(handle, '/wide', 0, callOf());
    tree.addFile('/wide/new', 1);
    const { entries } = await directories.read(handle, '/wide', 0, callOf());
    assert.ok(entries.some((entry) => entry.name === 'new'));
  });

  it('handle that is not open is EBADF', async () => {
    const { directories } = subject(1);
    const handle = directories.open();
    directories.release(handle);
    await assert.rejects(directories.read(handle, '/wide', 0, callOf()), { errno: 'EBADF' });
  });
});
