import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, rename, stat, unlink, writeFile } from 'node:fs/promises';
import { MountedLibrary } from './mounted-library.js';
import type { CloudEntry } from './mount-protocol.js';
import { errnosOf, python } from './programs.js';

/** Python's os has no renameat2(2). */
const RENAMEAT2 = `
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
def renameat2(old, new, flags):
  if libc.renameat2(-100, old.encode(), -100, new.encode(), flags) != 0: raise OSError(ctypes.get_errno(), 'renameat2')
def outcome(*parameters):
  try: renameat2(*parameters); return 'ok'
  except OSError as e: return errno.errorcode[e.errno]
`;

describe('renames in a mount', function () {
  this.timeout(60_000);
  let library: MountedLibrary;
  before(async () => {
    library = await MountedLibrary.mount({ library: 'writing', readOnly: false });
  });
  after(() => library.dispose());

  const inCloud = async (directory: string): Promise<readonly string[]> => {
    await library.upload();
    const below = (await library.cloud()).entries.filter(({ path }) => path.startsWith(`${directory}/`));
    return below.map(({ path }) => path.slice(directory.length + 1)).sort();
  };
  const entryOf = async (path: string): Promise<CloudEntry | undefined> =>
    (await library.cloud()).entries.find((entry) => entry.path === path);

  it('file moves to another name, and to another directory', async () => {
    await mkdir(library.at('/moves'));
    await mkdir(library.at('/moves/to'));
    await writeFile(library.at('/moves/a'), 'bytes');
    assert.deepEqual(await inCloud('/moves'), ['a', 'to']);
    const before = await entryOf('/moves/a');
    await rename(library.at('/moves/a'), library.at('/moves/b'));
    assert.deepEqual((await readdir(library.at('/moves'))).sort(), ['b', 'to']);
    await rename(library.at('/moves/b'), library.at('/moves/to/c'));
    assert.deepEqual(await readdir(library.at('/moves')), ['to']);
    assert.equal(await readFile(library.at('/moves/to/c'), 'utf8'), 'bytes');
    assert.deepEqual(await inCloud('/moves'), ['to', 'to/c']);
    assert.equal((await entryOf('/moves/to/c'))?.id, before?.id, 'it is not sent again');
  });

  it('directory moves with all that is in it', async () => {
    await mkdir(library.at('/trees/a/b/c'), { recursive: true });
    await mkdir(library.at('/trees/to'));
    await writeFile(library.at('/trees/a/b/c/leaf'), 'leaf');
    await rename(library.at('/trees/a/b'), library.at('/trees/to/d'));
    assert.equal(await readFile(library.at('/trees/to/d/c/leaf'), 'utf8'), 'leaf');
    assert.deepEqual(await inCloud('/trees'), ['a', 'to', 'to/d', 'to/d/c', 'to/d/c/leaf']);
    await rename(library.at('/trees/to'), library.at('/trees/a/e'));
    await writeFile(library.at('/trees/a/e/d/c/new'), 'new');
    assert.equal(await readFile(library.at('/trees/a/e/d/c/leaf'), 'utf8'), 'leaf');
    assert.deepEqual(await inCloud('/trees'), [
      'a',
      'a/e',
      'a/e/d',
      'a/e/d/c',
      'a/e/d/c/leaf',
      'a/e/d/c/new',
    ]);
  });

  it('file takes the place of another', async () => {
    await mkdir(library.at('/over'));
    for (const name of ['old', 'new', 'written']) await writeFile(library.at(`/over/${name}`), name);
    await inCloud('/over');
    await rename(library.at('/over/new'), library.at('/over/old'));
    assert.equal(await readFile(library.at('/over/old'), 'utf8'), 'new');
    assert.deepEqual(await inCloud('/over'), ['old', 'written']);
    assert.ok((await library.cloud()).bin.includes('old'));
    await writeFile(library.at('/over/tmp'), 'newest');
    await rename(library.at('/over/tmp'), library.at('/over/old'));
    assert.equal(await readFile(library.at('/over/old'), 'utf8'), 'newest');
    assert.deepEqual(await inCloud('/over'), ['old', 'written']);
    await writeFile(library.at('/over/written'), 'changed here');
    await rename(library.at('/over/old'), library.at('/over/written'));
    assert.equal(await readFile(library.at('/over/written'), 'utf8'), 'newest');
    assert.deepEqual(await inCloud('/over'), ['written']);
    assert.equal((await entryOf('/over/written'))?.size, 6);
  });

  it('directory takes the place of an empty one, and of no other', async () => {
    for (const path of ['/dirs/from/in', '/dirs/empty', '/dirs/full/in']) {
      await mkdir(library.at(path), { recursive: true });
    }
    await inCloud('/dirs');
    await assert.rejects(rename(library.at('/dirs/from'), library.at('/dirs/full')), { code: 'ENOTEMPTY' });
    await rename(library.at('/dirs/from'), library.at('/dirs/empty'));
    assert.deepEqual((await readdir(library.at('/dirs'))).sort(), ['empty', 'full']);
    assert.deepEqual(await inCloud('/dirs'), ['empty', 'empty/in', 'full', 'full/in']);
  });

  it('directory that looks empty here and is not in the cloud is not replaced', async () => {
    await mkdir(library.at('/looks/from'), { recursive: true });
    await mkdir(library.at('/looks/empty'));
    await inCloud('/looks');
    assert.deepEqual(await readdir(library.at('/looks/empty')), []);
    await library.cloud({ do: 'add', path: '/looks/empty/foreign', size: 3 });
    await assert.rejects(rename(library.at('/looks/from'), library.at('/looks/empty')), {
      code: 'ENOTEMPTY',
    });
    assert.deepEqual(await inCloud('/looks'), ['empty', 'empty/foreign', 'from']);
  });

  it('renames that make no sense are refused as rename(2) says', async () => {
    await mkdir(library.at('/rules/dir/below'), { recursive: true });
    await writeFile(library.at('/rules/file'), 'x');
    const rename = (from: string, to: string): string =>
      `os.rename(at + '/rules/${from}', at + '/rules/${to}')`;
    const expected = {
      [rename('file', 'dir')]: 'EISDIR',
      [rename('dir', 'file')]: 'ENOTDIR',
      [rename('dir', 'dir/below/x')]: 'EINVAL',
      [rename('dir/below', 'dir')]: 'ENOTEMPTY',
      [rename('none', 'x')]: 'ENOENT',
      [rename('file', 'none/x')]: 'ENOENT',
      [rename('file', 'file/x')]: 'ENOTDIR',
      [rename('file', 'file')]: 'ok',
      [rename('dir', 'dir')]: 'ok',
      [rename('dir/.', 'x')]: 'EBUSY',
      [rename('dir/..', 'x')]: 'EBUSY',
    };
    assert.deepEqual(await errnosOf(library.path, Object.keys(expected)), Object.values(expected));
    assert.deepEqual(await inCloud('/rules'), ['dir', 'dir/below', 'file']);
  });

  it('RENAME_NOREPLACE leaves what is there, RENAME_EXCHANGE is EINVAL', async () => {
    await mkdir(library.at('/flags'));
    for (const name of ['a', 'b']) await writeFile(library.at(`/flags/${name}`), name);
    const script = `${RENAMEAT2}
p = at + '/flags/'
print(outcome(p + 'a', p + 'b', 1), outcome(p + 'a', p + 'c', 1), outcome(p + 'b', p + 'c', 2), outcome(p + 'b', p + 'c', 4))`;
    assert.equal(await python(library.path, script), 'EEXIST ok EINVAL EINVAL');
    assert.deepEqual(await inCloud('/flags'), ['b', 'c']);
  });

  it('file that is being uploaded is renamed, and is there once', async () => {
    await mkdir(library.at('/moving'));
    await library.upload();
    await writeFile(library.at('/moving/before'), Buffer.alloc(9_000_000, 'x'));
    await library.cloud({ do: 'hold' });
    const { calls } = await library.cloud();
    await called(library, 'announce', (calls['announce'] ?? 0) + 1);
    await rename(library.at('/moving/before'), library.at('/moving/after'));
    assert.deepEqual(await readdir(library.at('/moving')), ['after']);
    await library.cloud({ do: 'release' });
    assert.deepEqual(await inCloud('/moving'), ['after']);
    assert.equal((await entryOf('/moving/after'))?.size, 9_000_000);
    assert.equal((await stat(library.at('/moving/after'))).size, 9_000_000);
  });

  it('open file keeps its bytes under its new name', async () => {
    await mkdir(library.at('/open'));
    const script = `
f = os.open(at + '/open/a', os.O_RDWR | os.O_CREAT); os.write(f, b'one ')
os.rename(at + '/open/a', at + '/open/b'); os.write(f, b'two ')
print(os.pread(f, 20, 0), os.listdir(at + '/open'), open(at + '/open/b').read())
os.mkdir(at + '/open/dir'); os.rename(at + '/open/b', at + '/open/dir/c'); os.rename(at + '/open/dir', at + '/open/moved')
os.write(f, b'three'); os.close(f); print(open(at + '/open/moved/c').read())`;
    assert.equal(await python(library.path, script), "b'one two ' ['b'] one two \none two three");
    assert.deepEqual(await inCloud('/open'), ['moved', 'moved/c']);
  });

  it('file that is replaced while it is open keeps its bytes for whoever has it open', async () => {
    await mkdir(library.at('/replaced'));
    const script = `
p = at + '/replaced/'
open(p + 'a', 'w').write('old'); open(p + 'b', 'w').write('new')
f = os.open(p + 'a', os.O_RDWR); os.rename(p + 'b', p + 'a')
os.pwrite(f, b'O', 0); print(os.pread(f, 9, 0), os.fstat(f).st_nlink, open(p + 'a').read(), os.listdir(p))
os.close(f); print(open(p + 'a').read())`;
    assert.equal(await python(library.path, script), "b'Old' 0 new ['a']\nnew");
    assert.deepEqual(await inCloud('/replaced'), ['a']);
    assert.equal((await entryOf('/replaced/a'))?.size, 3);
  });

  for (const state of ['closed', 'open']) {
    it(`watcher finds the old file or the new one at every moment while it is replaced ${state}`, async () => {
      await mkdir(library.at(`/watched-${state}`));
      const script = `
import subprocess, time
d = at + '/watched-${state}/'; p = d + 'file'
open(p, 'w').write('000')
watch = '''import errno, os, sys
failed, seen = [], set()
while not os.path.exists(sys.argv[1] + 'stop'):
  try:
    os.stat(sys.argv[1] + 'file'); seen.add(open(sys.argv[1] + 'file').read())
  except OSError as e: failed.append(errno.errorcode[e.errno])
print(failed, len(seen) > 3, {len(s) for s in seen})'''
watchers = [subprocess.Popen([sys.executable, '-c', watch, d], stdout=subprocess.PIPE) for _ in range(2)]
for n in range(1, 60):
  held = os.open(p, os.O_RDONLY) if ${state === 'open' ? 'True' : 'False'} else None
  open(d + 'tmp', 'w').write('%03d' % n)
  os.rename(d + 'tmp', p)
  if held is not None: os.close(held)
open(d + 'stop', 'w').close()
for w in watchers: print(w.communicate()[0].decode().strip())
print(open(p).read())`;
      assert.equal(await python(library.path, script), '[] True {3}\n[] True {3}\n059');
      assert.deepEqual(await inCloud(`/watched-${state}`), ['file', 'stop']);
      await unlink(library.at(`/watched-${state}/file`));
    });
  }
});

/** Waits until the cloud was asked so often. */
async function called(library: MountedLibrary, call: string, times: number): Promise<void> {
  const end = performance.now() + 5000;
  while (((await library.cloud()).calls[call] ?? 0) < times) {
    assert.ok(performance.now() < end, `${call} was not called ${times} times within 5 s`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
