import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import ts from 'typescript';
import { Hasher } from '../../../../src/upload/hasher/hasher.js';

const SOURCE = fileURLToPath(new URL('../../../../src/upload/hasher/', import.meta.url));
const KIB = 1024;
const MIB = 1024 * KIB;

/** Threads know nothing of what translates tests on the way: the script is translated as the build does it. */
function translateWorker(directory: string): URL {
  writeFileSync(join(directory, 'package.json'), '{"type":"module"}');
  for (const name of ['hash-worker', 'hash-file', 'hash-messages']) {
    const { outputText } = ts.transpileModule(readFileSync(join(SOURCE, `${name}.ts`), 'utf8'), {
      compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ES2022 },
    });
    writeFileSync(join(directory, `${name}.js`), outputText);
  }
  return pathToFileURL(join(directory, 'hash-worker.js'));
}

function bytesOf(length: number): Buffer {
  return Buffer.from(Uint8Array.from({ length }, (_, index) => (index * 7 + Math.floor(index / 251)) % 256));
}

function hashOf(kind: string, bytes: Buffer): string {
  return createHash(kind).update(bytes).digest('hex').toUpperCase();
}

describe('Hasher', () => {
  const idle = new AbortController().signal;
  let directory = '';
  let hasher: Hasher;

  before(() => {
    directory = mkdtempSync(join(tmpdir(), 'hasher-'));
    hasher = new Hasher(translateWorker(directory));
  });

  after(async () => {
    await hasher.close();
    rmSync(directory, { recursive: true });
  });

  function fileWith(bytes: Buffer): string {
    const path = join(directory, `file of ${bytes.length}`);
    writeFileSync(path, bytes);
    return path;
  }

  for (const size of [0, 1, 128 * KIB - 1, 128 * KIB, 128 * KIB + 1, MIB, 3 * MIB + 77]) {
    it(`gives the hashes of a file of ${size} bytes`, async () => {
      const bytes = bytesOf(size);
      assert.deepEqual(await hasher.hash(fileWith(bytes), size, idle), {
        sha1: hashOf('sha1', bytes),
        headSha1: hashOf('sha1', bytes.subarray(0, 128 * KIB)),
        md5: hashOf('md5', bytes),
      });
    });
  }

  it('rejects a file that has another size than it should', async () => {
    const path = fileWith(bytesOf(1000));
    await assert.rejects(hasher.hash(path, 1001, idle), { errno: 'EIO', reason: 'refused' });
  });

  it('rejects a file that is not there, and goes on with the next', async () => {
    await assert.rejects(hasher.hash(join(directory, 'none'), 1, idle), { errno: 'EIO' });
    assert.equal((await hasher.hash(fileWith(bytesOf(5)), 5, idle)).md5, hashOf('md5', bytesOf(5)));
  });

  it('lets the event loop run while it reads a large file', async () => {
    const size = 256 * MIB;
    const path = fileWith(Buffer.alloc(size));
    let longest = 0;
    const begun = performance.now();
    let last = begun;
    const watch = setInterval(() => {
      longest = Math.max(longest, performance.now() - last);
      last = performance.now();
    }, 5);
    await hasher.hash(path, size, idle);
    clearInterval(watch);
    const took = performance.now() - begun;
    assert.ok(longest < took / 2, `of ${took} ms the event loop stood still for ${longest}`);
  });

  it('ends at once on abort, and has the next file before it could have read the first', async () => {
    const size = 256 * MIB;
    const path = join(directory, `file of ${size}`);
    const abort = new AbortController();
    const hashing = hasher.hash(path, size, abort.signal);
    const next = hasher.hash(fileWith(bytesOf(9)), 9, idle);
    setImmediate(() => abort.abort(new Error('changed')));
    await assert.rejects(hashing, /changed/);
    assert.equal((await next).sha1, hashOf('sha1', bytesOf(9)));
  });

  it('tells how much of the file it has read', async () => {
    const size = 64 * MIB;
    const path = fileWith(Buffer.alloc(size));
    const told: number[] = [];
    const watch = setInterval(() => told.push(hasher.bytesRead), 1);
    await hasher.hash(path, size, idle);
    clearInterval(watch);
    const sorted = [...told].sort((a, b) => a - b);
    assert.deepEqual(told, sorted);
    assert.ok(new Set(told).size > 3, 'it told too little');
    assert.ok((sorted.at(-1) ?? 0) <= size);
  });

  it('rejects what waits when it is closed, and begins again when it is asked', async () => {
    const other = new Hasher(pathToFileURL(join(directory, 'hash-worker.js')));
    const path = join(directory, `file of ${256 * MIB}`);
    const hashing = other.hash(path, 256 * MIB, idle);
    const rejected = assert.rejects(hashing, { errno: 'EINTR' });
    await new Promise((resolve) => setImmediate(resolve));
    await other.close();
    await rejected;
    assert.equal((await other.hash(fileWith(bytesOf(3)), 3, idle)).md5, hashOf('md5', bytesOf(3)));
    await other.close();
  });
});
