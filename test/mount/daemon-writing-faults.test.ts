import assert from 'node:assert/strict';
import { renameSync } from 'node:fs';
import { basename } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { TransferRow } from '../../src/lib/protocol.js';
import type { FaultName } from '../clouds/house/faults.js';
import { eventually, House } from './daemon/house.js';
import { knownFile, type SourceFile, sourceFile } from './daemon/writing/content.js';
import { settled, transfers } from './daemon/writing/outcome.js';
import { Program } from './daemon/writing/program.js';
import { HEALING, LASTING, type UploadFault, type UploadKind } from './daemon/writing/upload-faults.js';

const MIB = 2 ** 20;
const SIZES: Readonly<Record<UploadKind, number>> = {
  small: MIB + 12_345,
  large: 22 * MIB + 12_345,
  known: 3 * MIB + 1,
};
/** Nothing is in its recycle bin to begin with. */
const CLOUD = { library: 'empty' } as const;
const SECTIONS = { upload: { delay: '0s' }, log: { level: 'info' } };

/** A house whose uploads meet faults. */
class FaultHouse {
  readonly house: House;
  #files = 0;

  constructor(house: House) {
    this.house = house;
  }

  async file(kind: UploadKind): Promise<SourceFile> {
    this.#files += 1;
    const make = kind === 'known' ? knownFile : sourceFile;
    return await make(this.house, `file-${this.#files}.mkv`, SIZES[kind]);
  }

  /** Copies a file into the mount, as cp does. */
  async copy({ path }: SourceFile): Promise<void> {
    await Program.run([['copy', path, this.house.at(`/${basename(path)}`)]]);
  }

  /** Runs work while faults are on; rejects unless each was met by it. */
  async during(faults: UploadFault['faults'], work: () => Promise<void>): Promise<void> {
    const { cloud } = this.house;
    const names = Object.keys(faults) as FaultName[];
    const before = new Map<FaultName, number>();
    for (const name of names) {
      before.set(name, await cloud.fired(name));
      await cloud.fault(name, faults[name]);
    }
    try {
      await work();
      for (const name of names) {
        assert.ok((await cloud.fired(name)) > (before.get(name) ?? 0), `${name} was never met`);
      }
    } finally {
      await cloud.clearFault();
    }
  }

  /** The cloud has it once, under its name, and nothing else was made or removed on the way. */
  async isInCloud({ path, sha1 }: SourceFile, name = basename(path)): Promise<void> {
    const { cloud } = this.house;
    const found = await cloud.named(name);
    assert.equal(found.length, 1, `${found.length} files ${name} in the cloud`);
    assert.equal(await cloud.hash({ id: found[0]?.id ?? '' }, 'sha1'), sha1);
    assert.deepEqual(await cloud.bin(), []);
    assert.deepEqual((await transfers(this.house)).files, []);
  }

  async isNotInCloud({ path }: SourceFile): Promise<void> {
    assert.deepEqual(await this.house.cloud.named(basename(path)), []);
    assert.deepEqual(await this.house.cloud.bin(), []);
  }

  /** The only file that is owed, once it holds. */
  async owed(holds: (row: TransferRow | null) => boolean): Promise<TransferRow | null> {
    return await eventually(
      async () => (await transfers(this.house)).files[0] ?? null,
      (row) => holds(row),
      30_000,
    );
  }

  /** What a failed test has left is no matter of the next one. */
  async tidyUp(): Promise<void> {
    await this.house.cloud.clearFault();
    const { files } = await transfers(this.house);
    if (files.length === 0) return;
    await this.house.client.call('POST /v1/transfers/drop', { transfers: files.map(({ id }) => id) });
  }

  async retry(): Promise<void> {
    const { files } = await transfers(this.house);
    await this.house.client.call('POST /v1/transfers/retry', { transfers: files.map(({ id }) => id) });
    await settled(this.house);
  }
}

describe('upload while the cloud misbehaves', function () {
  this.timeout(90_000);
  let subject: FaultHouse;
  before(async () => {
    subject = new FaultHouse(await House.open({ cloud: CLOUD, sections: SECTIONS, limit: 600_000 }));
  });
  afterEach(() => subject.tidyUp());
  after(() => subject.house.close());

  for (const { name, kind, faults } of HEALING) {
    it(`heals when ${name}`, async () => {
      const file = await subject.file(kind);
      await subject.during(faults, async () => {
        await subject.copy(file);
        await settled(subject.house);
      });
      await subject.isInCloud(file);
    });
  }

  for (const { name, kind, faults, told } of LASTING) {
    it(`says so and keeps the bytes when ${name}, and goes on when it is retried`, async () => {
      const file = await subject.file(kind);
      await subject.during(faults, async () => {
        await subject.copy(file);
        const row = await subject.owed((one) => one?.state === 'failed');
        assert.match(row?.reason ?? '', told);
      });
      const [drive] = (await subject.house.status()).drives;
      assert.equal(drive?.transfers?.failed, 1);
      await subject.isNotInCloud(file);
      await subject.retry();
      await subject.isInCloud(file);
    });
  }

  it('waits for the network, and goes on with the parts that are there', async () => {
    const file = await subject.file('large');
    const { cloud } = subject.house;
    await cloud.clearStorageFigures();
    await subject.during({ 'hold-request': { match: 'partNumber=2' } }, async () => {
      await subject.copy(file);
      await eventually(
        () => cloud.held(),
        (held) => held.length > 0,
      );
      await cloud.networkDown();
      await delay(3000);
      await cloud.clearFault('hold-request');
      await cloud.networkUp();
      await settled(subject.house);
    });
    await subject.isInCloud(file);
    const { bytesReceived } = await cloud.storageFigures();
    assert.ok(bytesReceived < file.size + 4 * MIB, `${bytesReceived} bytes were sent for ${file.size}`);
  });

  it('waits while the cloud throttles for long, and status tells', async () => {
    const file = await subject.file('small');
    await subject.during({ 'api-throttle-770004': { match: '/open/upload/init' } }, async () => {
      await subject.copy(file);
      const row = await subject.owed((one) => one?.reason !== null);
      assert.match(row?.reason ?? '', /calls come too often/);
      for (let second = 0; second < 10; second += 1) {
        await delay(1000);
        const [waiting] = (await transfers(subject.house)).files;
        assert.match(waiting?.reason ?? '', /calls come too often/);
        assert.notEqual(waiting?.state, 'failed');
      }
    });
    await subject.isNotInCloud(file);
    await subject.retry();
    await subject.isInCloud(file);
  });

  it('waits for room when the space is used up, and says so', async () => {
    const file = await subject.file('small');
    await subject.during({ 'space-exhausted': {} }, async () => {
      await subject.copy(file);
      const row = await subject.owed((one) => typeof one?.nextTry === 'number');
      assert.ok(row !== null);
      assert.match(row.reason ?? '', /not enough space/);
      assert.equal(row.state, 'waiting');
      const minutes = ((row.nextTry ?? 0) - Date.now()) / 60_000;
      assert.ok(minutes > 50 && minutes <= 60, `the next try is in ${minutes} minutes`);
    });
    await subject.isNotInCloud(file);
    await subject.retry();
    await subject.isInCloud(file);
  });

  it('name that another client made meanwhile stays two files where the cloud allows that', async () => {
    const file = await subject.file('small');
    const { cloud } = subject.house;
    const name = basename(file.path);
    const other = await cloud.addFile({ name, size: 1000 });
    await subject.copy(file);
    await settled(subject.house);
    const hashes = await Promise.all((await cloud.named(name)).map(({ id }) => cloud.hash({ id }, 'sha1')));
    assert.deepEqual(hashes.sort(), [file.sha1, await cloud.hash({ id: other.id }, 'sha1')].sort());
    assert.deepEqual(await cloud.bin(), []);
  });

  it('name that another client made meanwhile is told where the cloud refuses it, and a rename helps', async () => {
    const file = await subject.file('small');
    const { cloud } = subject.house;
    const name = basename(file.path);
    const other = await cloud.addFile({ name, size: 1000 });
    await subject.during({ 'same-name-conflict': {} }, async () => {
      await subject.copy(file);
      const row = await subject.owed((one) => one?.state === 'failed');
      assert.match(row?.reason ?? '', /the name exists already/);
      assert.deepEqual(
        (await cloud.named(name)).map(({ id }) => id),
        [other.id],
      );
      renameSync(subject.house.at(`/${name}`), subject.house.at('/renamed.mkv'));
      await settled(subject.house);
    });
    await subject.isInCloud(file, 'renamed.mkv');
    assert.deepEqual(
      (await cloud.named(name)).map(({ id }) => id),
      [other.id],
    );
  });
});

describe('close(2) that waits for the cloud', function () {
  this.timeout(90_000);
  let subject: FaultHouse;
  before(async () => {
    const drive = { close: 'sync' };
    subject = new FaultHouse(await House.open({ cloud: CLOUD, sections: SECTIONS, drive }));
  });
  afterEach(() => subject.tidyUp());
  after(() => subject.house.close());

  it('answers when the cloud has the file, also when the upload had to heal', async () => {
    const file = await subject.file('large');
    await subject.during({ 'oss-5xx': { match: 'partNumber=2', count: 1 } }, () => subject.copy(file));
    assert.equal((await subject.house.cloud.named(basename(file.path))).length, 1);
    await settled(subject.house);
    await subject.isInCloud(file);
  });

  const lasting = [
    ...LASTING,
    {
      ...{ name: 'the space is used up', kind: 'small' as const, errno: 'ENOSPC' },
      faults: { 'space-exhausted': {} },
    },
  ];
  for (const { name, kind, faults, errno } of lasting) {
    it(`is ${errno} when ${name}, and the bytes are kept`, async () => {
      const file = await subject.file(kind);
      await subject.during(faults, async () => {
        await assert.rejects(subject.copy(file), new RegExp(`errno\\.${errno}|${WORDS[errno] ?? errno}`));
      });
      await subject.isNotInCloud(file);
      await subject.retry();
      await subject.isInCloud(file);
    });
  }
});

/** As Python says them. */
const WORDS: Readonly<Record<string, string>> = {
  EINVAL: 'Invalid argument',
  EIO: 'Input/output error',
  ENOSPC: 'No space left on device',
};
