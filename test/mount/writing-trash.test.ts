import assert from 'node:assert/strict';
import { readdirSync, statSync, utimesSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { fileManager, TRASH } from './file-manager.js';
import { MountedLibrary } from './mounted-library.js';
import { errnosOf, python, run } from './programs.js';

const WRITABLE = { library: 'writing', readOnly: false } as const;

describe('trash of file managers in a mount', function () {
  this.timeout(60_000);
  let library: MountedLibrary;
  beforeEach(async () => {
    library = await MountedLibrary.mount(WRITABLE);
  });
  afterEach(() => library.dispose());

  const manager = (script: string): Promise<string> => fileManager(library.path, script);
  /** Paths in the cloud, when it has all that it is owed. */
  const inCloud = async (): Promise<readonly string[]> => {
    await library.upload();
    return (await library.cloud()).entries.map(({ path }) => path).sort();
  };
  const idOf = async (path: string): Promise<string | undefined> => {
    await library.upload();
    return (await library.cloud()).entries.find((entry) => entry.path === path)?.id;
  };

  it('what is put into the trash is in the recycle bin, without a byte, and is still shown after a restart', async () => {
    assert.equal(await manager(`trash('film.mkv'); trash('folder'); print(shown())`), 'film.mkv folder');
    assert.deepEqual(await inCloud(), ['/empty', '/huge.iso']);
    const { sent, fetched, bin } = await library.cloud();
    assert.deepEqual([sent, fetched, bin.toSorted()], [0, 0, ['film.mkv', 'folder']]);
    await library.restart();
    assert.equal(await manager('print(shown())'), 'film.mkv folder');
    const film = statSync(library.at(`${TRASH}/files/film.mkv`));
    assert.ok(film.isFile() && film.size > 0);
    assert.deepEqual(readdirSync(library.at(`${TRASH}/files/folder`)), []);
    const info = await readFile(library.at(`${TRASH}/info/film.mkv.trashinfo`), 'utf8');
    assert.match(info, /^Path=film.mkv$/m);
  });

  it('what is taken out of the trash is back as it was, also after a restart', async () => {
    const before = [await idOf('/folder/five.txt'), await idOf('/folder')];
    const bytes = await readFile(library.at('/folder/five.txt'));
    utimesSync(library.at('/film.mkv'), 1_500_000_000, 1_500_000_000);
    await manager(`trash('folder'); trash('film.mkv')`);
    await library.upload();
    assert.equal(statSync(library.at(`${TRASH}/files/film.mkv`)).mtimeMs, 1_500_000_000_000);
    await library.restart();
    await manager(`restore('folder'); restore('film.mkv')`);
    for (const when of ['before', 'after']) {
      assert.ok((await readFile(library.at('/folder/five.txt'))).equals(bytes), when);
      assert.equal(statSync(library.at('/film.mkv')).mtimeMs, 1_500_000_000_000, when);
      assert.equal(await manager('print(shown())'), '', when);
      if (when === 'before') await library.restart();
    }
    assert.deepEqual([await idOf('/folder/five.txt'), await idOf('/folder')], before);
    assert.deepEqual((await library.cloud()).bin, []);
  });

  it('names that were taken out and put in again stay apart', async () => {
    await manager(`
for content in ('first', 'second'):
  with open(at + '/notes.txt', 'w') as f: f.write(content)
  os.sync()
  trash('notes.txt')
trash('film.mkv')
os.mkdir(at + '/film.mkv'); trash('film.mkv')`);
    await library.upload();
    assert.equal(await manager('print(shown())'), 'film.2.mkv film.mkv notes.2.txt notes.txt');
    await manager(`restore('notes.2.txt'); restore('film.mkv')`);
    assert.equal(await readFile(library.at('/notes.txt'), 'utf8'), 'second');
    assert.ok(statSync(library.at('/film.mkv')).isFile());
  });

  it('trash that is emptied is in the recycle bin', async () => {
    await writeFile(library.at('/folder/written here'), 'x');
    await library.upload();
    await manager(`trash('folder'); trash('film.mkv')`);
    await library.upload();
    assert.equal(await manager('empty(); print(shown())'), '');
    assert.deepEqual(await inCloud(), ['/empty', '/huge.iso']);
    assert.deepEqual((await library.cloud()).bin.toSorted(), ['film.mkv', 'folder']);
    await library.restart();
    assert.equal(await manager('print(shown())'), '');
  });

  it('film in the trash is EACCES until it is taken out; one that is open plays on', async () => {
    const first = `os.pread(film, 5, 0) == start and os.pread(film, 5, 1_000_000) == middle`;
    const printed = await manager(`
film = os.open(at + '/film.mkv', os.O_RDONLY)
start, middle = os.pread(film, 5, 0), os.pread(film, 5, 1_000_000)
trash('film.mkv')
print(${first})`);
    assert.equal(printed, 'True');
    const inside = `at + '${TRASH}/files/film.mkv'`;
    const attempts = [
      `open(${inside}, 'rb')`,
      `open(${inside}, 'r+b')`,
      `os.truncate(${inside}, 0)`,
      `os.rename(at + '${TRASH}/files', at + '/files')`,
      `os.rmdir(at + '${TRASH}/files')`,
    ];
    assert.deepEqual(await errnosOf(library.path, attempts), [
      'EACCES',
      'EACCES',
      'EACCES',
      'EPERM',
      'ENOTEMPTY',
    ]);
    await manager(`trash('folder')`);
    const folder = `at + '${TRASH}/files/folder`;
    const changes = [
      `open(${folder}/x', 'w')`,
      `os.mkdir(${folder}/x')`,
      `os.rename(at + '/huge.iso', ${folder}/x')`,
    ];
    assert.deepEqual(await errnosOf(library.path, changes), ['EPERM', 'EPERM', 'EPERM']);
    await manager(`restore('film.mkv')`);
    assert.equal(await python(library.path, `print(len(open(at + '/film.mkv', 'rb').read(5)))`), '5');
  });

  it('gio trash puts files and folders into the trash', async () => {
    const { code, stderr } = await run('gio', 'trash', library.at('/film.mkv'), library.at('/folder'));
    assert.equal(code, 0, stderr);
    assert.equal(await manager('print(shown())'), 'film.mkv folder');
    assert.deepEqual(await inCloud(), ['/empty', '/huge.iso']);
    await manager(`os.rename(top + '/files/film.mkv', at + '/film.mkv')`);
    assert.deepEqual(await inCloud(), ['/empty', '/film.mkv', '/huge.iso']);
  });
});

describe('trash of file managers in a mount that sends nothing', function () {
  this.timeout(60_000);
  const never = 10 * 60_000;
  let library: MountedLibrary;
  before(async () => {
    const writing = { delay: never, quiet: never, gather: never };
    library = await MountedLibrary.mount({ ...WRITABLE, writing });
  });
  after(() => library.dispose());

  const manager = (script: string): Promise<string> => fileManager(library.path, script);

  it('what is taken out before the cloud was asked was never away', async () => {
    await manager(`trash('film.mkv'); restore('film.mkv')`);
    await library.restart();
    assert.ok(statSync(library.at('/film.mkv')).isFile());
    const { calls, bin } = await library.cloud();
    assert.deepEqual([calls['remove'], calls['restore'], bin], [0, 0, []]);
  });

  it('file that the cloud does not have yet stays in the trash with its bytes', async () => {
    await writeFile(library.at('/folder/new.txt'), 'written here');
    await manager(`trash('folder/new.txt')`);
    await library.restart();
    assert.equal(await readFile(library.at(`${TRASH}/files/new.txt`), 'utf8'), 'written here');
    await manager(`restore('new.txt')`);
    assert.equal(await readFile(library.at('/folder/new.txt'), 'utf8'), 'written here');
  });
});

describe('trash of file managers in a mount that gathers', function () {
  this.timeout(60_000);
  let library: MountedLibrary;
  before(async () => {
    library = await MountedLibrary.mount({ ...WRITABLE, writing: { quiet: 2000, gather: 30_000 } });
  });
  after(() => library.dispose());

  it('files that a file manager deletes one after the other are removed in one call', async () => {
    await library.cloud({ do: 'fill', path: '/empty', count: 100 });
    await library.cloud({ do: 'refresh', path: '/empty' });
    const script = `
trash('film.mkv')
for name in sorted(os.listdir(at + '/empty')): os.rename(at + '/empty/' + name, top + '/files/' + name)`;
    await fileManager(library.path, script);
    await library.upload();
    const { calls, bin } = await library.cloud();
    // One for each folder that something was deleted in.
    assert.deepEqual([bin.length, calls['remove'], calls['move']], [101, 2, 0]);
  });
});
