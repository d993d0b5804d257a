import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { DEAD_FILES, FILM_SIZE, IS_ROOT } from './library.js';
import { MountedLibrary } from './mounted-library.js';
import { run, start } from './programs.js';

describe('readers stuck on a dead link', function () {
  this.timeout(60_000);
  let library: MountedLibrary;
  const readers: ChildProcess[] = [];
  before(async () => {
    library = await MountedLibrary.mount();
  });
  afterEach(() => {
    for (const reader of readers.splice(0)) reader.kill('SIGKILL');
  });
  after(() => library.dispose());

  const pending = async (count: (waiting: number) => boolean): Promise<void> => {
    const end = performance.now() + 10_000;
    while (!count((await library.status()).pending)) {
      assert.ok(performance.now() < end, 'the requests did not come to that number within 10 s');
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };

  it('do not stop a stat, nor a read of another file', async () => {
    // Root mounts the file system of the connections where it is missing. Without it the kernel's twelve reads at
    // once stand, and twelve readers on dead links would hold back all others.
    const raised = IS_ROOT || readdirSync('/sys/fs/fuse/connections').length > 0;
    const { background, readAhead } = (await library.status()).kernel;
    assert.deepEqual([background, readAhead], [raised ? 48 : null, IS_ROOT ? 256 * 1024 : 128 * 1024]);
    const stuck = raised ? DEAD_FILES : 8;
    for (let index = 0; index < stuck; index += 1) {
      readers.push(
        start('dd', `if=${library.at(`/dead/dead-${index}.mkv`)}`, 'of=/dev/null', 'bs=4096', 'count=1'),
      );
    }
    await pending((waiting) => waiting >= stuck);
    const began = performance.now();
    assert.equal((await stat(library.at('/deep/a/b/c/leaf.txt'))).size, 100);
    const afterStat = performance.now();
    const copied = await run('dd', `if=${library.at('/film.mkv')}`, 'of=/dev/null', 'bs=1M');
    console.log(
      `      ${stuck} stuck readers: stat ${Math.round(afterStat - began)} ms, ` +
        `read of 3 MiB ${Math.round(performance.now() - afterStat)} ms`,
    );
    assert.equal(copied.code, 0);
    assert.match(copied.stderr, new RegExp(`${FILM_SIZE} bytes`));
  });

  it('give back what they held within two seconds when they are killed', async () => {
    await pending((waiting) => waiting === 0);
    const reader = start('cat', library.at('/dead/dead-7.mkv'));
    readers.push(reader);
    await pending((waiting) => waiting >= 1);
    const gone = new Promise((resolve) => reader.on('exit', resolve));
    reader.kill('SIGKILL');
    const began = performance.now();
    await gone;
    await pending((waiting) => waiting === 0);
    assert.ok(performance.now() - began < 2000, `${performance.now() - began} ms`);
    assert.equal((await library.status()).openFiles, 0);
  });
});
