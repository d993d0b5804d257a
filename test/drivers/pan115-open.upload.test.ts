import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { callOf } from '../fakes/calls.js';
import { RecordedContent, UploadCourse } from '../fakes/uploads.js';
import type { UploadContent } from '../../src/driver/writer.js';
import { expectedBytes } from '../clouds/house/content.js';
import type { FaultName, FaultSetting } from '../clouds/house/faults.js';
import { failureOf, MIB, TWO_PARTS, UploadBench } from './pan115-open-uploads.js';

/** Whatever strikes: the file is there afterwards, once, with its bytes. */
const HEALED: readonly (readonly [FaultName, FaultSetting, size: number])[] = [
  ['sts-expired', { count: 1, match: 'partNumber=2' }, TWO_PARTS],
  ['sts-expired', { count: 1 }, 1000],
  ['oss-skewed', { count: 1 }, 1000],
  ['oss-5xx', { count: 2, match: 'partNumber=1', value: 500 }, TWO_PARTS],
  ['oss-5xx', { count: 1, match: 'uploads' }, TWO_PARTS],
  ['oss-5xx', { count: 1, match: 'POST', skip: 1, value: 500 }, TWO_PARTS],
  ['oss-5xx', { count: 2 }, 1000],
  ['oss-5xx', { count: 1, value: 500 }, 1000],
  ['oss-reset', { count: 1, match: 'partNumber=2' }, TWO_PARTS],
  ['oss-reset', { count: 1 }, MIB],
  ['oss-lost-answer', { count: 1, match: 'partNumber=1' }, TWO_PARTS],
  ['oss-lost-answer', { count: 1, match: 'uploads' }, TWO_PARTS],
  ['oss-corrupt', { count: 1, match: 'partNumber=2' }, TWO_PARTS],
  ['oss-corrupt', { count: 1 }, 1000],
  ['upload-gone', { count: 1, match: 'partNumber=2' }, TWO_PARTS],
  ['upload-gone', { count: 1, match: 'POST' }, TWO_PARTS],
  ['complete-state-false', { count: 1 }, TWO_PARTS],
  ['complete-state-false', { count: 1 }, 1000],
  ['complete-lost-answer', { count: 1 }, TWO_PARTS],
  ['complete-lost-answer', { count: 1 }, 1000],
  ['callback-failed-203', { count: 1 }, TWO_PARTS],
  ['callback-failed-203', { count: 1 }, 1000],
  ['init-lost-answer', { count: 1 }, 1000],
  ['api-reset', { count: 1, match: '/open/upload/init' }, 1000],
  ['api-5xx', { count: 1, match: '/open/upload/init' }, 1000],
  ['api-error', { count: 1, match: '/open/upload/init', value: 990005 }, 1000],
  ['api-throttle-770004', { count: 1, match: '/open/upload/init' }, 1000],
  ['token-expired', { count: 1, match: '/open/upload/init' }, 1000],
  ['upload-data-array', {}, 1000],
  ['type-chaos', { match: '/open/upload' }, 1000],
];

describe('uploads to 115 Open under faults of the emulated cloud', function () {
  this.timeout(60_000);
  let bench: UploadBench;

  before(async () => {
    bench = await UploadBench.start();
  });
  after(() => bench.emulated.close());
  beforeEach(async () => {
    const { cloud } = bench.emulated;
    await cloud.expireStorageTokens();
    await bench.upload(bench.newName(), bench.content(10));
    await cloud.clearFigures();
    await cloud.clearStorageFigures();
  });
  afterEach(() => bench.emulated.cloud.clearFault());

  const callsOf = async (name: string): Promise<number> =>
    (await bench.emulated.cloud.figures()).calls.byName[name] ?? 0;

  for (const [fault, setting, size] of HEALED) {
    const where = `${setting.match === undefined ? '' : ` at ${setting.match}`}, ${size} bytes`;
    it(`make one file in spite of ${fault}${where}`, async () => {
      const course = new UploadCourse();
      await bench.uploadUnder(fault, setting, bench.content(size), course);
      assert.equal(course.sent.at(-1) ?? size, size);
    });
  }

  for (const [fault, setting] of [
    ['init-lost-answer', { count: 1 }],
    ['upload-challenge', {}],
    ['upload-wrong-challenge', { count: 1 }],
    ['upload-challenge-rounds', { value: 3 }],
  ] as const satisfies readonly (readonly [FaultName, FaultSetting])[]) {
    it(`send nothing of known bytes in spite of ${fault}`, async () => {
      const content = await bench.known(fault === 'init-lost-answer' ? 1000 : MIB);
      await bench.uploadUnder(fault, setting, content);
      assert.equal(await bench.received(), 0);
    });
  }

  it('make one file although the storage token ends and no new one is given at first', async () => {
    const { cloud } = bench.emulated;
    await cloud.fault('sts-expired', { count: 1, match: 'partNumber=2' });
    await bench.uploadUnder('token-refused', { count: 2 }, bench.content(TWO_PARTS));
    assert.equal(await callsOf('upload/get_token'), 3);
  });

  it('give up when right answers to challenges are never accepted', async () => {
    const { cloud } = bench.emulated;
    await cloud.fault('upload-wrong-challenge');
    const name = bench.newName();
    const error = await failureOf(bench.upload(name, await bench.known(MIB)));
    assert.deepEqual([error.errno, error.reason], ['EIO', 'refused']);
    assert.equal(await callsOf('upload/init'), 4);
    assert.deepEqual(await cloud.named(name), []);
  });

  it('send no byte of 5 GiB that the cloud knows, and read only what it wants proved', async () => {
    const spec = { kind: 'seeded', seed: 'a long film' } as const;
    const size = 5 * 1024 * MIB;
    const sha1 = 'AB'.repeat(20);
    await bench.emulated.cloud.makeKnown({ content: spec, size, sha1 });
    let read = 0;
    const content: UploadContent = {
      size,
      hashes: { sha1, headSha1: 'CD'.repeat(20), md5: 'EF'.repeat(16) },
      read: async ({ start, end }) => {
        read += end - start;
        return await expectedBytes(spec, start, end - start);
      },
    };
    const target = { directory: bench.folder, name: bench.newName() };
    const file = await bench.write.upload(target, content, new UploadCourse(), callOf('background'));
    assert.deepEqual([file.size, file.hash?.value], [size, sha1]);
    assert.equal(await bench.received(), 0);
    assert.ok(read > 0 && read < MIB, `${read} bytes were read`);
  });

  it('need one call for known bytes and for others, and share the token of the storage', async () => {
    for (let index = 0; index < 5; index += 1) {
      await bench.upload(bench.newName(), bench.content(1000));
      await bench.upload(bench.newName(), await bench.known(1000));
    }
    assert.equal(await callsOf('upload/init'), 10);
    assert.equal((await bench.emulated.cloud.figures()).calls.total, 10);
  });

  for (const size of [1000, 3 * MIB]) {
    it(`say that ${size} bytes are all sent before the cloud can make the file of them`, async () => {
      const { cloud } = bench.emulated;
      const [name, course] = [bench.newName(), new UploadCourse()];
      await cloud.fault('hold-answer', { count: 1, match: 'PUT ' });
      const upload = bench.upload(name, bench.content(size), course);
      while ((await cloud.held()).length === 0) await delay(5);
      assert.equal((await cloud.named(name)).length, 1);
      assert.equal(course.stages.at(-1), 'verify');
      await cloud.clearFault();
      await cloud.release();
      await upload;
    });
  }

  it('wait until the file of a lost answer would be listed, and find it', async () => {
    const { cloud } = bench.emulated;
    await cloud.fault('visibility-delay', { value: 9000 });
    await bench.uploadUnder('complete-lost-answer', { count: 1 }, bench.content(1000));
    assert.deepEqual((await cloud.storageFigures()).calls.byName, { object: 1 });
  });

  it('never take a file that was there before for theirs', async () => {
    const { cloud } = bench.emulated;
    const bytes = randomBytes(1000);
    const content = new RecordedContent(bytes);
    const name = bench.newName();
    const before = await cloud.addFile({
      parent: bench.folder.id,
      name,
      size: 1000,
      content: { kind: 'bytes', base64: Buffer.from(bytes).toString('base64') },
      created: (await cloud.now()) / 1000 - 60,
    });
    const first = await bench.upload(name, content);
    await cloud.fault('api-reset', { count: 1, match: '/open/upload/init' });
    const second = await bench.upload(name, content);
    assert.equal(new Set([before.id, first.id, second.id]).size, 3);
    assert.equal((await cloud.named(name)).length, 3);
  });

  it('reject with EIO when the cloud finds other bytes again and again', async () => {
    const { cloud } = bench.emulated;
    await cloud.fault('complete-state-false');
    const name = bench.newName();
    const error = await failureOf(bench.upload(name, bench.content(1000)));
    assert.equal(error.errno, 'EIO');
    assert.match(error.message, /校验文件失败/);
    assert.deepEqual(await cloud.named(name), []);
  });

  it('reject with ENOENT when the folder goes while the bytes are sent', async () => {
    const { cloud } = bench.emulated;
    const { id } = await cloud.addDirectory(bench.newName());
    const directory = { ...bench.folder, id };
    const course = new UploadCourse();
    course.admit = () => cloud.remove({ id });
    const uploaded = bench.write.upload(
      { directory, name: 'x' },
      bench.content(1000),
      course,
      callOf('background'),
    );
    assert.equal((await failureOf(uploaded)).errno, 'ENOENT');
  });

  it('reject with EEXIST where the cloud refuses a second file of the name', async () => {
    const name = bench.newName();
    await bench.upload(name, bench.content(10));
    await bench.emulated.cloud.fault('same-name-conflict');
    assert.equal((await failureOf(bench.upload(name, bench.content(20)))).errno, 'EEXIST');
  });

  it('remember that the cloud takes no empty files', async () => {
    const { cloud } = bench.emulated;
    assert.equal(bench.write.emptyFiles, true);
    await cloud.fault('empty-file-refused');
    const name = bench.newName();
    const error = await failureOf(bench.upload(name, new RecordedContent(new Uint8Array())));
    assert.equal(error.errno, 'EINVAL');
    assert.equal(bench.write.emptyFiles, false);
  });

  it('tell the name that the cloud gave the file', async () => {
    await bench.emulated.cloud.fault('name-changed');
    const file = await bench.upload('upload.bin', bench.content(1000));
    assert.equal(file.name, 'upload.bi..');
  });
});

describe('uploads to a storage of 115 Open that falls silent', function () {
  this.timeout(60_000);
  let bench: UploadBench;

  before(async () => {
    // A minute of silence in a second and a half.
    bench = await UploadBench.start({ hasty: 1 / 40 });
  });
  after(() => bench.emulated.close());

  for (const [fault, setting] of [
    ['oss-stall', { count: 1, value: 1000 }],
    ['oss-hang', { count: 1 }],
  ] as const satisfies readonly (readonly [FaultName, FaultSetting])[]) {
    it(`go on after ${fault}`, async () => {
      await bench.uploadUnder(fault, setting, bench.content(8 * MIB));
    });
  }
});

describe('uploads to a storage of 115 Open that has a name', function () {
  this.timeout(60_000);

  it('name the bucket in the host', async () => {
    const bench = await UploadBench.start({ namedStorage: true });
    try {
      for (const size of [1000, TWO_PARTS]) {
        const [name, content] = [bench.newName(), bench.content(size)];
        await bench.isOnly(name, await bench.upload(name, content), content);
      }
      const hosts = (await bench.emulated.cloud.log()).flatMap(({ method, host }) =>
        method === 'PUT' ? [host.replace(/:\d+$/, '')] : [],
      );
      assert.deepEqual([...new Set(hosts)], ['fhnfile.oss.localhost']);
    } finally {
      await bench.emulated.close();
    }
  });
});
