import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { open, readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mountAt } from '../../src/fuse/mount-table.js';
import { MountedLibrary } from './mounted-library.js';
import { run, start } from './programs.js';

describe('life of a mount', function () {
  this.timeout(60_000);
  let folder: string;
  const mounts: MountedLibrary[] = [];
  const mount = async (path: string): Promise<MountedLibrary> => {
    const library = await MountedLibrary.mount({ path });
    mounts.push(library);
    return library;
  };
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'panfuse-life-'));
  });
  afterEach(async () => {
    for (const library of mounts.splice(0)) await library.dispose();
    rmSync(folder, { recursive: true, force: true });
  });

  it('mount point is created when it is missing', async () => {
    const library = await mount(join(folder, 'a', 'b'));
    assert.ok((await readdir(library.path)).includes('film.mkv'));
  });

  it('unmount leaves the mount point behind as it was', async () => {
    const library = await mount(join(folder, 'point'));
    const milliseconds = await library.unmount();
    assert.ok(milliseconds < 3000, `${milliseconds} ms`);
    assert.equal(await mountAt(library.path), null);
    assert.deepEqual(await readdir(library.path), []);
  });

  it('fusermount3 -u ends the mount and the daemon hears of it', async () => {
    const library = await mount(join(folder, 'point'));
    const ended = library.ended();
    assert.equal((await run('fusermount3', '-u', library.path)).code, 0);
    await ended;
    const { log } = await library.status();
    assert.deepEqual(
      log.filter((line) => line.level === 'error' || line.level === 'warn'),
      [],
    );
    assert.equal(await mountAt(library.path), null);
  });

  it('unmount after fusermount3 -u succeeds', async () => {
    const library = await mount(join(folder, 'point'));
    const ended = library.ended();
    await run('fusermount3', '-u', library.path);
    await ended;
    await library.unmount();
  });

  it('unmount with open files ends within ten seconds', async () => {
    const library = await mount(join(folder, 'point'));
    const film = await open(library.at('/film.mkv'));
    const stuck = start('cat', library.at('/dead/dead-0.mkv'));
    await waitForRequests(library, 'read', 1);
    const exit = new Promise((resolve) => stuck.on('exit', resolve));
    assert.ok((await library.unmount()) < 10_000);
    await exit;
    assert.equal(await mountAt(library.path), null);
    await assert.rejects(film.read(Buffer.alloc(1), 0, 1, 0), /ENOTCONN|EIO/);
    await assert.rejects(film.close(), { code: 'ENOTCONN' });
  });

  it('dead mount point of a crash is mounted again', async () => {
    const path = join(folder, 'point');
    const crashed = await mount(path);
    await crashed.kill();
    await assert.rejects(readdir(path), { code: 'ENOTCONN' });
    const library = await mount(path);
    assert.ok((await readdir(library.path)).includes('film.mkv'));
    assert.equal(
      (await library.status()).log.filter((line) => /daemon is gone/.test(line.message)).length,
      1,
    );
  });

  it('busy mount point is EBUSY and says what is there', async () => {
    const library = await mount(join(folder, 'point'));
    await assert.rejects(mount(library.path), { errno: 'EBUSY', message: /films_ all \(fuse\.panfuse\)/ });
    assert.ok((await readdir(library.path)).includes('film.mkv'));
  });

  it('mount point that is not empty is hidden with a warning', async () => {
    writeFileSync(join(folder, 'hidden.txt'), 'x');
    const library = await mount(folder);
    assert.ok(!(await readdir(folder)).includes('hidden.txt'));
    const { log } = await library.status();
    assert.match(log.find((line) => line.level === 'warn')?.message ?? '', /not empty/);
    await library.unmount();
    assert.deepEqual(await readdir(folder), ['hidden.txt']);
  });

  it('two mounts on one folder tree live side by side', async () => {
    const first = await mount(join(folder, 'first'));
    const second = await mount(join(folder, 'second'));
    await first.unmount();
    assert.ok((await readdir(second.path)).includes('film.mkv'));
  });
});

async function waitForRequests(library: MountedLibrary, operation: string, count: number): Promise<void> {
  while (((await library.status()).requests[operation] ?? 0) < count) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
