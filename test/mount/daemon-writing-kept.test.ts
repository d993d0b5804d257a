import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { House } from './daemon/house.js';
import { python } from './programs.js';

describe('what a restart of the daemon keeps', function () {
  this.timeout(120_000);
  let house: House;
  beforeEach(async () => {
    house = await House.open({ sections: { upload: { delay: '0s' } } });
  });
  afterEach(() => house.close());

  const restart = async (): Promise<void> => {
    await house.daemon.stop();
    await house.start();
  };

  it('empty file is there at once and stays', async () => {
    writeFileSync(house.at('/lock'), '');
    assert.equal(statSync(house.at('/lock')).size, 0);
    await restart();
    assert.equal(statSync(house.at('/lock')).size, 0);
    await house.idle();
    assert.equal((await house.cloud.item({ path: '/lock' })).size, 0);
  });

  it('empty file that the cloud refuses stays here, and status counts it', async () => {
    await house.cloud.fault('empty-file-refused');
    writeFileSync(house.at('/first'), '');
    writeFileSync(house.at('/second'), '');
    await house.idle();
    for (const when of ['before', 'after']) {
      assert.deepEqual([statSync(house.at('/first')).size, statSync(house.at('/second')).size], [0, 0], when);
      const { transfers } = (await house.status()).drives[0] ?? {};
      assert.deepEqual([transfers?.local, transfers?.failed, transfers?.files], [2, 0, 0], when);
      if (when === 'before') await restart();
    }
    assert.ok((await house.cloud.fired('empty-file-refused')) > 0);
    writeFileSync(house.at('/first'), 'no longer empty');
    await house.idle();
    assert.equal((await house.cloud.item({ path: '/first' })).size, 15);
    assert.deepEqual(await house.cloud.named('second'), []);
  });

  it('times, permissions and extended attributes stay with the file on its way to the cloud and after', async () => {
    writeFileSync(house.at('/a.txt'), 'bytes');
    await python(
      house.at('/a.txt'),
      [
        'os.utime(at, ns=(1_500_000_000_123_456_789, 1_600_000_000_987_654_321))',
        'os.chmod(at, 0o600)',
        "os.setxattr(at, 'user.note', b'mine')",
      ].join('\n'),
    );
    const kept = async (): Promise<string> =>
      await python(
        house.at('/a.txt'),
        "s = os.stat(at); print(s.st_mtime_ns, s.st_atime_ns, oct(s.st_mode), os.getxattr(at, 'user.note'))",
      );
    const set = "1600000000987654321 1500000000123456789 0o100600 b'mine'";
    assert.equal(await kept(), set);
    await house.idle();
    assert.equal(await kept(), set);
    await restart();
    assert.equal(await kept(), set);
    // A cloud has none of them: they come from this machine alone.
    assert.equal((await house.cloud.item({ path: '/a.txt' })).size, 5);
  });

  it('junk stays here until it has another name', async () => {
    await house.cloud.clearFigures();
    writeFileSync(house.at('/.DS_Store'), 'junk');
    writeFileSync(house.at('/film.mkv.part'), 'half a film');
    await house.idle();
    await restart();
    assert.ok(existsSync(house.at('/.DS_Store')));
    assert.equal(readFileSync(house.at('/film.mkv.part'), 'utf8'), 'half a film');
    assert.deepEqual(
      (await house.transfers()).files.map(({ path, state }) => [path, state]),
      [
        ['/.DS_Store', 'local'],
        ['/film.mkv.part', 'local'],
      ],
    );
    assert.deepEqual((await house.cloud.figures()).calls.byName['upload/init'], undefined);
    renameSync(house.at('/film.mkv.part'), house.at('/film.mkv'));
    await house.idle();
    assert.equal((await house.cloud.item({ path: '/film.mkv' })).size, 11);
    assert.deepEqual(await house.cloud.named('.DS_Store'), []);
    assert.ok(readdirSync(house.mountPoint).includes('.DS_Store'));
  });
});
