import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { TESTER } from './library.js';
import { MountedLibrary } from './mounted-library.js';
import { python } from './programs.js';

const TRASH = `/.Trash-${TESTER.uid}`;

/** What file managers do, by the trash specification of freedesktop.org. */
const FILE_MANAGER = `
import shutil
top = at + '${TRASH}'
def trash(path):
  for d in (top, top + '/files', top + '/info'): os.path.isdir(d) or os.mkdir(d, 0o700)
  name = os.path.basename(path)
  info = os.open(top + '/info/' + name + '.trashinfo', os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
  os.write(info, ('[Trash Info]\\nPath=' + path + '\\nDeletionDate=2026-11-21T12:00:00\\n').encode()); os.close(info)
  os.rename(at + '/' + path, top + '/files/' + name)
def restore(name):
  info = top + '/info/' + name + '.trashinfo'
  path = open(info).read().split('Path=')[1].split('\\n')[0]
  os.rename(top + '/files/' + name, at + '/' + path); os.unlink(info)
def empty():
  for name in os.listdir(top + '/files'):
    item = top + '/files/' + name
    shutil.rmtree(item) if os.path.isdir(item) else os.unlink(item)
  for name in os.listdir(top + '/info'): os.unlink(top + '/info/' + name)
def shown(): return sorted(os.path.relpath(os.path.join(d, n), top) for d, _, names in os.walk(top) for n in names)
`;

describe('trash of file managers in a mount', function () {
  this.timeout(60_000);
  let library: MountedLibrary;
  beforeEach(async () => {
    library = await MountedLibrary.mount({ library: 'writing', readOnly: false });
  });
  afterEach(() => library.dispose());

  const manager = (script: string): Promise<string> => python(library.path, `${FILE_MANAGER}${script}`);
  const idOf = async (path: string): Promise<string | undefined> => {
    await library.upload();
    return (await library.cloud()).entries.find((entry) => entry.path === path)?.id;
  };

  it('what is put into the trash moves there without a byte, and what is written about it stays here', async () => {
    const before = await idOf('/film.mkv');
    const printed = await manager(`trash('film.mkv'); trash('folder'); print(shown())`);
    const expected = [
      'files/film.mkv',
      'files/folder/five.txt',
      'info/film.mkv.trashinfo',
      'info/folder.trashinfo',
    ];
    assert.equal(printed, `[${expected.map((path) => `'${path}'`).join(', ')}]`);
    assert.equal(await idOf(`${TRASH}/files/film.mkv`), before);
    const { sent, fetched, entries } = await library.cloud();
    assert.deepEqual([sent, fetched], [0, 0]);
    assert.ok(!entries.some(({ path }) => path.endsWith('.trashinfo')));
    await library.restart();
    assert.equal(await manager('print(shown())'), printed);
  });

  it('what is taken out of the trash is back as it was', async () => {
    const before = await idOf('/folder/five.txt');
    const bytes = await readFile(library.at('/folder/five.txt'));
    await manager(`trash('folder/five.txt'); trash('film.mkv')`);
    await library.upload();
    await manager(`restore('five.txt'); restore('film.mkv')`);
    assert.ok((await readFile(library.at('/folder/five.txt'))).equals(bytes));
    assert.equal(await idOf('/folder/five.txt'), before);
    assert.equal(await manager('print(shown())'), '[]');
  });

  it('trash that is emptied is in the recycle bin', async () => {
    await writeFile(library.at('/folder/written here'), 'x');
    await library.upload();
    await manager(`trash('folder'); trash('film.mkv')`);
    await library.upload();
    assert.equal(await manager('empty(); print(shown())'), '[]');
    await library.upload();
    const { bin, entries } = await library.cloud();
    for (const name of ['film.mkv', 'five.txt', 'written here']) assert.ok(bin.includes(name), bin.join());
    assert.ok(!entries.some(({ kind, path }) => kind === 'file' && path.startsWith(TRASH)));
  });
});
