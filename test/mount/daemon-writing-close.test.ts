import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { readFileSync, unlinkSync, writeFileSync } from 'node:fs';
import { eventually, House } from './daemon/house.js';
import { mountsBelow } from './daemon/watchdog.js';
import { python, run, start } from './programs.js';

const MIB = 2 ** 20;

function sha1(bytes: Uint8Array): string {
  return createHash('sha1').update(bytes).digest('hex').toUpperCase();
}

describe('close of a written file', function () {
  this.timeout(120_000);
  let house: House;
  afterEach(() => house.close());

  describe('with close: async', () => {
    beforeEach(async () => {
      house = await House.open({ sections: { upload: { delay: '0s' } } });
    });

    it('answers while the network is away, status says why, and it heals by itself', async () => {
      writeFileSync(house.at('/before.txt'), 'known');
      await house.idle();
      await house.cloud.networkDown();
      const began = performance.now();
      writeFileSync(house.at('/while away.txt'), 'kept');
      assert.ok(performance.now() - began < 5000);
      const { drives } = await eventually(
        () => house.status(),
        ({ drives: [drive] }) => (drive?.transfers?.reason ?? null) !== null,
      );
      assert.match(drives[0]?.transfers?.reason ?? '', /127\.0\.0\.1|network|connection/i);
      assert.equal(drives[0]?.transfers?.files, 1);
      assert.equal(readFileSync(house.at('/while away.txt'), 'utf8'), 'kept');
      await house.cloud.networkUp();
      await house.idle();
      assert.equal((await house.cloud.item({ path: '/while away.txt' })).size, 4);
      assert.equal((await house.status()).drives[0]?.transfers?.reason, null);
    });

    it('answers while the login is lost, and the upload goes on after the next one', async () => {
      await house.tree();
      await house.cloud.endTokens('revoke');
      writeFileSync(house.at('/while locked out.txt'), 'kept');
      await eventually(
        () => house.account(),
        ({ login }) => login === 'lost',
      );
      const { files } = await house.transfers();
      assert.deepEqual(
        files.map(({ path, state }) => [path, state]),
        [['/while locked out.txt', 'waiting']],
      );
      await house.storeNewLogin();
      await house.client.call('POST /v1/accounts/reload', { account: 'main' });
      await house.idle();
      assert.equal((await house.cloud.item({ path: '/while locked out.txt' })).size, 4);
    });

    it('is not waited for at the end of the daemon: the next one uploads the rest', async () => {
      const bytes = randomBytes(8 * MIB);
      await house.cloud.fault('oss-slow', { value: 256 * 1024 });
      writeFileSync(house.at('/large.bin'), bytes);
      await eventually(
        () => house.transfers(),
        ({ files }) => files[0]?.state === 'parts',
        30_000,
      );
      const took = await house.daemon.stop();
      assert.equal(await house.daemon.ended(), 0);
      assert.ok(took < 10_000, `${took} ms`);
      assert.deepEqual(mountsBelow(house.folder), []);
      await house.cloud.clearFault();
      await house.start();
      assert.ok(readFileSync(house.at('/large.bin')).equals(bytes));
      await house.idle();
      assert.equal(await house.cloud.hash({ path: '/large.bin' }, 'sha1'), sha1(bytes));
      assert.equal((await house.cloud.named('large.bin')).length, 1);
    });
  });

  describe('with a spool of 1 MiB', () => {
    beforeEach(async () => {
      house = await House.open({ sections: { upload: { delay: '0s', spool: { size: '1MiB' } } } });
    });

    it('write that finds no room is ENOSPC, and there is room again after the upload', async () => {
      await house.client.call('POST /v1/transfers/pause', { transfers: [] });
      writeFileSync(house.at('/fits.bin'), randomBytes(900_000));
      assert.throws(() => writeFileSync(house.at('/too much.bin'), randomBytes(900_000)), {
        code: 'ENOSPC',
      });
      unlinkSync(house.at('/too much.bin'));
      await house.client.call('POST /v1/transfers/resume', { transfers: [] });
      await house.idle();
      assert.equal((await house.cloud.item({ path: '/fits.bin' })).size, 900_000);
      await eventually(
        () => house.status(),
        ({ spool }) => spool.used === 0,
      );
      const bytes = randomBytes(900_000);
      writeFileSync(house.at('/later.bin'), bytes);
      await house.idle();
      assert.equal(await house.cloud.hash({ path: '/later.bin' }, 'sha1'), sha1(bytes));
      assert.deepEqual(await house.cloud.named('too much.bin'), []);
    });
  });

  describe('with close: sync', () => {
    beforeEach(async () => {
      house = await House.open({ drive: { close: 'sync' } });
    });

    it('answers when the cloud has the file', async () => {
      const bytes = randomBytes(MIB + 1);
      writeFileSync(house.at('/sure.bin'), bytes);
      assert.equal(await house.cloud.hash({ path: '/sure.bin' }, 'sha1'), sha1(bytes));
      assert.ok(readFileSync(house.at('/sure.bin')).equals(bytes));
    });

    it('reports what the cloud refuses, and keeps the bytes', async () => {
      await house.cloud.fault('space-exhausted');
      const script = [
        "file = os.open(at, os.O_CREAT | os.O_WRONLY); os.write(file, b'bytes')",
        'try: os.close(file); print(0)',
        'except OSError as error: print(errno.errorcode[error.errno])',
      ];
      assert.match(await python(house.at('/full.txt'), script.join('\n')), /^(ENOSPC|EDQUOT)$/);
      assert.equal(readFileSync(house.at('/full.txt'), 'utf8'), 'bytes');
      await house.cloud.clearFault();
      await house.client.call('POST /v1/transfers/retry', { transfers: [] });
      await house.idle();
      assert.equal((await house.cloud.item({ path: '/full.txt' })).size, 5);
    });

    it('ends with the daemon while the cloud does not answer', async () => {
      await house.tree();
      await house.cloud.networkDown();
      const copying = start('sh', '-c', `echo bytes > '${house.at('/stuck.txt')}'`);
      await eventually(
        () => house.transfers(),
        ({ files }) => files.length === 1 && files[0]?.size === 6,
      );
      const took = await house.daemon.stop();
      copying.kill('SIGKILL');
      assert.ok(took < 10_000, `${took} ms`);
      assert.deepEqual(mountsBelow(house.folder), []);
      await house.cloud.networkUp();
      await house.start();
      await house.idle();
      assert.equal((await house.cloud.item({ path: '/stuck.txt' })).size, 6);
      assert.equal((await run('cat', house.at('/stuck.txt'))).stdout, 'bytes\n');
    });
  });
});
