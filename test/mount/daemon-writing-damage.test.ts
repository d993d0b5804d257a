import assert from 'node:assert/strict';
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { panfuse } from './daemon/command-line.js';
import { House } from './daemon/house.js';
import { python, run } from './programs.js';
import { type SourceFile, sourceFile } from './daemon/writing/content.js';
import { settled } from './daemon/writing/outcome.js';
import { Program } from './daemon/writing/program.js';
import {
  damageText,
  failures,
  journalOf,
  resume,
  spoolFileOf,
  spoolOf,
  waitingFiles,
} from './daemon/writing/spool-damage.js';

const SECTIONS = { upload: { delay: '0s' } };
const NAMES = ['one.mkv', 'two.mkv', 'three.mkv'];

describe('damage to what waits for the cloud', function () {
  this.timeout(90_000);
  let house: House;
  beforeEach(async () => {
    house = await House.open({ cloud: { library: 'empty' }, sections: SECTIONS });
  });
  afterEach(() => house.close());

  const areInCloud = async (files: Iterable<readonly [string, SourceFile]>): Promise<void> => {
    for (const [name, { sha1 }] of files) {
      const found = await house.cloud.named(name);
      assert.equal(found.length, 1, `${found.length} files ${name} in the cloud`);
      assert.equal(await house.cloud.hash({ id: found[0]?.id ?? '' }, 'sha1'), sha1, name);
    }
    assert.deepEqual(await house.cloud.bin(), []);
  };

  const areNotInCloud = async (names: readonly string[]): Promise<void> => {
    for (const name of names) assert.deepEqual(await house.cloud.named(name), [], name);
  };

  const worksAtOnce = async (): Promise<void> => {
    const file = sourceFile(house, 'afterwards.mkv', 100_000);
    await Program.run([['copy', file.path, house.at('/afterwards.mkv')]]);
    await settled(house);
    await areInCloud([['afterwards.mkv', file]]);
  };

  /** What waits, with the daemon ended. */
  const stoppedWith = async (names: readonly string[]): Promise<ReadonlyMap<string, SourceFile>> => {
    const files = await waitingFiles(house, names);
    await house.daemon.stop();
    return files;
  };

  /** Nothing can be written, everything can be read. */
  const isReadOnly = async (because: RegExp): Promise<void> => {
    await house.cloud.addFile({ name: 'read.txt', size: 10 });
    const [drive] = (await house.status()).drives;
    assert.match(drive?.readOnlyBecause ?? '', because);
    assert.throws(() => writeFileSync(house.at('/new.txt'), 'x'), { code: 'EROFS' });
    await house.refresh();
    assert.equal(readFileSync(house.at('/read.txt')).length, 10);
  };

  const retryAll = async (): Promise<void> => {
    await house.client.call('POST /v1/transfers/retry', { transfers: [] });
    await settled(house);
  };

  /** Nobody knows any more whether the files were closed. */
  const isToldUntilRetried = async (files: ReadonlyMap<string, SourceFile>): Promise<void> => {
    const told = await failures(house);
    assert.deepEqual(Object.keys(told).sort(), [...files.keys()].map((name) => `/${name}`).sort());
    for (const reason of Object.values(told)) assert.match(reason, /its record in the journal was lost/);
    await areNotInCloud([...files.keys()]);
    await worksAtOnce();
    await retryAll();
    await areInCloud(files);
  };

  it('record that was changed on the disk is told, its file is kept and uploaded when that is wanted', async () => {
    const files = await stoppedWith(NAMES);
    damageText(journalOf(house), '"path":"/two.mkv"');
    await house.start();
    await settled(house);
    const told = await failures(house);
    assert.deepEqual(Object.keys(told), ['/two.mkv']);
    assert.match(told['/two.mkv'] ?? '', /its record in the journal was lost/);
    await areInCloud([...files].filter(([name]) => name !== 'two.mkv'));
    await areNotInCloud(['two.mkv']);
    assert.equal((await house.status()).drives[0]?.transfers?.failed, 1);
    await retryAll();
    await areInCloud(files);
  });

  const damages: Readonly<Record<string, readonly [damage: (path: string) => void, told: RegExp]>> = {
    'cut.mkv': [(path) => truncateSync(path, 700_000), /was cut or grew/],
    'changed.mkv': [changeOneByte, /was changed by something else/],
    'gone.mkv': [(path) => rmSync(path), /spool file is missing/],
  };
  const damageAll = (): void => {
    for (const [name, [damage]] of Object.entries(damages)) damage(spoolFileOf(house, name));
  };
  const damageIsTold = async (files: ReadonlyMap<string, SourceFile>): Promise<void> => {
    await settled(house);
    const told = await failures(house);
    assert.equal(Object.keys(told).length, 3);
    for (const [name, [, words]] of Object.entries(damages)) assert.match(told[`/${name}`] ?? '', words);
    await areInCloud([...files].filter(([name]) => NAMES.includes(name)));
    await areNotInCloud(Object.keys(damages));
    const { stdout } = await panfuse(house, 'transfers');
    for (const name of Object.keys(damages)) assert.match(stdout, new RegExp(`/${name}`));
    await worksAtOnce();
  };

  it('spool files that were cut, changed or removed are told at the next start, and never uploaded', async () => {
    const files = await stoppedWith([...NAMES, ...Object.keys(damages)]);
    damageAll();
    await house.start();
    await damageIsTold(files);
  });

  it('spool files that were cut, changed or removed are told before their upload', async () => {
    const files = await waitingFiles(house, [...NAMES, ...Object.keys(damages)]);
    damageAll();
    await resume(house);
    await damageIsTold(files);
  });

  it('spool that is removed while the daemon runs is told, and new files are written to a new one', async () => {
    await waitingFiles(house, NAMES);
    rmSync(spoolOf(house), { recursive: true });
    await resume(house);
    await settled(house);
    const told = await failures(house);
    assert.deepEqual(Object.keys(told).sort(), NAMES.map((name) => `/${name}`).sort());
    for (const reason of Object.values(told)) assert.match(reason, /spool file is missing/);
    await areNotInCloud(NAMES);
    await worksAtOnce();
  });

  it('file that is open when the spool is removed cannot be closed without a word', async () => {
    const outcome = await run('python3', '-c', OPEN_WHILE_REMOVED, house.at('/open.mkv'), spoolOf(house));
    assert.match(outcome.stdout, /^close: (EIO|ENOENT)$/m);
    await house.daemon.kill();
    await house.start();
    await settled(house);
    await areNotInCloud(['open.mkv']);
    await worksAtOnce();
  });

  for (const [what, damage] of [
    ['garbage', (path: string): void => writeFileSync(path, Buffer.alloc(20_000, 'no database'))],
    ['cut off', (path: string): void => truncateSync(path, 5000)],
  ] as const) {
    it(`journal that is ${what} is set aside, and what it named is kept and uploaded when that is wanted`, async () => {
      const files = await stoppedWith(NAMES);
      damage(journalOf(house));
      await house.start();
      await settled(house);
      const aside = readdirSync(dirname(journalOf(house))).filter((name) => name.includes('.damaged-'));
      assert.ok(aside.length > 0, 'nothing was set aside');
      await isToldUntilRetried(files);
    });
  }

  it('journal that is gone is begun anew, and what it named is kept and uploaded when that is wanted', async () => {
    const files = await stoppedWith(NAMES);
    rmSync(journalOf(house));
    await house.start();
    await settled(house);
    await isToldUntilRetried(files);
  });

  it('journal that cannot be opened leaves the mount read-only, says why, and all goes on once it can', async () => {
    const files = await stoppedWith(NAMES);
    const kept = `${journalOf(house)}.kept`;
    renameSync(journalOf(house), kept);
    mkdirSync(journalOf(house));
    await house.start();
    await isReadOnly(/journal.*directory/i);
    await house.daemon.stop();
    rmdirSync(journalOf(house));
    renameSync(kept, journalOf(house));
    await house.start();
    await settled(house);
    await areInCloud(files);
  });

  it('journal of a newer version is left alone: the mount is read-only and says why', async () => {
    const files = await stoppedWith(NAMES);
    const version = await setVersion(journalOf(house), 99);
    const before = readFileSync(journalOf(house));
    await house.start();
    await isReadOnly(/written by a newer panfuse \(version 99/);
    await house.daemon.stop();
    assert.ok(readFileSync(journalOf(house)).equals(before), 'the journal was changed');
    await setVersion(journalOf(house), version);
    await house.start();
    await settled(house);
    await areInCloud(files);
  });
});

/** Somebody else writes to the file: its size stays. */
function changeOneByte(path: string): void {
  const bytes = readFileSync(path);
  bytes.writeUInt8(bytes.readUInt8(350_000) ^ 1, 350_000);
  writeFileSync(path, bytes);
}

/** Answers the version that it had. */
async function setVersion(path: string, version: number): Promise<number> {
  const script = `
import sqlite3, sys
journal = sqlite3.connect(sys.argv[1])
print(journal.execute('PRAGMA user_version').fetchone()[0])
journal.execute('PRAGMA user_version=${version}')`;
  return Number(await python(path, script));
}

/** Says how close(2) of a file ends whose spool was removed. */
const OPEN_WHILE_REMOVED = `
import errno, os, shutil, sys
file = os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT)
os.write(file, b'x' * 100000)
shutil.rmtree(sys.argv[2])
try:
  os.close(file)
  print('close: ok')
except OSError as error:
  print('close:', errno.errorcode[error.errno])
`;
