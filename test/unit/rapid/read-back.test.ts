import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import type { FileEntry } from '../../../src/driver/entry.js';
import { FsError } from '../../../src/lib/errors.js';
import type { ByteRange } from '../../../src/lib/range.js';
import { ReadBack } from '../../../src/rapid/read-back.js';
import type { SourceFile } from '../../../src/rapid/source-file.js';
import type { TargetDrive } from '../../../src/rapid/target-folder.js';
import { callOf } from '../../fakes/calls.js';

const KIB = 1024;
const BYTES = Buffer.alloc(200 * KIB, 3);

function madeOf(size: number): FileEntry {
  const times = { modifiedAt: 0, createdAt: 0 };
  return { kind: 'file', id: '1', parentId: '0', name: 'a', size, hash: null, attributes: {}, ...times };
}

/** What the cloud gives of everything that was made. */
function reading(given: Buffer | FsError, before = 0): ReadBack {
  const readExactly = (_source: unknown, _file: unknown, { start, end }: ByteRange): Promise<Uint8Array> =>
    given instanceof FsError ? Promise.reject(given) : Promise.resolve(given.subarray(start, end));
  return new ReadBack({ content: { readExactly } } as unknown as TargetDrive, before);
}

function sourceOf(bytes: Buffer, isReadable = true): SourceFile {
  const read = ({ start, end }: ByteRange): Promise<Uint8Array> =>
    Promise.resolve(bytes.subarray(start, end));
  return { size: bytes.length, isReadable, read } as Partial<SourceFile> as SourceFile;
}

function hashesOf(bytes: Buffer): { sha1: string; headSha1: null; md5: null } {
  return { sha1: createHash('sha1').update(bytes).digest('hex').toUpperCase(), headSha1: null, md5: null };
}

const check = async (looks: ReadBack, source: SourceFile, bytes = BYTES): Promise<boolean | null> =>
  await looks.check(madeOf(bytes.length), source, hashesOf(bytes), callOf());

describe('reading back', () => {
  it('looks at the first three files and then at one in a hundred', async () => {
    const looks = reading(BYTES);
    const numbers: number[] = [];
    for (let number = 0; number < 1000; number += 1) {
      const made = await looks.check(
        madeOf(5),
        sourceOf(BYTES.subarray(0, 5)),
        hashesOf(BYTES.subarray(0, 5)),
        callOf(),
      );
      if (made !== null) numbers.push(number);
    }
    assert.deepEqual(numbers, [0, 1, 2, 100, 200, 300, 400, 500, 600, 700, 800, 900]);
  });

  it('counts what was made before', async () => {
    assert.equal(await check(reading(BYTES, 3), sourceOf(BYTES)), null);
    assert.equal(await check(reading(BYTES, 100), sourceOf(BYTES)), true);
  });

  it('compares 64 KiB with what it was made from', async () => {
    const looks = reading(BYTES);
    await check(looks, sourceOf(BYTES));
    assert.equal(looks.bytes, 2 * 64 * KIB);
    const others = sourceOf(Buffer.alloc(200 * KIB, 4));
    await assert.rejects(check(looks, others), { errno: 'EIO', message: /other bytes/ });
  });

  it('compares a small file by its hash, without its source', async () => {
    const small = BYTES.subarray(0, 1000);
    const looks = reading(BYTES);
    assert.equal(await check(looks, sourceOf(small, false), small), true);
    assert.equal(looks.bytes, 1000);
    const others = Buffer.alloc(1000, 5);
    await assert.rejects(check(looks, sourceOf(others, false), others), /other bytes/);
  });

  it('of a list without bytes sees whether it can be read at all', async () => {
    assert.equal(await check(reading(BYTES), sourceOf(BYTES, false)), true);
    const refused = reading(new FsError('EACCES', 'the cloud answered 403'));
    const words = {
      errno: 'EIO',
      message: /made from its hashes, but cannot be read: the cloud answered 403/,
    };
    await assert.rejects(check(refused, sourceOf(BYTES)), words);
  });
});
