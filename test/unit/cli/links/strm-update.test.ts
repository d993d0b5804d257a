import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { StrmFolder } from '../../../../src/cli/links/strm-folder.js';
import { StrmUpdate } from '../../../../src/cli/links/strm-update.js';
import { FsError, notFound } from '../../../../src/lib/errors.js';
import type { LinksFolderOutput } from '../../../../src/lib/links-protocol.js';

const ORIGIN = 'http://127.0.0.1:8115';

describe('strm update', () => {
  let path: string;
  /** Files by path inside films:/2026. */
  let drive: string[];
  /** Folders that cannot be listed. */
  let failing: Map<string, FsError>;

  beforeEach(() => {
    path = join(mkdtempSync(join(tmpdir(), 'panfuse-strm-')), 'strm');
    drive = ['/a.mkv', '/b/c.mkv', '/b/d/e.mkv'];
    failing = new Map();
  });
  afterEach(() => rmSync(join(path, '..'), { recursive: true }));

  function listing(folder: string): LinksFolderOutput {
    const below = drive
      .filter((file) => file.startsWith(`${folder}/`))
      .map((file) => file.slice(folder.length + 1));
    const folders = new Set(
      below.filter((name) => name.includes('/')).map((name) => name.replace(/\/.*/, '')),
    );
    const files = below.filter((name) => !name.includes('/'));
    return {
      ...{ drive: 'films', path: `/2026${folder}`, origin: ORIGIN, trouble: null, mount: null },
      folders: [...folders],
      files: files.map((name) => ({ name, address: `/d/films/2026${folder}/${name}?sign=x` })),
    };
  }

  async function update({ origin = ORIGIN, signal = new AbortController().signal } = {}) {
    const folder = await StrmFolder.open(path, 'films:/2026');
    const pass = new StrmUpdate({
      folder,
      ask: (asked) => {
        const inside = asked.replace('films:/2026', '');
        const failure = failing.get(inside);
        return failure === undefined ? Promise.resolve(listing(inside)) : Promise.reject(failure);
      },
      contentOf: (_folder, { address }) => `${origin}${address ?? ''}`,
      onFolder: () => undefined,
      signal,
    });
    const report = await pass.run(listing('')).finally(() => folder.save());
    return { report, failure: pass.failure };
  }

  const tree = (): readonly string[] =>
    readdirSync(path, { recursive: true, encoding: 'utf8' })
      .filter((name) => !name.startsWith('.'))
      .sort();
  const read = (file: string): string => readFileSync(join(path, file), 'utf8');

  it('writes a file for each of the drive', async () => {
    const { report, failure } = await update();
    assert.deepEqual(report, {
      folders: 3,
      written: 3,
      rewritten: 0,
      unchanged: 0,
      removed: 0,
      problems: [],
    });
    assert.equal(failure, null);
    assert.deepEqual(tree(), ['a.strm', 'b', 'b/c.strm', 'b/d', 'b/d/e.strm']);
    assert.equal(read('b/d/e.strm'), `${ORIGIN}/d/films/2026/b/d/e.mkv?sign=x\n`);
  });

  it('leaves what is right as it is', async () => {
    await update();
    const before = statSync(join(path, 'a.strm'), { bigint: true });
    const { report } = await update();
    assert.deepEqual([report.unchanged, report.written, report.rewritten], [3, 0, 0]);
    const after = statSync(join(path, 'a.strm'), { bigint: true });
    assert.deepEqual([after.ino, after.mtimeNs], [before.ino, before.mtimeNs]);
  });

  it('writes anew what has changed', async () => {
    await update();
    const { report } = await update({ origin: 'https://media.example' });
    assert.equal(report.rewritten, 3);
    assert.match(read('a.strm'), /^https:\/\/media\.example\/d\//);
  });

  it('removes what is gone, with folders that become empty, and nothing else', async () => {
    await update();
    writeFileSync(join(path, 'b', 'c.nfo'), 'mine');
    drive = ['/a.mkv'];
    const { report } = await update();
    assert.equal(report.removed, 2);
    assert.deepEqual(tree(), ['a.strm', 'b', 'b/c.nfo']);
  });

  it('never touches a file that it did not write', async () => {
    await update();
    drive = [];
    await update();
    writeFileSync(join(path, 'a.strm'), 'mine');
    drive = ['/a.mkv', '/b.mkv'];
    const { report, failure } = await update();
    assert.deepEqual([report.written, report.problems.length], [1, 1]);
    assert.equal(failure?.errno, 'EEXIST');
    assert.match(failure.message, /^a\.strm: there is one that panfuse did not write/);
    drive = [];
    await update();
    assert.deepEqual([read('a.strm'), tree()], ['mine', ['a.strm']]);
  });

  it('takes over what a run that was killed has written', async () => {
    await update();
    rmSync(join(path, '.panfuse-strm.json'));
    assert.equal((await update()).report.unchanged, 3);
    drive = [];
    assert.equal((await update()).report.removed, 3);
  });

  it('keeps the files of folders that could not be listed', async () => {
    await update();
    failing.set('/b', new FsError('EIO', 'the cloud did not answer', { reason: 'network' }));
    drive = [...drive, '/new.mkv'];
    const { report, failure } = await update();
    assert.deepEqual([report.written, report.removed], [1, 0]);
    assert.deepEqual(report.problems, [{ path: 'films:/2026/b', message: 'the cloud did not answer' }]);
    assert.equal(failure?.reason, 'network');
    assert.ok(existsSync(join(path, 'b/d/e.strm')));
  });

  it('removes those of a folder that has just gone', async () => {
    await update();
    failing.set('/b', notFound('/2026/b'));
    assert.deepEqual([(await update()).report.removed, tree()], [2, ['a.strm']]);
  });

  it('ends when nobody answers or the person interrupts, and knows its files the next time', async () => {
    failing.set('/b', new FsError('ENOENT', 'no daemon is running', { reason: 'daemon' }));
    await assert.rejects(update(), { reason: 'daemon' });
    const reason = new FsError('EINTR', 'interrupted', { expected: true });
    await assert.rejects(update({ signal: AbortSignal.abort(reason) }), reason);
    failing.clear();
    drive = [];
    assert.equal((await update()).report.removed, 1);
  });

  it('refuses a folder of another source, and a record that it cannot read', async () => {
    await update();
    await assert.rejects(StrmFolder.open(path, 'films:/'), { errno: 'EEXIST', message: /of films:\/2026/ });
    const wrong = [
      '{',
      'null',
      '{"version":2}',
      '{"version":1,"source":"films:/2026","files":["../../etc/passwd"]}',
    ];
    for (const text of wrong) {
      writeFileSync(join(path, '.panfuse-strm.json'), text);
      await assert.rejects(StrmFolder.open(path, 'films:/2026'), { errno: 'EACCES' }, text);
    }
  });
});
