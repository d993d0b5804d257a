import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, statfsSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { House } from './daemon/house.js';
import { type SourceFile, sourceFile } from './daemon/writing/content.js';
import { settled } from './daemon/writing/outcome.js';
import { Program } from './daemon/writing/program.js';
import { run } from './programs.js';

const MIB = 2 ** 20;

/** Spool and journal lie on it. */
describe('disk of 64 MiB for what waits for the cloud', function () {
  this.timeout(120_000);
  let disk: string;
  let house: House;
  beforeEach(async () => {
    disk = mkdtempSync(join(tmpdir(), 'panfuse-disk-'));
    const { code, stderr } = await run('mount', '-t', 'tmpfs', '-o', 'size=64m', 'tmpfs', disk);
    assert.equal(code, 0, stderr);
    house = await House.open({ sections: { upload: { delay: '0s' }, state: { path: disk } } });
  });
  afterEach(async () => {
    await house.close();
    await run('umount', disk);
    rmSync(disk, { recursive: true });
  });

  const copy = async ({ path }: SourceFile): Promise<void> => {
    await Program.run([['copy', path, house.at(`/${basename(path)}`)]]);
  };
  const pause = async (verb: 'pause' | 'resume'): Promise<void> => {
    await house.client.call(`POST /v1/transfers/${verb}`, { transfers: [] });
  };
  const areInCloud = async (files: readonly SourceFile[]): Promise<void> => {
    for (const { path, sha1 } of files) {
      const found = await house.cloud.named(basename(path));
      assert.equal(found.length, 1, `${found.length} files ${basename(path)} in the cloud`);
      assert.equal(await house.cloud.hash({ id: found[0]?.id ?? '' }, 'sha1'), sha1);
    }
  };
  const threeFiles = async (): Promise<readonly SourceFile[]> => {
    const files = ['1.mkv', '2.mkv', '3.mkv'].map((name) => sourceFile(house, name, 15 * MIB));
    await pause('pause');
    for (const file of files) await copy(file);
    return files;
  };

  it('write that finds it full is ENOSPC, what was closed reaches the cloud, and later writes work', async () => {
    const files = await threeFiles();
    const large = sourceFile(house, 'large.mkv', 30 * MIB);
    await assert.rejects(copy(large), /No space left on device/);
    const { bavail, bsize } = statfsSync(disk);
    assert.ok(bavail * bsize >= MIB, `${bavail * bsize} bytes are left for the journal`);
    unlinkSync(house.at('/large.mkv'));
    await pause('resume');
    await settled(house);
    await areInCloud(files);
    await copy(large);
    await settled(house);
    await areInCloud([...files, large]);
  });

  it('that somebody else fills to the last byte stops writes and uploads, and both go on once there is room', async () => {
    const files = await threeFiles();
    const filler = join(disk, 'filler');
    fill(filler);
    await assert.rejects(copy(sourceFile(house, 'new.mkv', MIB)), /No space left on device/);
    await pause('resume');
    await delay(3000);
    unlinkSync(filler);
    await settled(house);
    await areInCloud(files);
    const later = sourceFile(house, 'later.mkv', MIB);
    await copy(later);
    await settled(house);
    await areInCloud([later]);
  });

  it('that is full when the daemon is killed loses nothing that was closed', async () => {
    const files = await threeFiles();
    const filler = join(disk, 'filler');
    fill(filler);
    await house.daemon.kill();
    house.launch();
    await delay(3000);
    unlinkSync(filler);
    await house.mounted();
    await settled(house);
    await areInCloud(files);
  });
});

/** Takes all that is left of the disk. */
function fill(path: string): void {
  for (const size of [MIB, 4096, 1]) {
    try {
      for (;;) writeFileSync(path, Buffer.alloc(size), { flag: 'a' });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
    }
  }
}
