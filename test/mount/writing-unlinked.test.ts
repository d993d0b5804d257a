import assert from 'node:assert/strict';
import { mkdir, readdir } from 'node:fs/promises';
import { MountedLibrary } from './mounted-library.js';
import { python } from './programs.js';

describe('files that are unlinked while they are open', function () {
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

  it('file that was written here stays readable and writable, and never reaches the cloud', async () => {
    await mkdir(library.at('/new'));
    const script = `
p = at + '/new/a'; f = os.open(p, os.O_RDWR | os.O_CREAT); os.write(f, b'one'); os.unlink(p)
print(os.listdir(at + '/new'), os.path.exists(p)); os.write(f, b'two'); print(os.pread(f, 9, 0), os.fstat(f).st_size, os.fstat(f).st_nlink)
os.ftruncate(f, 2); os.fsync(f); print(os.pread(f, 9, 0)); os.close(f); print(os.listdir(at + '/new'))`;
    assert.equal(await python(library.path, script), "[] False\nb'onetwo' 6 0\nb'on'\n[]");
    assert.deepEqual(await inCloud('/new'), []);
    const { sent } = await library.cloud();
    assert.equal(sent, 0);
  });

  it('film stays readable and writable, and is in the recycle bin as it was', async () => {
    const script = `
p = at + '/film.mkv'; f = os.open(p, os.O_RDWR); size = os.fstat(f).st_size; first = os.pread(f, 4, 100)
os.unlink(p); print(os.path.exists(p), os.fstat(f).st_size == size, os.pread(f, 4, 100) == first)
os.pwrite(f, b'new', 100); print(os.pread(f, 3, 100), os.pread(f, 1, 103) == first[3:])
os.lseek(f, 0, 2); os.write(f, b'end'); print(os.fstat(f).st_size - size)`;
    assert.equal(await python(library.path, script), "False True True\nb'new' True\n3");
    assert.deepEqual(await inCloud('/film.mkv'), []);
    const { entries, bin, sent } = await library.cloud();
    assert.ok(!entries.some(({ path }) => path === '/film.mkv') && bin.includes('film.mkv'));
    assert.equal(sent, 0);
  });

  it('name of an open file that was unlinked can be taken again', async () => {
    await mkdir(library.at('/again'));
    const script = `
p = at + '/again/a'; f = os.open(p, os.O_RDWR | os.O_CREAT); os.write(f, b'old'); os.unlink(p)
open(p, 'x').write('new'); print(os.pread(f, 9, 0), open(p).read(), os.listdir(at + '/again')); os.close(f)`;
    assert.equal(await python(library.path, script), "b'old' new ['a']");
    assert.deepEqual(await inCloud('/again'), ['a']);
  });

  it('directory of which an open file was unlinked can be removed', async () => {
    await mkdir(library.at('/emptied'));
    const script = `
p = at + '/emptied/a'; f = os.open(p, os.O_RDWR | os.O_CREAT); os.write(f, b'old'); os.unlink(p)
os.rmdir(at + '/emptied'); print(os.pread(f, 9, 0)); os.close(f); print(os.path.exists(at + '/emptied'))`;
    assert.equal(await python(library.path, script), "b'old'\nFalse");
    await library.upload();
    assert.ok(!(await readdir(library.path)).includes('emptied'));
  });

  it('file that a mapping alone still holds stays readable', async () => {
    const script = `
p = at + '/held'; open(p, 'w').write('mapped bytes')
f = os.open(p, os.O_RDWR); m = mmap.mmap(f, 0); os.close(f); os.unlink(p)
m[0:6] = b'MAPPED'; print(m[:], os.path.exists(p))`;
    assert.equal(await python(library.path, script), "b'MAPPED bytes' False");
  });
});
