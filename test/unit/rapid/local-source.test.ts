import assert from 'node:assert/strict';
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { KnownHashes } from '../../../src/driver/writer.js';
import { type FileHasher, localEntries } from '../../../src/rapid/local-source.js';
import type { SourceEntry, SourceFile } from '../../../src/rapid/source-file.js';
import { callOf } from '../../fakes/calls.js';

const HASHES: KnownHashes = { sha1: 'A', headSha1: 'B', md5: 'C' };
const hasher: FileHasher = { hash: () => Promise.resolve(HASHES) };
const MIB = 1024 ** 2;

describe('local sources', () => {
  let folder: string;
  const { signal } = new AbortController();

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'panfuse-sources-'));
    mkdirSync(join(folder, 'Show', 'S01'), { recursive: true });
    writeFileSync(join(folder, 'Show', 'b.mkv'), 'bytes');
    writeFileSync(join(folder, 'Show', 'S01', 'a.mkv'), Buffer.alloc(2 * MIB + 1, 7));
    symlinkSync('b.mkv', join(folder, 'Show', 'link'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const entriesOf = async (path: string, name?: string): Promise<readonly SourceEntry[]> => {
    const entries: SourceEntry[] = [];
    for await (const entry of localEntries(hasher, path, name)) entries.push(entry);
    return entries;
  };
  const fileAt = async (path: string): Promise<SourceFile> => {
    const [entry] = await entriesOf(join(folder, path));
    assert.ok(entry?.kind === 'file');
    return entry.file;
  };

  it('of a folder are all that is in it, folders first, links left out', async () => {
    const entries = await entriesOf(join(folder, 'Show'), '剧');
    assert.deepEqual(
      entries.map((entry) => `${entry.kind} ${entry.kind === 'file' ? entry.file.path : entry.path}`),
      ['directory 剧', 'directory 剧/S01', 'file 剧/S01/a.mkv', 'file 剧/b.mkv', 'other 剧/link'],
    );
  });

  it('give exactly the bytes of a range, and all of them in pieces', async () => {
    const file = await fileAt('Show/b.mkv');
    assert.equal(Buffer.from(await file.read({ start: 1, end: 4 }, signal)).toString(), 'yte');
    const large = await fileAt('Show/S01/a.mkv');
    const lengths: number[] = [];
    for await (const piece of large.stream?.(callOf()) ?? []) lengths.push(piece.length);
    assert.deepEqual(lengths, [MIB, MIB, 1]);
  });

  it('give nothing more once they were changed', async () => {
    const file = await fileAt('Show/b.mkv');
    assert.deepEqual(await file.hashes(signal, () => undefined), HASHES);
    appendFileSync(join(folder, 'Show', 'b.mkv'), '!');
    await assert.rejects(file.read({ start: 0, end: 1 }, signal), { errno: 'ESTALE' });
    await assert.rejects(
      file.hashes(signal, () => undefined),
      { errno: 'ESTALE' },
    );
  });

  it('that are not there are told by their path', async () => {
    await assert.rejects(entriesOf(join(folder, 'none')), { errno: 'ENOENT', message: /none: no such file/ });
  });
});
