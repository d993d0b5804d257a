import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, rmdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { callOf } from '../../../fakes/calls.js';
import { contentOf, type HouseOptions, MIB, SpoolHouse, textOf, write } from './spool-house.js';

describe('spool with little room', () => {
  let house: SpoolHouse;

  afterEach(() => house.close());

  it('refuses a write that passes its size, and is as before', async () => {
    house = await SpoolHouse.open({ size: 10_000 });
    const [first, second] = [await house.create(), await house.create()];
    await write(first, 0, 'a'.repeat(6000));
    await assert.rejects(write(second, 0, 'b'.repeat(4001)), { errno: 'ENOSPC', message: /spool of/ });
    assert.deepEqual([second.size, house.space.used], [0, 6000]);
    await write(second, 0, 'b'.repeat(4000));
    await write(first, 3000, 'overwritten');
    await assert.rejects(write(first, null, 'c'), { errno: 'ENOSPC' });
    await first.truncate(5000, callOf());
    await write(second, null, 'c'.repeat(1000));
    await house.spool.drop(first.id);
    assert.equal(house.space.used, 5000);
  });

  it('counts of a file with holes only what is written', async () => {
    house = await SpoolHouse.open({ size: 10_000 });
    const file = await house.create();
    await file.truncate(5 * MIB, callOf());
    await write(file, 4 * MIB, 'x'.repeat(9000));
    await write(file, 4 * MIB + 500, 'x'.repeat(9000));
    assert.equal(file.claimed, 9500);
    await assert.rejects(write(file, 0, 'x'.repeat(501)), { errno: 'ENOSPC' });
    assert.equal(
      (await file.read(0, 501, callOf())).findIndex((byte) => byte !== 0),
      -1,
    );
  });
});

describe('spool on a full disk', () => {
  let disk: string;
  let house: SpoolHouse;

  before(function () {
    // Only root may mount a disk of 64 MiB.
    if (process.getuid?.() !== 0) this.skip();
  });

  beforeEach(async () => {
    disk = await mkdtemp(join(tmpdir(), 'panfuse-disk-'));
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64m', 'panfuse-test', disk]);
  });

  afterEach(async () => {
    await house.close();
    execFileSync('umount', [disk]);
    await rmdir(disk);
  });

  async function open(options: HouseOptions): Promise<void> {
    house = await SpoolHouse.open(options, join(disk, 'state'));
  }

  /** Another program leaves so many bytes free. */
  async function fillUpTo(free: number): Promise<void> {
    await writeFile(join(disk, 'others'), Buffer.alloc(64 * MIB - free)).catch(() => undefined);
  }

  it('keeps free what is to be kept free', async () => {
    await open({ keepFree: { bytes: 32 * MIB } });
    const file = await house.create();
    await write(file, 0, 'a'.repeat(20 * MIB));
    await assert.rejects(write(file, null, 'b'.repeat(20 * MIB)), {
      errno: 'ENOSPC',
      message: /to be kept free/,
    });
    assert.equal(file.size, 20 * MIB);
    await file.flush(callOf());
    assert.equal((await house.row(file.id)).state, 'closed');
    await assert.rejects(
      house.edit(20 * MIB).then(({ file: edited }) => write(edited, 0, 'x')),
      {
        errno: 'ENOSPC',
      },
    );
  });

  it('leaves a file as it was when the disk fills up in the middle of a write', async () => {
    await open({});
    const file = await house.create();
    await write(file, 0, 'a'.repeat(8 * MIB));
    await file.truncate(12 * MIB, callOf());
    const before = await contentOf(file);
    await fillUpTo(9 * MIB);
    for (const at of [4 * MIB, 7 * MIB, 8 * MIB, 12 * MIB]) {
      await assert.rejects(write(file, at, 'b'.repeat(20 * MIB)), { errno: 'ENOSPC' }, `${at}`);
      assert.ok((await contentOf(file)).equals(before), `${at}`);
    }
    assert.equal(file.claimed, 8 * MIB);
    await rm(join(disk, 'others'));
    await write(file, 4 * MIB, 'b'.repeat(20 * MIB));
    await file.flush(callOf());
    assert.equal((await house.spool.contentOf(file.id)).size, 24 * MIB);
  });

  it('loses nothing that was closed, and takes files again when there is room', async () => {
    await open({});
    const closed = await house.closed('abc');
    await fillUpTo(0);
    await assert.rejects(house.create(), { errno: 'ENOSPC' });
    await assert.rejects(write(closed, 0, 'x'.repeat(MIB)), { errno: 'ENOSPC' });
    assert.equal(await textOf(closed), 'abc');
    await rm(join(disk, 'others'));
    assert.equal((await house.closed('def')).size, 3);
    await closed.flush(callOf());
    assert.equal((await house.row(closed.id)).state, 'closed');
    assert.equal((await house.names()).length, 4);
  });

  it('has the room of a removed file again at once', async () => {
    await open({});
    const first = await house.create();
    await write(first, 0, 'a'.repeat(40 * MIB));
    await first.flush(callOf());
    await house.spool.drop(first.id);
    const second = await house.create();
    await write(second, 0, 'b'.repeat(40 * MIB));
    await second.flush(callOf());
    assert.equal((await house.spool.contentOf(second.id)).size, 40 * MIB);
  });

  it('says that the disk is read-only', async () => {
    house = await SpoolHouse.open();
    execFileSync('mount', ['--bind', disk, house.path]);
    try {
      const file = await house.create();
      // Nothing may be open for writing then.
      await house.spool.close();
      execFileSync('mount', ['-o', 'remount,bind,ro', house.path]);
      await assert.rejects(write(file, 0, 'abc'), { errno: 'EROFS', message: /read-only/ });
      await assert.rejects(house.create(), { errno: 'EROFS' });
      execFileSync('mount', ['-o', 'remount,bind,rw', house.path]);
      await write(file, 0, 'abc');
      assert.equal(await textOf(file), 'abc');
    } finally {
      await house.spool.close();
      execFileSync('umount', [house.path]);
    }
  });
});
