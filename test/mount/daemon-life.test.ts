import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DaemonProcess } from './daemon/daemon-process.js';
import { HeldFile } from './daemon/held-file.js';
import { eventually, House } from './daemon/house.js';
import { mountsBelow } from './daemon/watchdog.js';
import { run } from './programs.js';

describe('life of the daemon', function () {
  this.timeout(60_000);
  let house: House;
  let others: DaemonProcess[];
  beforeEach(async () => {
    others = [];
    house = await House.open();
  });
  afterEach(async () => {
    for (const other of others) if (other.running) await other.stop();
    await house.close();
  });

  /** A second daemon on a configuration of its own; resolves with its exit code when it has ended. */
  const startOther = async (sections: Readonly<Record<string, unknown>>): Promise<DaemonProcess> => {
    const other = new DaemonProcess(house.writeConfig('other.yaml', sections));
    others.push(other);
    await other.ended();
    return other;
  };

  it('killed daemon leaves a mount point that the next one takes over', async () => {
    const known = await house.tree();
    await house.daemon.kill();
    const { stderr } = await run('ls', house.mountPoint);
    assert.match(stderr, /Transport endpoint is not connected/);
    await house.start();
    assert.deepEqual(await house.tree(), known);
    assert.equal(mountsBelow(house.folder).length, 1);
  });

  it('second daemon on the same state folder ends with words and leaves the first alone', async () => {
    const other = await startOther({});
    assert.notEqual(await other.ended(), 0);
    assert.match(
      other.output,
      /another daemon is running on \S+\/state: ask it \(panfuse status\) or stop it/,
    );
    assert.equal((await house.mount()).state, 'mounted');
    assert.ok((await house.tree()).length > 5);
  });

  it('second daemon on the same socket ends with words and leaves the first alone', async () => {
    const other = await startOther({
      state: { path: join(house.folder, 'other-state') },
      cache: { path: join(house.folder, 'other-cache') },
    });
    assert.notEqual(await other.ended(), 0);
    assert.match(other.output, /control\.sock/);
    assert.match(other.output, /already|running|in use/i);
    assert.equal((await house.mount()).state, 'mounted');
    assert.ok((await house.tree()).length > 5);
  });

  it('daemon with a busy mount point ends with words and leaves it alone', async () => {
    const { refresh_token: refreshToken } = await house.cloud.newLogin();
    const { endpoints } = house.cloud;
    const other = await startOther({
      accounts: { main: { kind: '115-open', refreshToken, endpoints } },
      state: { path: join(house.folder, 'other-state') },
      cache: { path: join(house.folder, 'other-cache') },
      control: { socket: join(house.folder, 'other', 'control.sock') },
    });
    assert.notEqual(await other.ended(), 0);
    assert.match(other.output, /mount is in use: films \(fuse\.panfuse\) is mounted there/);
    assert.ok((await house.tree()).length > 5);
  });

  it('SIGTERM with open files unmounts within ten seconds', async () => {
    const held = await HeldFile.open(house.at('/film-8m.mkv'));
    assert.equal((await held.read(0, 1000)).length, 1000);
    const took = await house.daemon.stop();
    await held.close();
    assert.equal(await house.daemon.ended(), 0);
    assert.ok(took < 10_000, `${took} ms`);
    assert.deepEqual(mountsBelow(house.folder), []);
  });

  for (const signal of ['SIGINT', 'SIGHUP', 'SIGQUIT'] as const) {
    it(`${signal} leaves no mount behind`, async () => {
      await house.daemon.stop(signal);
      assert.equal(await house.daemon.ended(), 0);
      assert.deepEqual(mountsBelow(house.folder), []);
    });
  }

  it('SIGTERM with a reader that waits for the cloud unmounts within ten seconds', async () => {
    await house.cloud.fault('cdn-stall', { value: 0 });
    const held = await HeldFile.open(house.at('/film-8m.mkv'));
    const read = held.read(0, 1000);
    await eventually(
      () => house.status(),
      ({ content }) => content.openFiles === 1,
    );
    const took = await house.daemon.stop();
    assert.notEqual((await read).errno, null);
    await held.close();
    assert.ok(took < 10_000, `${took} ms`);
    assert.deepEqual(mountsBelow(house.folder), []);
  });

  it('unmount and mount over the control socket change what is mounted', async () => {
    const known = await house.tree('/folder');
    await house.client.call('POST /v1/unmount', { path: house.mountPoint });
    assert.deepEqual(mountsBelow(house.folder), []);
    assert.deepEqual((await house.status()).mounts, []);
    const path = house.directory('elsewhere');
    const mounted = await house.client.call('POST /v1/mount', {
      drive: 'films',
      folder: '/folder',
      path,
      options: {},
    });
    assert.equal(mounted.state, 'mounted');
    const { stdout } = await run('find', path, '-printf', '%y %s %P\\n');
    assert.deepEqual(stdout.trimEnd().split('\n').sort(), known);
    assert.equal((await house.daemon.stop()) < 10_000, true);
    assert.deepEqual(mountsBelow(house.folder), []);
  });

  it('mount on a path that is taken is refused in words', async () => {
    const asked = { drive: 'films', folder: '/', path: house.mountPoint, options: {} };
    await assert.rejects(house.client.call('POST /v1/mount', asked), {
      errno: 'EBUSY',
      message: /already a mount of panfuse/,
    });
  });

  it('fusermount3 -u ends the mount, and it can be mounted again', async () => {
    assert.equal((await run('fusermount3', '-u', house.mountPoint)).code, 0);
    await eventually(
      () => house.status(),
      ({ mounts }) => mounts.length === 0,
    );
    const asked = { drive: 'films', folder: '/', path: house.mountPoint, options: {} };
    assert.equal((await house.client.call('POST /v1/mount', asked)).state, 'mounted');
    assert.ok((await house.tree()).length > 5);
  });

  it('mount can be written to unless the configuration says otherwise', async () => {
    writeFileSync(house.at('/new.txt'), 'x');
    assert.equal(readFileSync(house.at('/new.txt'), 'utf8'), 'x');
    assert.equal((await house.mount()).readOnly, false);
  });
});

describe('read-only mount of the daemon', function () {
  this.timeout(60_000);
  let house: House;
  before(async () => {
    house = await House.open({ mount: { readOnly: true } });
  });
  after(() => house.close());

  it('files are read-only for everyone', async () => {
    const { code, stderr } = await run('touch', house.at('/new.txt'));
    assert.notEqual(code, 0);
    assert.match(stderr, /Read-only file system/);
    assert.throws(() => writeFileSync(house.at('/readme.txt'), 'x'), { code: 'EROFS' });
    assert.equal((await house.mount()).readOnly, true);
  });
});
