import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { callOf } from '../fakes/calls.js';
import { type RecordedContent, UploadCourse } from '../fakes/uploads.js';
import { MIB, TWO_PARTS, UploadBench, writerOf } from './pan115-open-uploads.js';

const FIRST_PART = 20 * MIB;

/** In the address of a completion, and of no part. */
const COMPLETION = '?uploadId=';

/** An upload whose process dies; what it saved is left behind. */
class DyingUpload {
  readonly name: string;
  readonly content: RecordedContent;
  readonly course = new UploadCourse();
  readonly #bench: UploadBench;
  readonly #death = new AbortController();
  #end: Promise<void> | null = null;

  constructor(bench: UploadBench, content: RecordedContent) {
    this.#bench = bench;
    this.name = bench.newName();
    this.content = content;
  }

  begin(): void {
    const call = callOf('background', this.#death.signal);
    const target = { directory: this.#bench.folder, name: this.name };
    // Another process has another memory: nothing that this one learned is left.
    const { write } = this.#bench.another();
    assert.ok(write !== undefined);
    this.#end = write.upload(target, this.content, this.course, call).then(
      () => assert.fail('it was not to end'),
      (error: unknown) => assert.equal(error, this.#death.signal.reason),
    );
  }

  async die(): Promise<void> {
    this.#death.abort(new Error('killed'));
    await this.#end;
  }

  /** Dies once the cloud has so many bytes. */
  async dieAfter(bytes: number): Promise<void> {
    const arrived = new Promise<void>((resolve) => {
      this.course.onSent = (sent) => {
        if (sent >= bytes) this.#death.abort(new Error('killed'));
        if (sent >= bytes) resolve();
      };
    });
    this.begin();
    await arrived;
    await this.#end;
  }

  /** Dies while the cloud holds a request, or its answer. */
  async dieWhileHeld(fault: 'hold-answer' | 'hold-request', match: string): Promise<void> {
    const { cloud } = this.#bench.emulated;
    await cloud.fault(fault, { count: 1, match });
    this.begin();
    while ((await cloud.held()).length === 0) await delay(5);
    await this.die();
    await cloud.clearFault(fault);
    await cloud.release();
  }

  /** A new process goes on; the file must be there once. Answers the bytes that it sent. */
  async revive(): Promise<number> {
    const { cloud } = this.#bench.emulated;
    await cloud.clearStorageFigures();
    const course = this.course.resumed();
    const writer = writerOf(this.#bench.another());
    const file = await this.#bench.upload(this.name, this.content, course, writer);
    await this.#bench.isOnly(this.name, file, this.content);
    return await this.#bench.received();
  }
}

describe('uploads to 115 Open that another process goes on with', function () {
  this.timeout(60_000);
  let bench: UploadBench;

  before(async () => {
    bench = await UploadBench.start();
  });
  after(() => bench.emulated.close());
  afterEach(async () => {
    await bench.emulated.cloud.clearFault();
    await bench.emulated.cloud.release();
  });

  const dying = (size = TWO_PARTS): DyingUpload => new DyingUpload(bench, bench.content(size));

  it('send only what the storage does not have', async () => {
    const upload = dying();
    await upload.dieAfter(FIRST_PART);
    assert.equal(await upload.revive(), TWO_PARTS - FIRST_PART);
  });

  it('take a part whose checkpoint was not saved for sent, after comparing it', async () => {
    const upload = dying();
    await upload.dieWhileHeld('hold-answer', 'partNumber=1');
    assert.equal(await upload.revive(), TWO_PARTS - FIRST_PART);
  });

  it('begin anew when the storage holds a part that is none of theirs', async () => {
    const upload = dying();
    const { cloud } = bench.emulated;
    await cloud.fault('oss-corrupt', { count: 1, match: 'partNumber=1' });
    await upload.dieWhileHeld('hold-answer', 'partNumber=1');
    assert.equal(await upload.revive(), TWO_PARTS);
  });

  it('find the file when they died before the answer to the completion', async () => {
    const upload = dying();
    await upload.dieWhileHeld('hold-answer', COMPLETION);
    assert.equal(await upload.revive(), 0);
  });

  for (const size of [TWO_PARTS, 1000]) {
    it(`send nothing again when 115 had made the file of ${size} bytes`, async () => {
      const upload = dying(size);
      const { cloud } = bench.emulated;
      // The answer is lost, and they die while they look for the file.
      await cloud.fault('complete-lost-answer', { count: 1 });
      await cloud.fault('visibility-delay', { count: 1, value: 5000 });
      await upload.dieWhileHeld('hold-request', '/open/ufile/files');
      assert.equal(await upload.revive(), 0);
    });
  }

  it('complete when they died before the completion was carried out', async () => {
    const upload = dying();
    await upload.dieWhileHeld('hold-request', COMPLETION);
    assert.equal(await upload.revive(), 0);
  });

  it('make one file when they died before they heard that the bytes are known', async () => {
    const upload = new DyingUpload(bench, await bench.known(1000));
    await upload.dieWhileHeld('hold-answer', '/open/upload/init');
    assert.equal(await upload.revive(), 0);
  });

  it('make a file when they died before the cloud was asked', async () => {
    const upload = dying(1000);
    await upload.dieWhileHeld('hold-request', '/open/upload/init');
    assert.equal(await upload.revive(), 1000);
  });

  it('begin anew when the storage has forgotten the parts', async () => {
    const upload = dying();
    await upload.dieAfter(FIRST_PART);
    await bench.emulated.cloud.dropMultipartUploads();
    assert.equal(await upload.revive(), TWO_PARTS);
  });

  it('begin anew when 115 knows nothing of the upload any more', async () => {
    const upload = dying();
    await upload.dieAfter(FIRST_PART);
    await bench.emulated.cloud.fault('resume-refused');
    assert.equal(await upload.revive(), TWO_PARTS);
  });

  it('begin anew when the checkpoint makes no sense', async () => {
    const upload = dying(1000);
    await upload.course.save({ version: 1, sha1: upload.content.hashes.sha1, state: { step: 'sending' } });
    assert.equal(await upload.revive(), 1000);
  });

  it('go on with new credentials after the old ones have ended', async () => {
    const upload = dying();
    await upload.dieAfter(FIRST_PART);
    await bench.emulated.cloud.expireStorageTokens();
    assert.equal(await upload.revive(), TWO_PARTS - FIRST_PART);
  });
});
