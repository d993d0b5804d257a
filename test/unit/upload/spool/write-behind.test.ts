import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { type FileHandle, mkdtemp, open, readFile, rm, rmdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import fc from 'fast-check';
import { LocalRanges } from '../../../../src/upload/spool/local-ranges.js';
import { SpoolContent } from '../../../../src/upload/spool/spool-content.js';
import { SpoolDescriptor } from '../../../../src/upload/spool/spool-descriptor.js';
import { SpoolSpace } from '../../../../src/upload/spool/spool-space.js';
import { WriteBehind } from '../../../../src/upload/spool/write-behind.js';
import { callOf } from '../../../fakes/calls.js';
import { FakeClock, settle } from '../../../fakes/fake-clock.js';
import { contentOf, MIB, SpoolHouse, write } from './spool-house.js';

const LARGE = 64 * 1024;

/** A file whose writes end when the test says so. */
function heldWrites() {
  const ends: ((error?: Error) => void)[] = [];
  const put: string[] = [];
  const failures: unknown[] = [];
  const behind = new WriteBehind(
    (position, bytes) => {
      put.push(`${position} ${Buffer.from(bytes).toString()}`);
      return new Promise((resolve, reject) => {
        ends.push((error) => (error === undefined ? resolve() : reject(error)));
      });
    },
    (error) => failures.push(error),
  );
  return { ends, put, failures, behind };
}

describe('writes behind the program', () => {
  it('copy their bytes, and reach the file one after the other', async () => {
    const { ends, put, behind } = heldWrites();
    const bytes = Buffer.from('abc');
    await behind.add(0, bytes);
    bytes.write('def');
    await behind.add(3, bytes);
    bytes.fill('x');
    await settle();
    assert.deepEqual(put, ['0 abc']);
    ends[0]?.();
    await settle();
    assert.deepEqual(put, ['0 abc', '3 def']);
  });

  it('wait for the disk when two are under way', async () => {
    const { ends, behind } = heldWrites();
    let taken = 0;
    for (const at of [0, 1, 2]) void behind.add(at, Buffer.from('x')).then(() => (taken += 1));
    await settle();
    assert.equal(taken, 2);
    ends[0]?.();
    await settle();
    assert.equal(taken, 3);
  });

  it('are idle when all are in the file', async () => {
    const { ends, behind } = heldWrites();
    await behind.idle();
    await behind.add(0, Buffer.from('x'));
    let idle = false;
    void behind.idle().then(() => (idle = true));
    await settle();
    assert.equal(idle, false);
    ends[0]?.();
    await settle();
    assert.equal(idle, true);
  });

  it('tell once that one failed, and drop those behind it until that is forgiven', async () => {
    const { ends, put, failures, behind } = heldWrites();
    await behind.add(0, Buffer.from('a'));
    await behind.add(1, Buffer.from('b'));
    await settle();
    const error = new Error('no space');
    ends[0]?.(error);
    await behind.idle();
    assert.deepEqual([put, failures], [['0 a'], [error]]);
    behind.mend();
    await behind.add(0, Buffer.from('c'));
    await settle();
    assert.deepEqual(put, ['0 a', '0 c']);
  });
});

/** The disk is slower than whoever asks it next. */
class SlowDisk extends SpoolDescriptor {
  override async use<T>(work: (file: FileHandle) => Promise<T>): Promise<T> {
    return await super.use((file) => work(new Proxy(file, { get: slowWrite })));
  }
}

function slowWrite(file: FileHandle, key: string | symbol): unknown {
  const value: unknown = Reflect.get(file, key, file);
  if (typeof value !== 'function') return value;
  return async (...parameters: unknown[]): Promise<unknown> => {
    if (key === 'write') await delay(2);
    return (await Reflect.apply(value, file, parameters)) as unknown;
  };
}

/** The bytes of a new file on a slow disk with plenty of room. */
async function slowContent(directory: string) {
  const path = join(directory, randomUUID());
  const descriptor = new SlowDisk(new FakeClock(), path, await open(path, 'wx+'));
  const space = new SpoolSpace(directory, { size: 1024 * MIB, keepFree: { bytes: 0 } });
  const parts = { descriptor, space, claim: space.claim(), localRanges: new LocalRanges(`${path}.local`) };
  return { path, content: new SpoolContent(parts, { size: 0, missing: [], untouched: true, sparse: 0 }) };
}

const step = fc.record({
  kind: fc.constantFrom('append', 'append', 'append', 'overwrite', 'truncate', 'read', 'seal'),
  length: fc.integer({ min: LARGE - 1000, max: LARGE + 4000 }),
  share: fc.double({ min: 0, max: 1, noNaN: true }),
  fill: fc.integer({ min: 1, max: 255 }),
});

describe('spool file that grows by large writes', function () {
  this.timeout(60_000);

  it('is read, overwritten, cut and sealed as if each write had waited for the disk', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'panfuse-spool-'));
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 12 }), async (steps) => {
        const { path, content } = await slowContent(directory);
        let bytes = Buffer.alloc(0);
        const reads: Promise<void>[] = [];
        for (const { kind, length, share, fill } of steps) {
          const at = kind === 'append' ? bytes.length : Math.floor(share * bytes.length);
          if (kind === 'append' || kind === 'overwrite') {
            const lent = Buffer.alloc(length, fill);
            await content.write(at, lent);
            lent.fill(0);
            bytes = Buffer.concat([bytes, Buffer.alloc(Math.max(0, at + length - bytes.length))]);
            bytes.fill(fill, at, at + length);
          } else if (kind === 'truncate') {
            await Promise.all(reads);
            await content.truncate(at);
            bytes = bytes.subarray(0, at);
          } else if (kind === 'seal') {
            await content.seal(0);
            assert.ok((await readFile(path)).equals(bytes), 'on the disk');
          } else {
            // Whatever is written meanwhile, what was there is read.
            const there = bytes.length;
            const whole = content.read({ start: 0, end: there });
            reads.push(whole.then((read) => assert.equal(read.length, there)));
          }
        }
        await Promise.all(reads);
        const read = await content.read({ start: 0, end: bytes.length });
        assert.ok(bytes.equals(read), 'read at the end');
        await content.close();
        assert.ok((await readFile(path)).equals(bytes), 'when closed');
      }),
      { numRuns: 50 },
    );
    await rm(directory, { recursive: true });
  });

  it('is not closed when a write that was answered has failed, and says so at the next write', async () => {
    const disk = await mkdtemp(join(tmpdir(), 'panfuse-spool-disk-'));
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=80m', 'spool-test', disk]);
    const house = await SpoolHouse.open({}, disk);
    try {
      const file = await house.create();
      // Looks at the space that is free, and finds enough of it for the next writes.
      await write(file, 0, 'a'.repeat(4 * MIB));
      await file.sync(callOf());
      execFileSync('fallocate', ['-l', `${freeSpace(disk)}`, join(disk, 'others')]);
      await write(file, null, 'b'.repeat(MIB));
      await assert.rejects(file.flush(callOf()), { errno: 'ENOSPC' });
      await assert.rejects(write(file, null, 'c'.repeat(MIB)), { errno: 'ENOSPC' });
      assert.equal((await house.row(file.id)).state, 'writing');
      execFileSync('rm', [join(disk, 'others')]);
      await file.truncate(0, callOf());
      await write(file, 0, 'd'.repeat(MIB));
      await file.flush(callOf());
      assert.equal((await house.row(file.id)).state, 'closed');
      assert.ok((await contentOf(file)).equals(Buffer.alloc(MIB, 'd')));
    } finally {
      await house.end();
      execFileSync('umount', ['--lazy', disk]);
      await rmdir(disk);
    }
  });
});

/** Bytes. */
function freeSpace(disk: string): number {
  return Number(
    execFileSync('df', ['--block-size=1', '--output=avail', disk], { encoding: 'utf8' }).split('\n')[1],
  );
}
