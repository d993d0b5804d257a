import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { readContent } from '../../src/drivers/memory/content.js';
import { filmContent, MEMORY_FILM_SIZE, MEMORY_WIDE } from './memory-library.js';
import { MountedLibrary } from './mounted-library.js';
import { python, run } from './programs.js';

function filmBytes(number: number, size = MEMORY_FILM_SIZE): Buffer {
  return Buffer.from(readContent(filmContent(number, size), { start: 0, end: size }));
}

function sha1(bytes: Uint8Array): string {
  return createHash('sha1').update(bytes).digest('hex');
}

describe('drive of the memory cloud in a mount', function () {
  this.timeout(60_000);
  let library: MountedLibrary;
  before(async () => {
    library = await MountedLibrary.mount({ library: 'memory' });
  });
  after(() => library.dispose());

  it('film has the bytes of the cloud', async () => {
    const { stdout } = await run('sha1sum', library.at('/films/film-0.mkv'));
    assert.equal(stdout.split(' ')[0], sha1(filmBytes(0)));
  });

  it('16 readers at random places get the right bytes', async () => {
    const script = `
import hashlib, random, threading
paths = [at + '/films/film-%d.mkv' % n for n in (1, 2)]
whole, wrong = {}, []
for p in paths:
  with open(p, 'rb') as f: whole[p] = f.read()
def reader(seed):
  r = random.Random(seed)
  p = r.choice(paths)
  fd = os.open(p, os.O_RDONLY)
  os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED)
  for _ in range(30):
    position, length = r.randrange(len(whole[p])), r.randrange(1, 300000)
    if os.pread(fd, length, position) != whole[p][position:position + length]: wrong.append((p, position, length))
  os.close(fd)
threads = [threading.Thread(target=reader, args=(s,)) for s in range(16)]
[t.start() for t in threads]; [t.join() for t in threads]
print(len(wrong), *[hashlib.sha1(whole[p]).hexdigest() for p in paths])`;
    assert.equal(await python(library.path, script), `0 ${sha1(filmBytes(1))} ${sha1(filmBytes(2))}`);
  });

  it('directory of 10,000 files is listed whole', async () => {
    const began = performance.now();
    const first = await run('ls', '-l', library.at('/wide'));
    const known = performance.now();
    const second = await run('ls', '-l', library.at('/wide'));
    console.log(
      `      ls -l of 10,000 files: ${Math.round(known - began)} ms with the cloud, ` +
        `${Math.round(performance.now() - known)} ms again`,
    );
    for (const { stdout } of [first, second]) assert.equal(stdout.trim().split('\n').length, MEMORY_WIDE + 1);
  });

  it('file replaced in the cloud shows its new size and bytes', async () => {
    const path = library.at('/films/film-3.mkv');
    assert.equal(sha1(await readFile(path)), sha1(filmBytes(3)));
    await library.replace('/films/film-3.mkv', 70_000);
    const end = performance.now() + 5000;
    while ((await stat(path)).size !== 70_000) {
      assert.ok(performance.now() < end, 'the old size was shown for 5 s');
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    assert.equal(sha1(await readFile(path)), sha1(filmBytes(100, 70_000)));
  });
});
