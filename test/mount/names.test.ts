import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { lstat, readdir } from 'node:fs/promises';
import { AWKWARD_NAMES, WIDE } from './library.js';
import { MountedLibrary } from './mounted-library.js';
import { python, run } from './programs.js';

describe('names in a mount', function () {
  this.timeout(60_000);
  let library: MountedLibrary;
  before(async () => {
    library = await MountedLibrary.mount();
  });
  after(() => library.dispose());

  for (const [path, count] of Object.entries(WIDE)) {
    it(`directory shows each of ${count} names once`, async () => {
      const expected = Array.from({ length: count }, (_, index) => `file-${index}.nfo`);
      const names = await readdir(library.at(path));
      assert.equal(names.length, count);
      assert.deepEqual(new Set(names), new Set(expected));
    });
  }

  it('directory shows awkward names as they are', async () => {
    const names = await readdir(library.at('/awkward'));
    assert.deepEqual(new Set(names), new Set(AWKWARD_NAMES));
    for (const name of AWKWARD_NAMES) assert.equal((await lstat(library.at(`/awkward/${name}`))).size, 10);
  });

  it('directory shows itself and the one above first', async () => {
    const { stdout } = await run('ls', '-fa', library.at('/deep/a'));
    assert.deepEqual(stdout.trim().split('\n'), ['.', '..', 'b']);
  });

  it('directory that is read from the start again shows the same', async () => {
    const script = `
import ctypes
c = ctypes.CDLL(None, use_errno=True)
c.opendir.restype = c.readdir.restype = ctypes.c_void_p
for f in (c.opendir, c.readdir, c.rewinddir): f.argtypes = [ctypes.c_void_p]
c.opendir.argtypes = [ctypes.c_char_p]
d = c.opendir(at.encode())
def rest():
  n = 0
  while c.readdir(d): n += 1
  return n
first = rest(); c.rewinddir(d); print(first, rest())`;
    assert.equal(await python(library.at('/wide/3000'), script), '3002 3002');
  });

  it('directory keeps its places while names come and go', async () => {
    const script = `
s = os.scandir(at)
names = [next(s).name for _ in range(10)]
sys.stdout.write('go\\n'); sys.stdout.flush()
sys.stdin.readline()
names += [e.name for e in s]
print(len(names), len(set(names)))`;
    const reader = spawn('python3', [
      '-c',
      `import os, sys\nat = sys.argv[1]\n${script}`,
      library.at('/wide/3000'),
    ]);
    const output: string[] = [];
    const finished = new Promise((resolve) => reader.on('close', resolve));
    await new Promise<void>((resolve) => {
      reader.stdout.on('data', (chunk: Buffer) => {
        output.push(chunk.toString());
        resolve();
      });
    });
    await library.replace('/wide/3000/file-2999.nfo', 7);
    await library.replace('/wide/3000/file-0.nfo', 7);
    reader.stdin.end('\n');
    await finished;
    assert.equal(output.join('').trim().split('\n').at(-1), '3000 3000');
  });

  it('name of 256 bytes is ENAMETOOLONG', async () => {
    const long = library.at(`/${'x'.repeat(256)}`);
    await assert.rejects(lstat(long), { code: 'ENAMETOOLONG' });
    await assert.rejects(lstat(library.at(`/${'长'.repeat(86)}`)), { code: 'ENAMETOOLONG' });
  });

  it('missing name is ENOENT', async () => {
    await assert.rejects(lstat(library.at('/deep/a/nothing')), { code: 'ENOENT' });
    await assert.rejects(lstat(library.at('/nowhere/nothing')), { code: 'ENOENT' });
  });

  it('missing name is asked once in five seconds', async () => {
    const asked = await library.requestsOf(async () => {
      for (let round = 0; round < 5; round += 1) {
        await assert.rejects(lstat(library.at('/deep/asked-once')), { code: 'ENOENT' });
      }
    });
    assert.ok((asked['getattr'] ?? 0) <= 3, JSON.stringify(asked));
  });

  it('file inside a path is ENOTDIR', async () => {
    await assert.rejects(lstat(library.at('/film.mkv/inside')), { code: 'ENOTDIR' });
    await assert.rejects(readdir(library.at('/film.mkv')), { code: 'ENOTDIR' });
  });

  it('find tells files by size', async () => {
    const { stdout } = await run('find', library.at('/wide/10000'), '-type', 'f', '-size', '+512c');
    assert.equal(stdout.trim().split('\n').length, 9999 - 512);
  });
});
