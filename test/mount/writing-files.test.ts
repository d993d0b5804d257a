import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { open, readFile, stat, truncate, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { patternContent, readContent } from '../../src/drivers/memory/content.js';
import { WRITABLE_FILM_SIZE } from './library.js';
import { MountedLibrary } from './mounted-library.js';
import { errnosOf, python, run } from './programs.js';

const MIB = 2 ** 20;

function filmBytes(): Buffer {
  return Buffer.from(
    readContent(patternContent(1, WRITABLE_FILM_SIZE), { start: 0, end: WRITABLE_FILM_SIZE }),
  );
}

function sha1(bytes: Uint8Array): string {
  return createHash('sha1').update(bytes).digest('hex').toUpperCase();
}

describe('writing files in a mount', function () {
  this.timeout(60_000);
  let library: MountedLibrary;
  before(async () => {
    library = await MountedLibrary.mount({ library: 'writing', readOnly: false });
  });
  after(() => library.dispose());

  const inCloud = async (path: string): Promise<string | null | undefined> => {
    await library.upload();
    const found = (await library.cloud()).entries.filter((entry) => entry.path === path);
    assert.ok(found.length <= 1, `${path} is there ${found.length} times`);
    return found[0]?.sha1;
  };

  it('file that is made has its bytes here at once, and in the cloud soon', async () => {
    const bytes = randomBytes(5 * MIB + 3);
    await writeFile(library.at('/new.bin'), bytes);
    assert.ok((await readFile(library.at('/new.bin'))).equals(bytes));
    assert.equal((await stat(library.at('/new.bin'))).size, bytes.length);
    assert.equal(await inCloud('/new.bin'), sha1(bytes));
    assert.ok((await readFile(library.at('/new.bin'))).equals(bytes));
  });

  it('O_EXCL of a name that is there is EEXIST', async () => {
    const flags = 'os.O_CREAT | os.O_EXCL | os.O_WRONLY';
    const made = [`os.open(at + '/once', ${flags})`, `os.open(at + '/once', ${flags})`];
    const there = [`os.open(at + '/film.mkv', ${flags})`, `os.open(at + '/folder', ${flags})`];
    assert.deepEqual(await errnosOf(library.path, [...made, ...there]), ['ok', 'EEXIST', 'EEXIST', 'EEXIST']);
  });

  it('O_TRUNC empties a file', async () => {
    await writeFile(library.at('/short'), 'a long text');
    await writeFile(library.at('/short'), 'text');
    assert.equal(await readFile(library.at('/short'), 'utf8'), 'text');
    const fetched = (await library.cloud()).fetched;
    await (await open(library.at('/folder/five.txt'), 'w')).close();
    assert.equal((await stat(library.at('/folder/five.txt'))).size, 0);
    assert.equal(await inCloud('/folder/five.txt'), sha1(Buffer.alloc(0)));
    assert.equal((await library.cloud()).fetched, fetched, 'what is not wanted is not fetched');
  });

  it('file opened for writing and never written stays as it is', async () => {
    await library.upload();
    const before = await library.cloud();
    await (await open(library.at('/film.mkv'), 'r+')).close();
    await library.upload();
    const after = await library.cloud();
    assert.deepEqual(after.entries, before.entries);
    assert.deepEqual(after.calls, before.calls);
  });

  it('two writers with O_APPEND lose no line', async () => {
    const script = `
import subprocess
line = "f = os.open(at + '/log', os.O_WRONLY | os.O_CREAT | os.O_APPEND)\\nfor n in range(300): os.write(f, b'%s %05d\\\\n' % (who, n))"
code = lambda who: "import os, sys\\nat = sys.argv[1]\\nwho = b'" + who + "'\\n" + line
writers = [subprocess.Popen([sys.executable, '-c', code(who), at]) for who in ('a', 'b')]
print([w.wait() for w in writers])
lines = open(at + '/log').read().split('\\n')
for who in 'ab': print([l for l in lines if l.startswith(who)] == ['%s %05d' % (who, n) for n in range(300)])
print(len(lines), set(map(len, lines[:-1])))`;
    assert.equal(await python(library.path, script), '[0, 0]\nTrue\nTrue\n601 {7}');
    assert.equal(await inCloud('/log'), sha1(await readFile(library.at('/log'))));
  });

  it('O_APPEND writes at the end although the place of the descriptor is elsewhere', async () => {
    const script = `
f = os.open(at + '/end', os.O_RDWR | os.O_CREAT | os.O_APPEND)
os.write(f, b'one'); os.lseek(f, 0, 0); os.write(f, b'two'); os.ftruncate(f, 4); os.write(f, b'X')
print(os.pread(f, 100, 0))`;
    assert.equal(await python(library.path, script), "b'onetX'");
  });

  it('writes at random places end where they belong', async () => {
    const script = `
import hashlib, random
r = random.Random(11); mirror = bytearray(3000000); seen = 0
f = os.open(at + '/random', os.O_RDWR | os.O_CREAT)
for n in range(400):
  position = r.randrange(2800000); piece = r.randbytes(r.choice([1, 13, 4096, 70000, 150000]))
  os.pwrite(f, piece, position); mirror[position:position + len(piece)] = piece
  seen = max(seen, position + len(piece))
  if n % 20 == 0:
    position = r.randrange(seen)
    assert os.pread(f, 5000, position) == bytes(mirror[position:min(position + 5000, seen)]), n
os.close(f)
print(hashlib.sha1(mirror[:seen]).hexdigest().upper())`;
    const expected = await python(library.path, script);
    assert.equal(sha1(await readFile(library.at('/random'))), expected);
    assert.equal(await inCloud('/random'), expected);
  });

  it('film changed at several places has its other bytes still', async () => {
    const expected = filmBytes();
    const film = await open(library.at('/film.mkv'), 'r+');
    for (const position of [0, 1_000_000, WRITABLE_FILM_SIZE - 2]) {
      await film.write('four', position);
      expected.set(Buffer.from('four').subarray(0, WRITABLE_FILM_SIZE - position), position);
    }
    const whole = Buffer.concat([expected, Buffer.from('ur')]);
    assert.ok((await readFile(library.at('/film.mkv'))).equals(whole), 'read while it is open');
    await film.close();
    assert.equal(await inCloud('/film.mkv'), sha1(whole));
    assert.ok((await readFile(library.at('/film.mkv'))).equals(whole), 'read from the cloud');
    assert.deepEqual(
      (await library.cloud()).bin.filter((name) => name === 'film.mkv'),
      ['film.mkv'],
    );
  });

  it('sparse file reads as zeros between its bytes', async () => {
    const script = `
f = os.open(at + '/sparse', os.O_RDWR | os.O_CREAT)
os.pwrite(f, b'end', 5 * 2 ** 20); os.pwrite(f, b'middle', 2 ** 20)
print(os.fstat(f).st_size, os.pread(f, 8, 2 ** 20 - 1), os.pread(f, 10, 5 * 2 ** 20 - 2), os.pread(f, 4, 0))`;
    const zero = '\\x00';
    assert.equal(
      await python(library.path, script),
      `${5 * MIB + 3} b'${zero}middle${zero}' b'${zero}${zero}end' b'${zero.repeat(4)}'`,
    );
    const expected = Buffer.alloc(5 * MIB + 3);
    expected.write('middle', MIB);
    expected.write('end', 5 * MIB);
    assert.equal(await inCloud('/sparse'), sha1(expected));
  });

  it('sparse file takes no more space than its bytes', async () => {
    const script = `
f = os.open(at + '/hole', os.O_RDWR | os.O_CREAT)
os.ftruncate(f, 2 ** 39); os.pwrite(f, b'x', 2 ** 38); print(os.pread(f, 2, 2 ** 38))
os.close(f); os.unlink(at + '/hole')`;
    assert.equal(await python(library.path, script), "b'x\\x00'");
  });

  it('truncate and ftruncate cut, and add zeros', async () => {
    await writeFile(library.at('/cut'), '0123456789');
    await truncate(library.at('/cut'), 4);
    assert.equal(await readFile(library.at('/cut'), 'utf8'), '0123');
    const file = await open(library.at('/cut'), 'r+');
    await file.truncate(2);
    await file.truncate(6);
    assert.equal((await file.stat()).size, 6);
    await file.close();
    assert.equal(await readFile(library.at('/cut'), 'latin1'), '01\0\0\0\0');
    assert.equal(await inCloud('/cut'), sha1(Buffer.from('01\0\0\0\0')));
    await truncate(library.at('/cut'), 1);
    assert.equal(await inCloud('/cut'), sha1(Buffer.from('0')));
  });

  it('descriptor opened before sees what another writes, and its size', async () => {
    await writeFile(library.at('/shared'), 'old');
    await library.upload();
    const script = `
reader = os.open(at + '/shared', os.O_RDONLY); first = os.pread(reader, 100, 0)
writer = os.open(at + '/shared', os.O_RDWR); os.pwrite(writer, b'newer', 0)
print(first, os.pread(reader, 100, 0), os.fstat(reader).st_size, os.stat(at + '/shared').st_size)
os.close(writer); print(os.pread(reader, 100, 0), os.fstat(reader).st_size)
other = os.open(at + '/shared', os.O_WRONLY | os.O_TRUNC)
print(os.pread(reader, 100, 0), os.fstat(reader).st_size)`;
    assert.equal(await python(library.path, script), "b'old' b'newer' 5 5\nb'newer' 5\nb'' 0");
  });

  it('descriptor that was opened before the upload reads on after it', async () => {
    await writeFile(library.at('/uploaded'), 'hello');
    const reader = await open(library.at('/uploaded'));
    assert.equal((await reader.read(Buffer.alloc(9), 0, 9, 0)).bytesRead, 5);
    assert.equal(await inCloud('/uploaded'), sha1(Buffer.from('hello')));
    const { buffer, bytesRead } = await reader.read(Buffer.alloc(9), 0, 9, 0);
    assert.equal(buffer.toString('utf8', 0, bytesRead), 'hello');
    assert.equal((await reader.stat()).size, 5);
    await reader.close();
  });

  it('file stays here until its last writer closes', async () => {
    const file = await open(library.at('/held'), 'w');
    await file.write('half');
    await file.sync();
    await new Promise((resolve) => setTimeout(resolve, 500));
    assert.equal(await inCloud('/held'), undefined);
    await file.write(' whole');
    await file.close();
    assert.equal(await inCloud('/held'), sha1(Buffer.from('half whole')));
  });

  it('writing through a copy of a descriptor goes on after the first is closed, also in a child', async () => {
    const script = `
f = os.open(at + '/dup', os.O_RDWR | os.O_CREAT); g = os.dup(f)
os.write(f, b'one '); os.close(f); os.write(g, b'two ')
if os.fork() == 0:
  os.write(g, b'child '); os._exit(0)
os.wait(); os.write(g, b'parent'); os.close(g)
print(open(at + '/dup').read())`;
    assert.equal(await python(library.path, script), 'one two child parent');
    assert.equal(await inCloud('/dup'), sha1(Buffer.from('one two child parent')));
  });

  it('shared mapping reaches the file, also after the last close', async () => {
    const script = `
f = os.open(at + '/mapped', os.O_RDWR | os.O_CREAT); os.ftruncate(f, 300000)
m = mmap.mmap(f, 0); m[0:5] = b'begin'; m.flush()
print(os.pread(f, 5, 0)); os.close(f)
m[299990:300000] = b'0123456789'; m.close()
with open(at + '/mapped', 'rb') as f: print(f.read()[299985:])`;
    assert.equal(await python(library.path, script), "b'begin'\nb'\\x00\\x00\\x00\\x00\\x000123456789'");
    const expected = Buffer.alloc(300_000);
    expected.write('begin');
    expected.write('0123456789', 299_990);
    assert.equal(await inCloud('/mapped'), sha1(expected));
  });

  it('film changed through a mapping has its other bytes still', async () => {
    await library.cloud({ do: 'add', path: '/folder/map.mkv', size: 700_001 });
    await library.cloud({ do: 'refresh', path: '/folder' });
    const script = `
f = os.open(at + '/folder/map.mkv', os.O_RDWR); m = mmap.mmap(f, 0)
m[350000:350003] = b'new'; m.close(); os.close(f)`;
    await python(library.path, script);
    const expected = Buffer.from(readContent(patternContent(7, 700_001), { start: 0, end: 700_001 }));
    expected.write('new', 350_000);
    assert.equal(await inCloud('/folder/map.mkv'), sha1(expected));
  });

  it('file that was closed survives a restart at once, and one that was not is no file', async () => {
    await library.cloud({ do: 'hold' });
    await writeFile(library.at('/durable'), 'closed');
    await writeFile(library.at('/nothing'), '');
    await library.restart();
    assert.equal(await readFile(library.at('/durable'), 'utf8'), 'closed');
    assert.equal((await stat(library.at('/nothing'))).size, 0);
    await library.cloud({ do: 'release' });
    assert.equal(await inCloud('/durable'), sha1(Buffer.from('closed')));
    assert.equal(await inCloud('/nothing'), sha1(Buffer.alloc(0)));
  });

  it('file that is gone again soon costs no call', async () => {
    await library.upload();
    const { calls } = await library.cloud();
    for (let index = 0; index < 20; index += 1) {
      await writeFile(library.at('/short-lived'), 'x');
      await unlink(library.at('/short-lived'));
    }
    await library.upload();
    assert.deepEqual((await library.cloud()).calls, calls);
  });

  it('fallocate adds space at the end, and does nothing else', async () => {
    assert.equal((await run('fallocate', '-l', '100000', library.at('/allocated'))).code, 0);
    assert.equal((await stat(library.at('/allocated'))).size, 100_000);
    const punched = await run('fallocate', '-p', '-o', '0', '-l', '4096', library.at('/allocated'));
    assert.match(punched.stderr, /unsupported/);
  });

  it('programs write as they do on a disk', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'panfuse-write-'));
    const source = join(folder, 'source');
    await writeFile(source, randomBytes(2 * MIB + 11));
    const commands = [
      `cp ${source} copied && cmp ${source} copied`,
      `dd if=${source} of=dd bs=100k conv=fsync status=none && cmp ${source} dd`,
      `mv copied moved && cmp ${source} moved`,
      `echo one > text && echo two >> text && sed -i s/one/three/ text && grep -c three text`,
      `vim -es -u NONE -c 'normal ofour' -c wq text && tail -1 text | grep -q four`,
      `mkdir -p a/b/c && tar cf - -C ${folder} source | tar xf - -C a/b/c && cmp ${source} a/b/c/source`,
      `rm -r a && ! test -e a`,
    ];
    for (const command of commands) {
      const { code, stderr } = await run('sh', '-c', `cd ${library.path} && ${command}`);
      assert.equal(code, 0, `${command}: ${stderr}`);
    }
    assert.equal(await inCloud('/moved'), sha1(await readFile(source)));
    assert.equal(await inCloud('/text'), sha1(await readFile(library.at('/text'))));
    rmSync(folder, { recursive: true });
  });
});
