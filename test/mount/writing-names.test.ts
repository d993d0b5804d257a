import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, rename, rmdir, stat, unlink, writeFile } from 'node:fs/promises';
import { MountedLibrary } from './mounted-library.js';
import { errnosOf, python, run } from './programs.js';

describe('making and removing names in a mount', function () {
  this.timeout(60_000);
  let library: MountedLibrary;
  before(async () => {
    library = await MountedLibrary.mount({ library: 'writing', readOnly: false });
  });
  after(() => library.dispose());

  const inCloud = async (directory: string): Promise<readonly string[]> => {
    await library.upload();
    const below = (await library.cloud()).entries.filter(({ path }) => path.startsWith(`${directory}/`));
    return below.map(({ path }) => path.slice(directory.length + 1)).sort();
  };

  it('directories that are made and removed follow in the cloud', async () => {
    await mkdir(library.at('/made/a/b'), { recursive: true });
    await assert.rejects(mkdir(library.at('/made')), { code: 'EEXIST' });
    await assert.rejects(mkdir(library.at('/film.mkv')), { code: 'EEXIST' });
    assert.deepEqual(await readdir(library.at('/made')), ['a']);
    assert.deepEqual(await inCloud('/made'), ['a', 'a/b']);
    await rmdir(library.at('/made/a/b'));
    assert.deepEqual(await readdir(library.at('/made/a')), []);
    assert.deepEqual(await inCloud('/made'), ['a']);
  });

  it('rmdir of a directory that only the cloud knows to be full is ENOTEMPTY', async () => {
    assert.deepEqual(await readdir(library.at('/empty')), []);
    await library.cloud({ do: 'add', path: '/empty/foreign', size: 3 });
    await assert.rejects(rmdir(library.at('/empty')), { code: 'ENOTEMPTY' });
    await assert.rejects(rmdir(library.at('/folder')), { code: 'ENOTEMPTY' });
    await library.cloud({ do: 'remove', path: '/empty/foreign' });
    await rmdir(library.at('/empty'));
    assert.deepEqual(await inCloud('/empty'), []);
    await assert.rejects(stat(library.at('/empty')), { code: 'ENOENT' });
  });

  it('file that is unlinked goes to the recycle bin', async () => {
    await mkdir(library.at('/gone'));
    await writeFile(library.at('/gone/in-cloud'), 'x');
    assert.deepEqual(await inCloud('/gone'), ['in-cloud']);
    await unlink(library.at('/gone/in-cloud'));
    assert.deepEqual(await readdir(library.at('/gone')), []);
    await writeFile(library.at('/gone/in-cloud'), 'y');
    assert.equal(await readFile(library.at('/gone/in-cloud'), 'utf8'), 'y');
    assert.deepEqual(await inCloud('/gone'), ['in-cloud']);
    assert.ok((await library.cloud()).bin.includes('in-cloud'));
  });

  it('files that are unlinked while the cloud gets them leave nothing behind, and their folder goes', async () => {
    const script = `
import random, time
r = random.Random(3)
for round in range(5):
  d = at + '/landing%d' % round; os.mkdir(d)
  for n in range(8): os.mknod(d + '/f%d' % n, 0o100644)
  time.sleep(0.1 + 0.2 * r.random())
  for n in range(8): os.unlink(d + '/f%d' % n)
  os.rmdir(d)`;
    await python(library.path, script);
    await library.upload();
    const { entries } = await library.cloud();
    assert.deepEqual(
      entries.filter(({ path }) => path.startsWith('/landing')),
      [],
    );
  });

  it('rm -r of a folder with 1,000 files and mv of 300 take few calls', async () => {
    // How fast programs ask depends on the machine; the number of calls must not.
    const patient = { quiet: 1000, gather: 60_000 };
    const many = await MountedLibrary.mount({ library: 'writing', readOnly: false, writing: patient });
    const callsOf = async (command: string): Promise<number> => {
      const before = (await many.cloud()).calls;
      const { code, stderr } = await run('sh', '-c', `cd ${many.at('/folder')} && ${command}`);
      assert.equal(code, 0, stderr);
      await many.upload();
      const after = Object.entries((await many.cloud()).calls);
      return after.reduce((sum, [name, count]) => sum + count - (before[name] ?? 0), 0);
    };
    const left = async (): Promise<number> =>
      (await many.cloud()).entries.filter(({ path }) => path.startsWith('/folder')).length;
    try {
      await many.cloud({ do: 'fill', path: '/folder', count: 1000 });
      await many.cloud({ do: 'refresh', path: '/folder' });
      const moves = await callsOf('mv [1-3]?? ../empty');
      assert.equal(await left(), 702);
      await callsOf('mv ../empty/* .');
      const removes = await callsOf('rm -r ../folder');
      assert.equal(await left(), 0);
      console.log(`      mv of 300 files: ${moves} calls, rm -r of 1,000 files: ${removes} calls`);
      assert.ok(moves <= 3 && removes <= 7);
    } finally {
      await many.dispose();
    }
  });

  it('paths that lead nowhere are ENOENT or ENOTDIR in every operation', async () => {
    const operations = {
      open: 'os.open(P, os.O_RDONLY)',
      create: 'os.open(P, os.O_CREAT | os.O_WRONLY)',
      mkdir: 'os.mkdir(P)',
      rmdir: 'os.rmdir(P)',
      unlink: 'os.unlink(P)',
      truncate: 'os.truncate(P, 0)',
      'rename from': `os.rename(P, at + '/x')`,
      'rename to': `os.rename(at + '/film.mkv', P)`,
      stat: 'os.stat(P)',
    };
    const through = (path: string): string[] =>
      Object.values(operations).map((operation) => operation.replace('P', `at + '${path}'`));
    const count = Object.keys(operations).length;
    assert.deepEqual(await errnosOf(library.path, through('/none/x')), Array(count).fill('ENOENT'));
    assert.deepEqual(await errnosOf(library.path, through('/film.mkv/x')), Array(count).fill('ENOTDIR'));
  });

  it('rmdir and unlink refuse what they are not for', async () => {
    const expected = {
      [`os.rmdir(at + '/folder/.')`]: 'EINVAL',
      [`os.rmdir(at + '/folder/..')`]: 'ENOTEMPTY',
      [`os.rmdir(at + '/film.mkv')`]: 'ENOTDIR',
      [`os.rmdir(at)`]: 'EBUSY',
      [`os.unlink(at + '/folder')`]: 'EISDIR',
      [`os.unlink(at + '/film.mkv/')`]: 'ENOTDIR',
      [`os.open(at + '/folder', os.O_RDWR)`]: 'EISDIR',
      [`os.open(at + '/folder', os.O_CREAT)`]: 'EISDIR',
    };
    assert.deepEqual(await errnosOf(library.path, Object.keys(expected)), Object.values(expected));
  });

  it('name of 255 bytes works and one of 256 is ENAMETOOLONG in every operation', async () => {
    const script = `
def outcome(work):
  try: work(); return 'ok'
  except OSError as e: return errno.errorcode[e.errno]
for n, spare in (('x' * 255, 'y' * 255), ('长' * 85, '短' * 85), ('x' * 256, 'z'), ('长' * 85 + 'x', 'z')):
  p, q = at + '/' + n, at + '/' + spare
  print(outcome(lambda: open(p, 'w').close()), outcome(lambda: os.truncate(p, 3)), outcome(lambda: os.rename(p, q)),
    outcome(lambda: os.rename(q, p)), outcome(lambda: os.unlink(p)), outcome(lambda: os.mkdir(p)), outcome(lambda: os.rmdir(p)))
print(outcome(lambda: os.mkdir(at + '/' + 'd/' * 2100)))`;
    const long = 'ENAMETOOLONG ENAMETOOLONG ENAMETOOLONG ENOENT ENAMETOOLONG ENAMETOOLONG ENAMETOOLONG';
    const works = 'ok ok ok ok ok ok ok';
    assert.equal(await python(library.path, script), [works, works, long, long, 'ENAMETOOLONG'].join('\n'));
  });

  it('rename onto a name of 256 bytes is ENAMETOOLONG', async () => {
    const expressions = [`os.rename(at + '/film.mkv', at + '/' + 'x' * 256)`];
    assert.deepEqual(await errnosOf(library.path, expressions), ['ENAMETOOLONG']);
  });

  it('characters that the cloud refuses are kept, and shown as they were typed', async () => {
    const names = ['a<b>.txt', 'say "yes"', '＂full width＂', 'with ／ slash', '全角＜'];
    await mkdir(library.at('/signs'));
    for (const name of names) await writeFile(library.at(`/signs/${name}`), name);
    await mkdir(library.at('/signs/<dir>'));
    await rename(library.at('/signs/say "yes"'), library.at('/signs/<dir>/said "yes"'));
    const shown = [...names.filter((name) => !name.startsWith('say')), '<dir>'].sort();
    assert.deepEqual((await readdir(library.at('/signs'))).sort(), shown);
    const stored = await inCloud('/signs');
    assert.ok(stored.includes('a＜b＞.txt') && stored.includes('＜dir＞/said ＂yes＂'), stored.join());
    assert.ok(stored.every((name) => !/["<>]/.test(name)));
    await library.cloud({ do: 'refresh', path: '/signs' });
    assert.deepEqual((await readdir(library.at('/signs'))).sort(), shown);
    for (const name of shown)
      if (name !== '<dir>') assert.equal(await readFile(library.at(`/signs/${name}`), 'utf8'), name);
    assert.equal(await readFile(library.at('/signs/<dir>/said "yes"'), 'utf8'), 'say "yes"');
  });

  it('name with ‛ before what needs none is EINVAL', async () => {
    const create = `os.open(at + '/‛x', os.O_CREAT | os.O_WRONLY)`;
    assert.deepEqual(await errnosOf(library.path, [create]), ['EINVAL']);
  });

  it('name that the cloud silently changed is shown as the cloud has it', async () => {
    await mkdir(library.at('/amended/dir '), { recursive: true });
    await writeFile(library.at('/amended/file '), 'x');
    await writeFile(library.at('/amended/dir /inside'), 'y');
    assert.deepEqual((await readdir(library.at('/amended'))).sort(), ['dir ', 'file ']);
    assert.deepEqual(await inCloud('/amended'), ['dir', 'dir/inside', 'file']);
    await library.cloud({ do: 'refresh', path: '/amended' });
    assert.deepEqual((await readdir(library.at('/amended'))).sort(), ['dir', 'file']);
    assert.equal(await readFile(library.at('/amended/dir/inside'), 'utf8'), 'y');
  });

  it('mknod makes an ordinary file', async () => {
    assert.deepEqual(await errnosOf(library.path, [`os.mknod(at + '/plain', 0o100644)`]), ['ok']);
    assert.equal((await stat(library.at('/plain'))).size, 0);
  });

  it('junk of programs stays on this machine', async () => {
    await mkdir(library.at('/junk'));
    for (const name of ['.DS_Store', 'Thumbs.db', '._film', 'film.part', '.x.swp', 'backup~']) {
      await writeFile(library.at(`/junk/${name}`), name);
    }
    assert.deepEqual(await inCloud('/junk'), []);
    assert.equal((await readdir(library.at('/junk'))).length, 6);
    await rename(library.at('/junk/film.part'), library.at('/junk/film.mkv'));
    assert.deepEqual(await inCloud('/junk'), ['film.mkv']);
    await rename(library.at('/junk/film.mkv'), library.at('/junk/film.mkv~'));
    assert.deepEqual(await inCloud('/junk'), ['film.mkv~'], 'what the cloud has stays there');
    await library.restart();
    assert.equal((await readdir(library.at('/junk'))).length, 6);
    assert.equal(await readFile(library.at('/junk/Thumbs.db'), 'utf8'), 'Thumbs.db');
  });

  it('empty file is there at once and after a restart, also where the cloud refuses it', async () => {
    const strict = await MountedLibrary.mount({
      library: 'writing',
      readOnly: false,
      writing: { cloud: { emptyFiles: false } },
    });
    try {
      await writeFile(strict.at('/folder/lock'), '');
      await strict.upload();
      await strict.restart();
      assert.deepEqual((await readdir(strict.at('/folder'))).sort(), ['five.txt', 'lock']);
      const { entries } = await strict.cloud();
      assert.ok(!entries.some(({ path }) => path === '/folder/lock'));
      await writeFile(strict.at('/folder/lock'), 'no longer');
      await strict.upload();
      assert.ok((await strict.cloud()).entries.some(({ path }) => path === '/folder/lock'));
    } finally {
      await strict.dispose();
    }
  });
});
