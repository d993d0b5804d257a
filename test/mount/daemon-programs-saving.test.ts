import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { House } from './daemon/house.js';
import { assertSameInCloud } from './daemon/programs/compare-with-cloud.js';
import { done } from './daemon/programs/done.js';
import { python } from './programs.js';

/** What editors do when they save the text in `new`; each a function of Python. */
const EDITORS = `
def write(path, text, flags=os.O_WRONLY | os.O_CREAT | os.O_TRUNC):
  file = os.open(path, flags, 0o644)
  os.write(file, text.encode())
  os.fsync(file)
  os.close(file)
def vim(path, text):
  swap = os.path.join(os.path.dirname(path), '.' + os.path.basename(path) + '.swp')
  write(swap, 'swap' * 1000, os.O_RDWR | os.O_CREAT | os.O_EXCL)
  probe = os.path.join(os.path.dirname(path), '4913')
  write(probe, '', os.O_WRONLY | os.O_CREAT | os.O_EXCL)
  os.chmod(probe, 0o644)
  os.unlink(probe)
  os.rename(path, path + '~')
  write(path, text)
  os.chmod(path, 0o644)
  os.unlink(path + '~')
  os.unlink(swap)
def temporary(path, text):
  write(path + '.new', text, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
  os.rename(path + '.new', path)
def kept(path, text):
  os.rename(path, path + '.bak')
  write(path, text)
def place(path, text): write(path, text)
def locked(path, text):
  lock = os.path.join(os.path.dirname(path), '.~lock.' + os.path.basename(path) + '#')
  write(lock, 'me', os.O_WRONLY | os.O_CREAT | os.O_EXCL)
  temporary(path, text)
  os.unlink(lock)
save = {'vim': vim, 'temporary': temporary, 'kept': kept, 'place': place, 'locked': locked}[EDITOR]
for text in TEXTS: save(at, text)`;

const SAVES = [
  { editor: 'vim', title: 'by a backup, a swap file and a new file', left: ['letter.txt'] },
  { editor: 'temporary', title: 'by a new file that is renamed over it', left: ['letter.txt'] },
  { editor: 'kept', title: 'with a backup that stays', left: ['letter.txt', 'letter.txt.bak'] },
  { editor: 'place', title: 'in its place', left: ['letter.txt'] },
  { editor: 'locked', title: 'beside a lock file', left: ['letter.txt'] },
] as const;

describe('programs that save files in a mount', function () {
  this.timeout(120_000);
  let house: House;
  before(async () => {
    house = await House.open({ sections: { upload: { delay: '0s' } }, limit: 600_000 });
  });
  after(() => house.close());

  for (const { editor, title, left } of SAVES) {
    it(`editor saves ${title}`, async () => {
      mkdirSync(house.at(`/${editor}`));
      const path = house.at(`/${editor}/letter.txt`);
      const texts = ['second', 'third '.repeat(5000), 'the last'];
      writeFileSync(path, 'first');
      for (const pause of [0, 50, 1500]) {
        await delay(pause);
        await python(path, `TEXTS = ${JSON.stringify(texts)}\nEDITOR = '${editor}'\n${EDITORS}`);
        assert.equal(readFileSync(path, 'utf8'), 'the last');
      }
      await assertSameInCloud(house, `/${editor}`);
      const names = (await house.cloud.children({ path: `/${editor}` })).map(({ name }) => name);
      assert.deepEqual(names.sort(), left);
    });
  }

  it('sed -i changes many files', async () => {
    mkdirSync(house.at('/sed'));
    const paths = Array.from({ length: 20 }, (_, number) => house.at(`/sed/${number}.txt`));
    for (const path of paths) writeFileSync(path, 'old words\n');
    await done('sed', '-i', 's/old/new/', ...paths);
    for (const path of paths) assert.equal(readFileSync(path, 'utf8'), 'new words\n');
    await assertSameInCloud(house, '/sed');
  });

  it('file looks the same to stat before and after the cloud gets it', async () => {
    const path = house.at('/looked-at.txt');
    writeFileSync(path, 'text');
    const look = (): readonly unknown[] => {
      const { ino, size, mode, mtimeNs } = statSync(path, { bigint: true });
      return [ino, size, mode, mtimeNs];
    };
    const before = look();
    await delay(200);
    assert.deepEqual(look(), before);
    await house.idle();
    assert.deepEqual(look(), before);
  });

  it('ffmpeg writes a film, ffprobe reads it', async () => {
    mkdirSync(house.at('/films'));
    const film = house.at('/films/film.mp4');
    const source = ['-f', 'lavfi', '-i', 'testsrc=duration=3:size=320x240:rate=25'] as const;
    // The index of an MP4 is moved to its front in the end: the whole file is written again in its place.
    await done('ffmpeg', '-v', 'error', ...source, '-movflags', '+faststart', film);
    await done('ffmpeg', '-v', 'error', '-i', film, '-c', 'copy', house.at('/films/film.mkv'));
    const length = ['-v', 'error', '-show_entries', 'format=duration', '-of', 'csv=p=0'] as const;
    assert.equal(Number(await done('ffprobe', ...length, film)), 3);
    assert.equal(Number(await done('ffprobe', ...length, house.at('/films/film.mkv'))), 3);
    await assertSameInCloud(house, '/films');
    await done('ffmpeg', '-v', 'error', '-i', film, '-f', 'null', '-');
  });
});
