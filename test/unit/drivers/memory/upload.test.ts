import assert from 'node:assert/strict';
import { MemoryCloud } from '../../../../src/drivers/memory/cloud.js';
import { bytesContent, patternContent, readContent } from '../../../../src/drivers/memory/content.js';
import { MemoryDriver } from '../../../../src/drivers/memory/driver.js';
import type { MemoryCloudOptions } from '../../../../src/drivers/memory/options.js';
import { ROOT_ID } from '../../../../src/drivers/memory/tree.js';
import type { UploadTarget } from '../../../../src/driver/writer.js';
import { callOf } from '../../../fakes/calls.js';
import { type FakeEnv, fakeEnv } from '../../../fakes/fake-env.js';
import { RecordedContent, UploadCourse } from '../../../fakes/uploads.js';

const PART = 1000;
const SIZE = 3500;

interface Bench {
  readonly env: FakeEnv;
  readonly cloud: MemoryCloud;
  readonly driver: MemoryDriver;
  readonly target: UploadTarget;
  readonly content: RecordedContent;
}

function bench(options: MemoryCloudOptions = {}): Bench {
  const env = fakeEnv();
  const cloud = new MemoryCloud(env, { partSize: PART, ...options });
  const directory = cloud.addDirectory(ROOT_ID, 'directory');
  const bytes = readContent(patternContent(1, SIZE), { start: 0, end: SIZE });
  const target = { directory, name: 'film.mkv' };
  return {
    env,
    cloud,
    driver: new MemoryDriver(cloud, ROOT_ID),
    target,
    content: new RecordedContent(bytes),
  };
}

async function upload({ driver, target, content }: Bench, course = new UploadCourse()): Promise<string> {
  return (await driver.write.upload(target, content, course, callOf('background'))).id;
}

function files({ cloud, target }: Bench): number {
  return cloud.page(target.directory.id, null)?.objects.length ?? 0;
}

describe('MemoryUpload', () => {
  it('sends a file part by part', async () => {
    const here = bench();
    const course = new UploadCourse();
    const id = await upload(here, course);
    assert.equal(here.cloud.gate.calls('part'), 4);
    assert.deepEqual(course.sent, [0, 1000, 2000, 3000, 3500]);
    assert.equal(here.cloud.content(id).size, SIZE);
  });

  it('goes on behind the last part that was confirmed when the line is cut', async () => {
    const here = bench();
    here.cloud.gate.outages.begin({ call: 'part', kind: 'cut', skip: 2 });
    const course = new UploadCourse();
    await assert.rejects(upload(here, course), { errno: 'EIO', reason: 'network' });
    assert.equal(here.cloud.uploads.unfinishedParts, 2);
    const resumed = course.resumed();
    await upload(here, resumed);
    assert.deepEqual(resumed.sent, [2000, 3000, 3500]);
    assert.equal(resumed.admitted, 1500);
    assert.equal(here.cloud.uploads.unfinishedParts, 0);
  });

  it('sends a part again whose answer was lost', async () => {
    const here = bench();
    here.cloud.gate.outages.begin({ call: 'part', kind: 'lost', skip: 2 });
    const course = new UploadCourse();
    await assert.rejects(upload(here, course), { reason: 'network' });
    assert.equal(here.cloud.uploads.unfinishedParts, 3);
    await upload(here, course.resumed());
    assert.equal(files(here), 1);
  });

  it('starts anew when the cloud has forgotten the parts', async () => {
    const here = bench();
    here.cloud.gate.outages.begin({ call: 'part', kind: 'cut', skip: 2 });
    const course = new UploadCourse();
    await assert.rejects(upload(here, course));
    here.cloud.uploads.forgetUnfinished();
    const resumed = course.resumed();
    await upload(here, resumed);
    assert.equal(resumed.admitted, SIZE);
  });

  it('makes no file of bytes that have another hash, and none of what is left of them', async () => {
    const here = bench();
    const course = new UploadCourse();
    const damaged = new RecordedContent(new Uint8Array(SIZE));
    const lying = { size: SIZE, hashes: here.content.hashes, read: damaged.read.bind(damaged) };
    const { write } = here.driver;
    await assert.rejects(write.upload(here.target, lying, course, callOf()), {
      errno: 'EIO',
      reason: 'refused',
    });
    assert.equal(files(here), 0);
    assert.equal(here.cloud.uploads.unfinishedParts, 0);
    await upload(here, course.resumed());
    assert.equal(files(here), 1);
  });

  it('makes a file again that somebody removed after its answer was lost', async () => {
    const here = bench();
    here.cloud.gate.outages.begin({ call: 'complete', kind: 'lost' });
    const course = new UploadCourse();
    await assert.rejects(upload(here, course));
    const [object] = here.cloud.page(here.target.directory.id, null)?.objects ?? [];
    here.cloud.remove(object?.entry.id ?? '');
    assert.notEqual(await upload(here, course.resumed()), object?.entry.id);
    assert.equal(files(here), 1);
  });

  it('takes its time on a slow line and ends at once when it is aborted', async () => {
    const here = bench({ uploadRate: 100 });
    const abort = new AbortController();
    const course = new UploadCourse();
    const call = callOf('background', abort.signal);
    const outcome = here.driver.write.upload(here.target, here.content, course, call);
    const rejected = assert.rejects(outcome, /not wanted/);
    await here.env.clock.advance(15_000);
    assert.equal(course.sent.at(-1), 1000);
    abort.abort(new Error('not wanted'));
    await rejected;
  });

  it('proves known bytes as often as it is asked, and is refused with a wrong proof', async () => {
    const here = bench({ challenges: 3 });
    here.cloud.makeKnown(patternContent(1, SIZE));
    await upload(here);
    assert.equal(here.content.reads.length, 3);
    assert.equal(here.cloud.gate.calls('part'), 0);
    const other = new RecordedContent(new Uint8Array(SIZE));
    const lying = { size: SIZE, hashes: here.content.hashes, read: other.read.bind(other) };
    await assert.rejects(here.driver.rapid.create(here.target, lying, callOf()), { reason: 'refused' });
  });

  it('gives up on a cloud that wants proofs without end', async () => {
    const here = bench({ challenges: 1000 });
    here.cloud.makeKnown(patternContent(1, SIZE));
    await assert.rejects(upload(here), { errno: 'EIO', reason: 'reply' });
  });

  it('tells what name the cloud gave the file', async () => {
    const here = bench({ amendName: (name) => name.replaceAll('film', 'movie') });
    const { write } = here.driver;
    const file = await write.upload(here.target, here.content, new UploadCourse(), callOf());
    assert.equal(file.name, 'movie.mkv');
    const directory = await write.makeDirectory(here.target.directory, 'films', callOf());
    assert.equal(directory.name, 'movies');
    assert.equal((await write.makeDirectory(here.target.directory, 'films', callOf())).id, directory.id);
  });
});

describe('MemoryUploads', () => {
  it('takes parts only in order, and only those that it has when it makes the file', () => {
    const { cloud, target, content } = bench();
    const { directory, name } = target;
    const { sha1 } = content.hashes;
    const request = { key: 'k', directoryId: directory.id, name, size: SIZE, sha1 };
    assert.throws(() => cloud.uploads.addPart('k', 0, new Uint8Array(1)), { errno: 'ENOENT' });
    assert.deepEqual(cloud.uploads.announce(request, null), { kind: 'parts', received: 0 });
    assert.throws(() => cloud.uploads.addPart('k', 1, new Uint8Array(1)), { errno: 'EINVAL' });
    cloud.uploads.addPart('k', 0, new Uint8Array(1));
    assert.throws(() => cloud.uploads.complete('k', ['other']), { errno: 'EINVAL' });
  });

  it('knows what was uploaded once, also after it was destroyed', async () => {
    const here = bench();
    here.cloud.remove(await upload(here));
    const again = new UploadCourse();
    await upload(here, again);
    assert.equal(again.admitted, 0);
  });
});

describe('MemoryCloud', () => {
  it('counts what is in the recycle bin until it is destroyed', async () => {
    const { cloud, driver, target } = bench({ total: SIZE });
    cloud.addFile(target.directory.id, 'a', bytesContent(new Uint8Array(SIZE)));
    cloud.discard(target.directory.id);
    assert.equal(cloud.space().used, SIZE);
    assert.throws(() => cloud.requireSpace(1), { errno: 'ENOSPC' });
    await driver.trash.purge(null, callOf());
    assert.equal(cloud.space().used, 0);
  });

  it('gives nothing back into a directory that is gone', async () => {
    const { cloud, driver, target } = bench();
    const { id } = cloud.addFile(target.directory.id, 'a', bytesContent(new Uint8Array(1)));
    cloud.discard(id);
    cloud.discard(target.directory.id);
    const [file, directory] = cloud.bin.entries();
    assert.ok(file !== undefined && directory !== undefined);
    await assert.rejects(driver.trash.restore([file], callOf()), { errno: 'ENOENT' });
    await driver.trash.restore([directory, file], callOf());
    assert.equal(cloud.entry(id)?.parentId, target.directory.id);
  });

  it('copies a directory once, also into itself one floor up', async () => {
    const { cloud, driver, target } = bench();
    const inner = cloud.addDirectory(target.directory.id, 'inner');
    await driver.copy.copy([inner], target.directory, callOf());
    assert.equal(cloud.page(target.directory.id, null)?.objects.length, 2);
    await assert.rejects(driver.copy.copy([target.directory], inner, callOf()), { errno: 'EINVAL' });
  });
});
