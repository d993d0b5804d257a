import assert from 'node:assert/strict';
import { open, readFile, stat, truncate, unlink, writeFile } from 'node:fs/promises';
import { patternContent, readContent } from '../../src/drivers/memory/content.js';
import { HUGE_SIZE } from './library.js';
import { MountedLibrary } from './mounted-library.js';
import { errnosOf, python, run } from './programs.js';

const MIB = 2 ** 20;
const GIB = 2 ** 30;

describe('limits of writing in a mount', function () {
  this.timeout(60_000);
  const mounts: MountedLibrary[] = [];
  const mount = async (writing = {}): Promise<MountedLibrary> => {
    const library = await MountedLibrary.mount({ library: 'writing', readOnly: false, writing });
    mounts.push(library);
    return library;
  };
  afterEach(async () => {
    for (const library of mounts.splice(0)) await library.dispose();
  });

  it('write in the middle of a 10 GB file fetches at most 4 MiB before close answers', async () => {
    const library = await mount({ budget: 20 * GIB, delay: 600_000 });
    const middle = HUGE_SIZE / 2 + 12_345;
    const script = `
f = os.open(at, os.O_RDWR); os.pwrite(f, b'changed', ${middle}); os.fsync(f)
print(os.pread(f, 9, ${middle - 1})[1:8], os.fstat(f).st_size); os.close(f)`;
    const before = (await library.cloud()).fetched;
    const printed = await python(library.at('/huge.iso'), script);
    const fetched = (await library.cloud()).fetched - before;
    console.log(`      fetched before close answered: ${fetched} bytes`);
    assert.equal(printed, `b'changed' ${HUGE_SIZE}`);
    assert.ok(fetched <= 4 * MIB, `${fetched} bytes`);
    const around = Buffer.alloc(100);
    const file = await open(library.at('/huge.iso'));
    await file.read(around, 0, 100, middle + 7);
    await file.close();
    const range = { start: middle + 7, end: middle + 107 };
    assert.ok(around.equals(readContent(patternContent(3, HUGE_SIZE), range)));
  });

  it('rest of a changed file is fetched once, behind', async () => {
    const library = await mount();
    const size = 40 * MIB;
    await library.cloud({ do: 'add', path: '/folder/film', size });
    await library.cloud({ do: 'refresh', path: '/folder' });
    await python(library.at('/folder/film'), `f = os.open(at, os.O_RDWR); os.pwrite(f, b'x', ${size / 2})`);
    await library.upload();
    const { fetched, sent } = await library.cloud();
    assert.ok(fetched >= size - 4 * MIB && fetched <= size + 4 * MIB, `${fetched} bytes fetched`);
    assert.equal(sent, size);
    const expected = Buffer.from(readContent(patternContent(7, size), { start: 0, end: size }));
    expected.write('x', size / 2);
    assert.ok((await readFile(library.at('/folder/film'))).equals(expected));
  });

  it('spool that is full is ENOSPC at the write, and the file is as before', async () => {
    const library = await mount({ budget: 8 * MIB });
    await stat(library.at('/folder'));
    await library.cloud({ do: 'hold' });
    const script = `
f = os.open(at, os.O_RDWR | os.O_CREAT); n = 0
try:
  while True: os.write(f, b'x' * 2 ** 20); n += 1
except OSError as e: print(n, errno.errorcode[e.errno], os.fstat(f).st_size)
os.close(f)`;
    assert.equal(await python(library.at('/full'), script), `8 ENOSPC ${8 * MIB}`);
    assert.deepEqual(
      await errnosOf(library.path, [`os.pwrite(os.open(at + '/huge.iso', os.O_RDWR), b'x', 5)`]),
      ['ENOSPC'],
    );
    await library.cloud({ do: 'release' });
    await library.upload();
    const sizes = (await library.cloud()).entries.map(({ path, size }) => [path, size]);
    assert.ok(sizes.some(([path, size]) => path === '/full' && size === 8 * MIB));
    await writeFile(library.at('/more'), 'there is room again');
  });

  it('file above the limit of the account is EFBIG at the write that passes it', async () => {
    const library = await mount({ cloud: { largestFile: 2 * MIB } });
    const script = `
f = os.open(at + '/large', os.O_RDWR | os.O_CREAT)
def outcome(work):
  try: work(); return 'ok'
  except OSError as e: return errno.errorcode[e.errno]
print(outcome(lambda: os.pwrite(f, b'x', 2 ** 21 - 1)), outcome(lambda: os.pwrite(f, b'x', 2 ** 21)), outcome(lambda: os.ftruncate(f, 2 ** 22)))
print(os.fstat(f).st_size)`;
    assert.equal(await python(library.path, script), `ok EFBIG EFBIG\n${2 * MIB}`);
  });

  it('file larger than what is free in the account is EDQUOT at the write', async () => {
    const library = await mount({ cloud: { total: HUGE_SIZE + 40 * MIB } });
    const script = `
f = os.open(at + '/quota', os.O_RDWR | os.O_CREAT); n = 0
try:
  while True: os.write(f, b'x' * 2 ** 20); n += 1
except OSError as e: print(n, errno.errorcode[e.errno])`;
    assert.equal(await python(library.path, script), '36 EDQUOT');
  });

  it('statfs shows the space of the account, and what was written to it', async () => {
    const library = await mount({ cloud: { total: 2 ** 40 } });
    const { stdout } = await run('stat', '-f', '-c', '%s %b %f', library.path);
    const [block = 0, total = 0, free = 0] = stdout.split(' ').map(Number);
    assert.equal(total * block, 2 ** 40);
    assert.ok(free * block < 2 ** 40 - HUGE_SIZE && free * block > 2 ** 40 - HUGE_SIZE - 10 * MIB);
  });

  it('absurd lengths are EINVAL or EFBIG', async () => {
    const library = await mount();
    await writeFile(library.at('/length'), 'x');
    const asked = [
      `os.truncate(at + '/length', -1)`,
      `os.truncate(at + '/length', 2 ** 62)`,
      `os.pwrite(os.open(at + '/length', os.O_WRONLY), b'x', 2 ** 62)`,
      `os.truncate(at + '/folder', 0)`,
      `os.truncate(at + '/none', 0)`,
    ];
    const errnos = await errnosOf(library.path, asked);
    assert.deepEqual(errnos, ['EINVAL', 'EFBIG', 'EFBIG', 'EISDIR', 'ENOENT']);
    await truncate(library.at('/length'), 3);
    assert.equal((await stat(library.at('/length'))).size, 3);
  });

  it('file beyond 4 GiB is written at every place', async () => {
    const library = await mount({ delay: 600_000, cloud: { total: 2 ** 50 } });
    const script = `
f = os.open(at, os.O_RDWR | os.O_CREAT)
for p in (2 ** 31 - 2, 2 ** 32 - 2, 2 ** 40): os.pwrite(f, b'four', p)
print(os.fstat(f).st_size, [os.pread(f, 6, p - 1) for p in (2 ** 31 - 2, 2 ** 32 - 2, 2 ** 40)])`;
    const four = "b'\\x00four\\x00'";
    const expected = `${2 ** 40 + 4} [${four}, ${four}, b'\\x00four']`;
    assert.equal(await python(library.at('/beyond'), script), expected);
    await unlink(library.at('/beyond'));
  });

  it('bad pointers are EFAULT', async () => {
    const library = await mount();
    const script = `
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
def outcome(name, *parameters):
  getattr(libc, name)(*parameters); return errno.errorcode[ctypes.get_errno()]
print(outcome('open', None, 0), outcome('mkdir', None, 0), outcome('unlink', None), outcome('rename', at.encode(), None))`;
    assert.equal(await python(library.at('/film.mkv'), script), 'EFAULT EFAULT EFAULT EFAULT');
  });
});
