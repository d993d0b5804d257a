import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { chmod, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { IS_ROOT, TESTER } from './library.js';
import { MountedLibrary } from './mounted-library.js';
import { errnosOf, python, run } from './programs.js';

describe('attributes that programs set in a mount', function () {
  this.timeout(60_000);
  let library: MountedLibrary;
  let folder: string;
  before(async () => {
    library = await MountedLibrary.mount({ library: 'writing', readOnly: false });
    folder = mkdtempSync(join(tmpdir(), 'panfuse-attributes-'));
  });
  after(async () => {
    rmSync(folder, { recursive: true });
    await library.dispose();
  });

  const timesOf = async (path: string): Promise<string> =>
    await python(library.at(path), 's = os.stat(at); print(s.st_atime_ns, s.st_mtime_ns)');

  it('times are kept to the nanosecond, also before 1970 and after 2038', async () => {
    await writeFile(library.at('/times'), 'x');
    for (const [accessed, modified] of [
      ['1700000000123456789', '1600000000987654321'],
      ['4102444800000000001', '7258118400999999999'],
      ['-1', '-86400000000001'],
    ]) {
      await python(library.at('/times'), `os.utime(at, ns=(${accessed}, ${modified}))`);
      assert.equal(await timesOf('/times'), `${accessed} ${modified}`);
    }
  });

  it('UTIME_OMIT leaves a time and UTIME_NOW takes the present', async () => {
    await writeFile(library.at('/now'), 'x');
    await python(library.at('/now'), 'os.utime(at, ns=(1000000001, 2000000002))');
    assert.equal((await run('touch', '-a', '-d', '2001-02-03 04:05:06.789 UTC', library.at('/now'))).code, 0);
    assert.equal(await timesOf('/now'), '981173106789000000 2000000002');
    const before = Date.now();
    await run('touch', '-m', library.at('/now'));
    const [accessed, modified] = (await timesOf('/now')).split(' ');
    assert.equal(accessed, '981173106789000000');
    assert.ok(Number(modified) / 1e6 >= before - 1000 && Number(modified) / 1e6 <= Date.now() + 1000);
  });

  it('times, mode and extended attributes stay after the upload and after a restart', async () => {
    await mkdir(library.at('/kept'));
    await writeFile(library.at('/kept/file'), 'x');
    const script = `
f = at + '/kept/file'; os.chmod(f, 0o751); os.setxattr(f, 'user.tag', b'\\x00blue'); os.utime(f, ns=(3000000003, 4000000004))
os.chmod(at + '/kept', 0o700); os.utime(at + '/kept', ns=(5000000005, 6000000006))`;
    const look = `
for p in (at + '/kept/file', at + '/kept'):
  s = os.stat(p); print(oct(s.st_mode), s.st_atime_ns, s.st_mtime_ns)
print(os.getxattr(at + '/kept/file', 'user.tag'))`;
    await python(library.path, script);
    const expected = ['0o100751 3000000003 4000000004', '0o40700 5000000005 6000000006', "b'\\x00blue'"].join(
      '\n',
    );
    assert.equal(await python(library.path, look), expected);
    await library.upload();
    await library.cloud({ do: 'refresh', path: '/kept' });
    assert.equal(await python(library.path, look), expected);
    await library.restart();
    assert.equal(await python(library.path, look), expected);
  });

  it('film keeps what was set of it when its bytes are changed, but for the times', async () => {
    const script = `
f = at + '/film.mkv'; os.chmod(f, 0o600); os.setxattr(f, 'user.tag', b'red'); os.utime(f, ns=(1, 2))
g = os.open(f, os.O_RDWR); os.pwrite(g, b'x', 5); os.close(g)
s = os.stat(f); print(oct(s.st_mode), os.getxattr(f, 'user.tag'), s.st_mtime_ns > 10 ** 18)`;
    assert.equal(await python(library.path, script), "0o100600 b'red' True");
    await library.upload();
    const look = `s = os.stat(at); print(oct(s.st_mode), os.getxattr(at, 'user.tag'), s.st_mtime_ns > 10 ** 18)`;
    assert.equal(await python(library.at('/film.mkv'), look), "0o100600 b'red' True");
  });

  it('file made with mode 0000 can be written through its descriptor', async () => {
    const script = `
f = os.open(at + '/closed', os.O_CREAT | os.O_RDWR, 0); os.write(f, b'bytes')
print(os.pread(f, 9, 0), oct(os.fstat(f).st_mode), oct(os.stat(at + '/closed').st_mode))`;
    assert.equal(await python(library.path, script), "b'bytes' 0o100000 0o100000");
  });

  it('chown to others is EPERM, and to the owner nothing', async () => {
    await writeFile(library.at('/owned'), 'x');
    const { uid, gid } = TESTER;
    const chown = (owner: number, group: number): string => `os.chown(at + '/owned', ${owner}, ${group})`;
    const asked = [chown(uid, gid), chown(-1, gid), chown(-1, -1), chown(uid + 1, gid), chown(uid, gid + 1)];
    assert.deepEqual(await errnosOf(library.path, asked), ['ok', 'ok', 'ok', 'EPERM', 'EPERM']);
  });

  it('extended attributes are kept in user. alone, and those of the cloud cannot be set', async () => {
    await writeFile(library.at('/tagged'), 'x');
    const set = (name: string, flags = 0): string => `os.setxattr(at + '/tagged', '${name}', b'v', ${flags})`;
    const expected = {
      [set('user.mine', 2)]: 'ENODATA',
      [set('user.mine', 1)]: 'ok',
      [set('user.mine', 1) + ' ']: 'EEXIST',
      [set('user.panfuse.id')]: 'EPERM',
      [set('user.panfuse.other')]: 'EPERM',
      [set('security.other')]: 'EOPNOTSUPP',
      [`os.removexattr(at + '/tagged', 'user.mine')`]: 'ok',
      [`os.removexattr(at + '/tagged', 'user.mine') `]: 'ENODATA',
      [`os.removexattr(at + '/tagged', 'user.panfuse.id')`]: 'EPERM',
      [`os.listxattr(at + '/tagged')`]: 'EOPNOTSUPP',
      [`os.setxattr(at + '/tagged', 'user.large', b'x' * 65000)`]: 'ok',
      [`os.setxattr(at + '/tagged', 'user.more', b'x' * 65000)`]: 'ENOSPC',
    };
    assert.deepEqual(await errnosOf(library.path, Object.keys(expected)), Object.values(expected));
  });

  it('directory is as new as the last change of its names', async () => {
    const script = `
d = at + '/folder/'; seen = []
def changed(work):
  os.utime(d, ns=(1, 1)); work(); s = os.stat(d); seen.append(s.st_mtime_ns > 10 ** 18 and s.st_ctime_ns > 10 ** 18)
changed(lambda: os.mkdir(d + 'a')); changed(lambda: os.rmdir(d + 'a'))
changed(lambda: open(d + 'b', 'w').close()); changed(lambda: os.rename(d + 'b', d + 'c')); changed(lambda: os.unlink(d + 'c'))
print(seen)`;
    assert.equal(await python(library.path, script), '[True, True, True, True, True]');
  });

  it('writing makes a file new at once, reading does not', async () => {
    const script = `
p = at + '/aged'; open(p, 'w').write('x'); os.utime(p, ns=(1, 1)); open(p).read(); print(os.stat(p).st_mtime_ns)
f = os.open(p, os.O_WRONLY); os.write(f, b'y'); print(os.stat(p).st_mtime_ns > 10 ** 18)
os.close(f); os.utime(p, ns=(1, 1)); os.truncate(p, 0); print(os.stat(p).st_mtime_ns > 10 ** 18)`;
    assert.equal(await python(library.path, script), '1\nTrue\nTrue');
  });

  it('cp -a and rsync -aX give no error, there and back', async () => {
    const source = join(folder, 'source');
    await mkdir(join(source, 'below'), { recursive: true });
    for (const name of ['a', 'below/b']) await writeFile(join(source, name), name);
    await chmod(join(source, 'a'), 0o754);
    await run('setfattr', '-n', 'user.tag', '-v', 'blue', join(source, 'a'));
    await run('touch', '-d', '2011-12-13 14:15:16.171819202 UTC', join(source, 'a'));
    const expected = await stat(join(source, 'a'), { bigint: true });
    for (const [index, command] of ['cp -a', 'rsync -aX'].entries()) {
      const [there, back] = [library.at(`/archive-${index}`), join(folder, `back-${index}`)];
      for (const [from, to] of [
        [source, there],
        [there, back],
      ]) {
        const slash = command.startsWith('rsync') ? '/' : '';
        const { code, stderr } = await run('sh', '-c', `${command} ${from}${slash} ${to}`);
        assert.deepEqual([code, stderr], [0, ''], `${command} ${to}`);
      }
      for (const at of [there, back]) {
        const { mode, mtimeNs } = await stat(join(at, 'a'), { bigint: true });
        assert.deepEqual([mode, mtimeNs], [expected.mode, expected.mtimeNs]);
        assert.equal(await readFile(join(at, 'below/b'), 'utf8'), 'below/b');
      }
      assert.equal(await python(join(there, 'a'), `print(os.getxattr(at, 'user.tag'))`), "b'blue'");
    }
  });

  it('rsync that runs twice transfers nothing the second time', async () => {
    const source = join(folder, 'twice');
    await mkdir(source);
    for (let index = 0; index < 20; index += 1) await writeFile(join(source, `${index}`), `${index}`);
    const sync = (): Promise<{ stdout: string }> => run('rsync', '-ai', `${source}/`, library.at('/twice/'));
    assert.equal((await sync()).stdout.match(/^>f/gm)?.length, 20);
    assert.equal((await sync()).stdout, '');
    await library.upload();
    await library.cloud({ do: 'refresh', path: '/twice' });
    assert.equal((await sync()).stdout, '');
  });

  it('locks of flock and fcntl hold between programs', async () => {
    const script = `
import fcntl, subprocess
f = open(at + '/locked', 'w+')
other = '''import fcntl, sys, errno
f = open(sys.argv[1] + '/locked', 'r+')
for lock in (fcntl.flock, fcntl.lockf):
  try: lock(f, fcntl.LOCK_EX | fcntl.LOCK_NB); print('free', end=' ')
  except OSError as e: print(errno.errorcode[e.errno], end=' ')'''
def ask(): return subprocess.run([sys.executable, '-c', other, at], capture_output=True, text=True).stdout
fcntl.flock(f, fcntl.LOCK_EX); first = ask(); fcntl.flock(f, fcntl.LOCK_UN)
fcntl.lockf(f, fcntl.LOCK_EX); second = ask(); fcntl.lockf(f, fcntl.LOCK_UN)
print(first + second + ask())`;
    assert.equal(await python(library.path, script), 'EAGAIN free free EAGAIN free free');
  });

  it('program that runs cannot be written to', async () => {
    const script = `
import shutil, subprocess, time
p = at + '/sleep'; shutil.copy('/bin/sleep', p)
running = subprocess.Popen([p, '30'])
def outcome(work):
  try: work(); return 'ok'
  except OSError as e: return errno.errorcode[e.errno]
print(outcome(lambda: os.open(p, os.O_WRONLY)), outcome(lambda: os.truncate(p, 0)))
running.kill(); running.wait(); print(outcome(lambda: os.open(p, os.O_WRONLY)))`;
    assert.equal(await python(library.path, script), 'ETXTBSY ETXTBSY\nok');
  });

  it('mode is checked by the kernel for everyone but root', async () => {
    await writeFile(library.at('/secret'), 'x');
    await chmod(library.at('/secret'), 0);
    const opened = await errnosOf(library.path, [`os.open(at + '/secret', os.O_RDONLY)`]);
    assert.deepEqual(opened, [IS_ROOT ? 'ok' : 'EACCES']);
  });
});
