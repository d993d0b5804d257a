import assert from 'node:assert/strict';
import type { FileEntry } from '../../../src/driver/entry.js';
import type { KnownHashes, RapidContent } from '../../../src/driver/writer.js';
import { FsError } from '../../../src/lib/errors.js';
import type { MadeOutput } from '../../../src/lib/copy-protocol.js';
import type { MakingOptions } from '../../../src/rapid/making.js';
import { MakingRun } from '../../../src/rapid/making-run.js';
import type { SourceEntry, SourceFile } from '../../../src/rapid/source-file.js';
import { type TargetDrive, TargetFolder } from '../../../src/rapid/target-folder.js';
import type { Place } from '../../../src/upload/drive-writes.js';
import { callOf } from '../../fakes/calls.js';
import { FakeClock } from '../../fakes/fake-clock.js';
import { FakeTree } from '../../fakes/fake-drive.js';

const HASHES: KnownHashes = { sha1: 'A'.repeat(40), headSha1: null, md5: null };
const ASKED: MakingOptions = { unknown: 'left', maxSize: null, dryRun: false, before: 0 };
const HEAD = 128 * 1024;

/** A drive whose cloud knows all that is not called `unknown`, and refuses what a test says. */
class Target {
  readonly tree = new FakeTree();
  /** Names that it was asked for, with `+` when the hash of the head was known. */
  readonly asked: string[] = [];
  refusal: (name: string) => FsError | null = () => null;

  async run(sources: readonly SourceEntry[], options: Partial<MakingOptions> = {}): Promise<MadeOutput> {
    const clock = new FakeClock();
    const folder = new TargetFolder(clock, this.#drive(), '/to');
    const parts = { clock, target: folder, onProgress: () => undefined };
    return await new MakingRun(parts, { ...ASKED, ...options }).run(sources, callOf());
  }

  #drive(): TargetDrive {
    const facts = { forbiddenCharacters: '', nameBytes: 255 };
    const makeKnown = (place: Place, content: RapidContent): Promise<FileEntry | null> => {
      this.asked.push(place.name + (content.hashes.headSha1 === null ? '' : '+'));
      const refusal = this.refusal(place.name);
      if (refusal !== null) return Promise.reject(refusal);
      if (place.name.startsWith('unknown')) return Promise.resolve(null);
      return Promise.resolve(this.tree.addFile(place.path, content.size).entry);
    };
    const makeDirectory = (place: Place): Promise<unknown> =>
      Promise.resolve(this.tree.addDirectory(place.path).entry);
    const tree = Object.assign(this.tree, { refresh: () => Promise.resolve({}) });
    this.tree.addDirectory('/to');
    return {
      name: 'films',
      source: { driver: { facts } },
      content: { readExactly: () => Promise.resolve(new Uint8Array(0)) },
      tree,
      writes: { makeKnown, makeDirectory },
    } as unknown as TargetDrive;
  }
}

/** A file without bytes, so that there is nothing to read back. */
function fileOf(path: string, size = 0): SourceEntry {
  const file: Partial<SourceFile> = {
    ...{ from: `/here/${path}`, path, size, isReadable: size > 0, stream: null },
    hashes: () => Promise.resolve(HASHES),
    read: ({ start, end }) => Promise.resolve(new Uint8Array(end - start)),
  };
  return { kind: 'file', file: file as SourceFile };
}

function outcomes({ files }: MadeOutput): readonly string[] {
  return files.map(({ to, outcome }) => `${outcome} ${to}`);
}

describe('making files elsewhere', () => {
  it('makes folders on the way, and tells of each file', async () => {
    const target = new Target();
    const made = await target.run([fileOf('Show/S01/a'), fileOf('unknown'), fileOf('b')]);
    assert.deepEqual(outcomes(made), [
      'known films:/to/Show/S01/a',
      'unknown films:/to/unknown',
      'known films:/to/b',
    ]);
    assert.equal((await target.tree.resolve('/to/Show/S01/a')).kind, 'file');
  });

  it('asks once more with the hash of the head before it believes that a file is unknown', async () => {
    const target = new Target();
    const made = await target.run([fileOf('unknown.mkv', HEAD + 1)]);
    assert.deepEqual(target.asked, ['unknown.mkv', 'unknown.mkv+']);
    assert.equal(made.proved, HEAD);
  });

  it('passes over what is too large, and makes nothing when it is only to tell', async () => {
    const target = new Target();
    const sources = [fileOf('Show/a'), fileOf('large', 11)];
    const planned = await target.run(sources, { dryRun: true, maxSize: 10 });
    assert.deepEqual(outcomes(planned), ['planned films:/to/Show/a', 'skipped films:/to/large']);
    assert.deepEqual(target.asked, []);
    await assert.rejects(target.tree.resolve('/to/Show'), { errno: 'ENOENT' });
  });

  it('leaves what has the name already', async () => {
    const target = new Target();
    target.tree.addFile('/to/same', 5, { hash: { kind: 'sha1', value: HASHES.sha1 ?? '' } });
    target.tree.addFile('/to/other', 5);
    const made = await target.run([fileOf('same', 5), fileOf('other', 5), fileOf('other/below')]);
    assert.deepEqual(outcomes(made), [
      'there films:/to/same',
      'failed films:/to/other',
      'failed films:/to/other/below',
    ]);
    assert.deepEqual(
      made.files.map(({ errno }) => errno),
      [null, 'EEXIST', 'ENOTDIR'],
    );
  });

  it('goes on after a refusal, and ends when the next file would not fare better', async () => {
    const target = new Target();
    const refusals: Readonly<Record<string, FsError>> = {
      a: new FsError('EINVAL', 'the name is refused', { reason: 'refused' }),
      c: new FsError('EACCES', 'the login is lost', { reason: 'login' }),
    };
    target.refusal = (name) => refusals[name] ?? null;
    const made = await target.run(['a', 'b', 'c', 'd'].map((name) => fileOf(name)));
    assert.deepEqual(
      made.files.map(({ outcome }) => outcome),
      ['failed', 'known', 'failed'],
    );
    assert.deepEqual(made.stopped, { errno: 'EACCES', reason: 'login', message: 'the login is lost' });
  });

  it('ends after three failures of the network in a row', async () => {
    const target = new Target();
    target.refusal = (name) => (name === 'b' ? null : new FsError('EIO', 'away', { reason: 'network' }));
    const made = await target.run(['a', 'b', 'c', 'd', 'e', 'f'].map((name) => fileOf(name)));
    assert.deepEqual(target.asked, ['a', 'b', 'c', 'd', 'e']);
    assert.equal(made.stopped?.reason, 'network');
  });
});
