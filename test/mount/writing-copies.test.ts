import assert from 'node:assert/strict';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { patternContent, readContent } from '../../src/drivers/memory/content.js';
import { HUGE_SIZE, WRITABLE_FILM_SIZE } from './library.js';
import { MountedLibrary } from './mounted-library.js';
import { python, run } from './programs.js';

describe('copies inside a mount', function () {
  this.timeout(60_000);
  let library: MountedLibrary;
  beforeEach(async () => {
    library = await MountedLibrary.mount({ library: 'writing', readOnly: false });
  });
  afterEach(() => library.dispose());

  const copy = async (...parameters: readonly string[]): Promise<void> => {
    const { code, stderr } = await run('cp', ...parameters);
    assert.deepEqual([code, stderr], [0, '']);
  };

  it('cp of a 10 GB film is made by the cloud, without a byte', async () => {
    await copy(library.at('/huge.iso'), library.at('/folder/copy.iso'));
    assert.equal((await stat(library.at('/folder/copy.iso'))).size, HUGE_SIZE);
    await library.upload();
    const { fetched, sent, calls, entries, bin } = await library.cloud();
    assert.deepEqual([fetched, sent, calls['copy']], [0, 0, 1]);
    const found = entries.filter(({ path }) => path.startsWith('/folder/copy'));
    assert.deepEqual(
      found.map(({ path, size }) => [path, size]),
      [['/folder/copy.iso', HUGE_SIZE]],
    );
    assert.ok(entries.some(({ path }) => path === '/huge.iso'));
    assert.deepEqual(bin, []);
  });

  it('cp under another name in the same folder, and cp -p, have the bytes of the film', async () => {
    await copy(library.at('/film.mkv'), library.at('/same.mkv'));
    await copy('-p', library.at('/film.mkv'), library.at('/folder/kept.mkv'));
    await library.upload();
    assert.equal((await library.cloud()).fetched, 0);
    const bytes = readContent(patternContent(1, WRITABLE_FILM_SIZE), { start: 0, end: WRITABLE_FILM_SIZE });
    for (const path of ['/same.mkv', '/folder/kept.mkv']) {
      assert.ok((await readFile(library.at(path))).equals(bytes), path);
    }
    const [film, kept] = [await stat(library.at('/film.mkv')), await stat(library.at('/folder/kept.mkv'))];
    assert.equal(kept.mtimeMs, film.mtimeMs);
    const { entries } = await library.cloud();
    const names = entries.map(({ path }) => path).filter((path) => path.endsWith('.mkv'));
    assert.deepEqual(names.sort(), ['/film.mkv', '/folder/kept.mkv', '/same.mkv']);
  });

  it('cp over a file replaces it', async () => {
    await copy(library.at('/film.mkv'), library.at('/folder/five.txt'));
    assert.equal((await stat(library.at('/folder/five.txt'))).size, WRITABLE_FILM_SIZE);
    await library.upload();
    const { entries, bin } = await library.cloud();
    const found = entries.filter(({ path }) => path.startsWith('/folder/'));
    assert.deepEqual(
      found.map(({ path, size }) => [path, size]),
      [['/folder/five.txt', WRITABLE_FILM_SIZE]],
    );
    assert.ok(bin.includes('five.txt'));
  });

  it('copy of a part, and of what the cloud does not have yet, has the right bytes', async () => {
    await writeFile(library.at('/new'), 'written here');
    const script = `
def copied(source, target, begin, length):
  f, t = os.open(at + source, os.O_RDONLY), os.open(at + target, os.O_RDWR | os.O_CREAT)
  done = 0
  while done < length:
    n = os.copy_file_range(f, t, length - done, begin + done, done)
    if n == 0: break
    done += n
  os.close(f); os.close(t); return done
print(copied('/new', '/new-copy', 0, 100), copied('/film.mkv', '/part', 1000, 5000), copied('/film.mkv', '/head', 0, 7000))
with open(at + '/film.mkv', 'rb') as f: film = f.read()
print(open(at + '/new-copy').read(), open(at + '/part', 'rb').read() == film[1000:6000], open(at + '/head', 'rb').read() == film[:7000])`;
    assert.equal(await python(library.path, script), '12 5000 7000\nwritten here True True');
  });
});
