import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { House } from './daemon/house.js';
import { assertSameInCloud } from './daemon/programs/compare-with-cloud.js';
import { done } from './daemon/programs/done.js';
import { python } from './programs.js';

const MANY = 2000;
const FOLDERS = 20;
/** Files of the smaller tree that is copied about. */
const SOME = 40;

/** What of a tree must survive a copy: kind, permissions, size, time to the nanosecond, content and attributes. */
const DESCRIBE = `
import hashlib, stat
for above, directories, files in os.walk(at):
  for name in directories + files:
    path = os.path.join(above, name)
    state = os.stat(path)
    sha1 = '' if stat.S_ISDIR(state.st_mode) else hashlib.sha1(open(path, 'rb').read()).hexdigest()
    print(os.path.relpath(path, at), oct(state.st_mode), 0 if sha1 == '' else state.st_size, state.st_mtime_ns, sha1)`;

describe('trees of files that programs copy', function () {
  this.timeout(600_000);
  let house: House;
  let many: string;
  let some: string;
  before(async () => {
    house = await House.open({ sections: { upload: { delay: '1s' } }, limit: 1_200_000 });
    many = makeTree(house.directory('many'), MANY, FOLDERS);
    some = makeTree(house.directory('some'), SOME, 4);
  });
  after(() => house.close());

  const described = async (path: string): Promise<readonly string[]> =>
    (await python(path, DESCRIBE)).split('\n').sort();

  it(`tar unpacks ${MANY} small files and packs them again, both the same`, async () => {
    const packed = join(house.folder, 'packed.tar');
    await done('tar', '-C', many, '--format=posix', '-cf', packed, '.');
    mkdirSync(house.at('/unpacked'));
    await done('tar', '-C', house.at('/unpacked'), '-xf', packed);
    assert.deepEqual(await described(house.at('/unpacked')), await described(many));
    const again = join(house.folder, 'again.tar');
    await done('tar', '-C', house.at('/unpacked'), '--format=posix', '-cf', again, '.');
    await done('tar', '-C', many, '--compare', '-f', again);
  });

  // What follows goes on while the cloud gets the files of tar, which takes 100 s at 20 calls a second.

  it('find, du and md5sum agree with what was written', async () => {
    const at = house.at('/unpacked');
    const sums = join(house.folder, 'sums.md5');
    writeFileSync(sums, await done('sh', '-c', 'cd "$1" && find . -type f -exec md5sum {} +', 'sh', many));
    await done('sh', '-c', 'cd "$1" && md5sum --quiet --strict -c "$2"', 'sh', at, sums);
    const find = ['-printf', '%y %s %P\\n'] as const;
    const files = (text: string): readonly string[] =>
      text
        .split('\n')
        .filter((line) => line.startsWith('f '))
        .sort();
    assert.deepEqual(files(await done('find', at, ...find)), files(await done('find', many, ...find)));
    const size = async (path: string): Promise<number> =>
      files(await done('find', path, ...find)).reduce((sum, line) => sum + Number(line.split(' ')[1]), 0);
    assert.equal(Number((await done('du', '-sb', at)).split('\t')[0]), await size(many));
  });

  it('cp -a brings a tree in and out again with its times and permissions', async () => {
    await done('cp', '-a', some, house.at('/copied'));
    assert.deepEqual(await described(house.at('/copied')), await described(some));
    await done('cp', '-a', house.at('/copied'), join(house.folder, 'copied back'));
    assert.deepEqual(await described(join(house.folder, 'copied back')), await described(some));
  });

  it('rsync -a transfers nothing the second time', async () => {
    const rsync = async (): Promise<string> =>
      await done('rsync', '-a', '--stats', `${some}/`, house.at('/mirror'));
    assert.match(await rsync(), new RegExp(`^Number of regular files transferred: ${SOME}$`, 'm'));
    assert.deepEqual(await described(house.at('/mirror')), await described(some));
    const second = await rsync();
    assert.match(second, /^Number of regular files transferred: 0$/m);
    assert.match(second, /^Total transferred file size: 0 bytes$/m);
  });

  it('rsync -aX brings extended attributes in, and all else there and back', async () => {
    const tagged = join(house.folder, 'tagged');
    await done('cp', '-a', some, tagged);
    await python(tagged, "os.setxattr(at + '/0/0.dat', 'user.note', b'mine')");
    await done('rsync', '-aX', `${tagged}/`, house.at('/tagged'));
    const note = await python(house.at('/tagged/0/0.dat'), "print(os.getxattr(at, 'user.note').decode())");
    assert.equal(note, 'mine');
    await done('rsync', '-aX', `${house.at('/tagged')}/`, join(house.folder, 'tagged back'));
    assert.deepEqual(await described(join(house.folder, 'tagged back')), await described(some));
  });

  it('mv brings a tree in, moves it inside and out again', async () => {
    const moving = join(house.folder, 'moving');
    await done('cp', '-a', some, moving);
    await done('mv', moving, house.at('/moved in'));
    await done('mv', house.at('/moved in/0'), house.at('/zero'));
    await done('mv', house.at('/moved in'), house.at('/moved on'));
    await done('mv', house.at('/zero'), house.at('/moved on/0'));
    assert.deepEqual(await described(house.at('/moved on')), await described(some));
    await done('cp', '-a', house.at('/moved on'), house.at('/stays'));
    await done('mv', house.at('/moved on'), moving);
    assert.deepEqual(await described(moving), await described(some));
  });

  it('cloud has all of it in the end, each once', async () => {
    await house.client.call('POST /v1/transfers/wait', { timeout: 500_000 });
    for (const name of ['unpacked', 'copied', 'mirror', 'tagged', 'stays']) {
      await assertSameInCloud(house, `/${name}`);
    }
    assert.deepEqual(await house.cloud.named('moved on'), []);
  });
});

/** Files of different sizes and old times, some not for everybody; answers the folder. */
function makeTree(folder: string, files: number, folders: number): string {
  for (let number = 0; number < folders; number += 1) mkdirSync(join(folder, String(number)));
  for (let number = 0; number < files; number += 1) {
    const path = join(folder, String(number % folders), `${number}.dat`);
    const mode = number % 3 === 0 ? 0o600 : 0o644;
    writeFileSync(path, randomBytes((number * 37) % 3000), { mode });
    const time = 1_600_000_000 + number + createHash('sha1').update(path).digest().readUInt8() / 256;
    utimesSync(path, time, time);
  }
  return folder;
}
