import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { open, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { byteAt } from '../fakes/fake-drive.js';
import { FILM_SIZE } from './library.js';
import { MountedLibrary } from './mounted-library.js';
import { python, run } from './programs.js';

const FILM_ID = '1';

function filmBytes(position: number, length: number): Buffer {
  return Buffer.from(Array.from({ length }, (_, index) => byteAt(FILM_ID, position + index)));
}

describe('reading in a mount', function () {
  this.timeout(60_000);
  let library: MountedLibrary;
  before(async () => {
    library = await MountedLibrary.mount();
  });
  after(() => library.dispose());

  it('file read whole has every byte', async () => {
    const film = await readFile(library.at('/film.mkv'));
    assert.equal(film.length, FILM_SIZE);
    assert.ok(film.equals(filmBytes(0, FILM_SIZE)));
    assert.deepEqual(await readFile(library.at('/empty.txt')), Buffer.alloc(0));
  });

  it('file read at places has the bytes of those places', async () => {
    const film = await open(library.at('/film.mkv'));
    for (const [position, length] of [
      [0, 1],
      [131_071, 2],
      [1_000_003, 200_000],
      [FILM_SIZE - 5, 5],
    ] as const) {
      const { buffer, bytesRead } = await film.read(Buffer.alloc(length), 0, length, position);
      assert.equal(bytesRead, length);
      assert.ok(buffer.equals(filmBytes(position, length)), `${length} bytes at ${position}`);
    }
    await film.close();
  });

  it('read across the end is short and behind it is empty', async () => {
    const film = await open(library.at('/film.mkv'));
    assert.equal((await film.read(Buffer.alloc(100), 0, 100, FILM_SIZE - 30)).bytesRead, 30);
    assert.equal((await film.read(Buffer.alloc(100), 0, 100, FILM_SIZE + 5)).bytesRead, 0);
    await film.close();
  });

  it('file beyond 4 GiB is read at every place', async () => {
    const position = 4 * 2 ** 40 + 3;
    const large = await open(library.at('/large.iso'));
    const { buffer } = await large.read(Buffer.alloc(4), 0, 4, position);
    await large.close();
    assert.deepEqual(
      [...buffer],
      [0, 1, 2, 3].map((index) => byteAt('4', position + index)),
    );
  });

  it('file mapped into memory shows its bytes', async () => {
    const script = `
import hashlib
with open(at, 'rb') as f:
  with mmap.mmap(f.fileno(), 0, prot=mmap.PROT_READ) as m:
    print(hashlib.sha1(m[:]).hexdigest(), m[1234567])`;
    const sha1 = createHash('sha1').update(filmBytes(0, FILM_SIZE)).digest('hex');
    assert.equal(await python(library.at('/film.mkv'), script), `${sha1} ${byteAt(FILM_ID, 1_234_567)}`);
  });

  it('file copied out is equal', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'panfuse-copy-'));
    const copy = join(folder, 'film.mkv');
    assert.equal((await run('cp', library.at('/film.mkv'), copy)).code, 0);
    assert.equal((await run('cmp', library.at('/film.mkv'), copy)).code, 0);
    rmSync(folder, { recursive: true });
  });

  it('file opened again is read from the kernel', async () => {
    await readFile(library.at('/film.mkv'));
    const asked = await library.requestsOf(() => readFile(library.at('/film.mkv')));
    assert.equal(asked['open'], 1);
    assert.equal(asked['read'], 0);
  });

  it('file replaced in the cloud shows its new bytes at the next open', async () => {
    const path = library.at('/deep/a/b/c/leaf.txt');
    const old = await open(path);
    const first = (await old.read(Buffer.alloc(100), 0, 100, 0)).buffer;
    await library.replace('/deep/a/b/c/leaf.txt', 60);
    await waitFor(async () => (await readFile(path)).length === 60);
    assert.ok(!(await readFile(path)).equals(first.subarray(0, 60)));
    await old.close();
  });
});

async function waitFor(holds: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + 5000;
  while (!(await holds())) {
    assert.ok(performance.now() < end, 'it did not happen within 5 s');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
