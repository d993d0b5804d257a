import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import type { Driver } from '../../src/driver/driver.js';
import type { DirectoryEntry, Entry, FileEntry } from '../../src/driver/entry.js';
import type { DriverWriter } from '../../src/driver/writer.js';
import { FsError } from '../../src/lib/errors.js';
import type { FaultName, FaultSetting } from '../clouds/house/faults.js';
import { callOf } from '../fakes/calls.js';
import { RecordedContent, UploadCourse } from '../fakes/uploads.js';
import { type EmulatedAccount, emulatedAccount, type EmulationOptions } from './pan115-open-subject.js';

export const MIB = 1024 ** 2;

/** Sent in two parts, of 20 MiB and of 1. */
export const TWO_PARTS = 21 * MIB;

/** An upload on the emulated cloud: where to, and what of it is to be seen afterwards. */
export class UploadBench {
  readonly emulated: EmulatedAccount;
  readonly folder: DirectoryEntry;
  readonly driver: Driver;
  #serial = 0;

  private constructor(emulated: EmulatedAccount, driver: Driver, folder: DirectoryEntry) {
    this.emulated = emulated;
    this.driver = driver;
    this.folder = folder;
  }

  /** Waits take no time. */
  static async start(options: EmulationOptions = {}): Promise<UploadBench> {
    const breaker = { first: '30ms', max: '100ms' };
    const emulated = await emulatedAccount({ breaker }, { hasty: 1, ...options });
    const { id } = await emulated.cloud.addDirectory('uploads');
    const driver = emulated.account.drive(id);
    return new UploadBench(emulated, driver, await driver.connect(callOf()));
  }

  get write(): DriverWriter {
    return writerOf(this.driver);
  }

  /** The drive as another process would have it. */
  another(): Driver {
    return this.emulated.another().drive(this.folder.id);
  }

  newName(): string {
    this.#serial += 1;
    return `文件 ${this.#serial}.bin`;
  }

  /** Bytes that the cloud has never seen. */
  content(size: number): RecordedContent {
    return new RecordedContent(randomBytes(size));
  }

  /** Bytes that the cloud knows. */
  async known(size: number): Promise<RecordedContent> {
    const bytes = randomBytes(size);
    const content = { kind: 'bytes', base64: bytes.toString('base64') } as const;
    await this.emulated.cloud.makeKnown({ content, size });
    return new RecordedContent(bytes);
  }

  async upload(
    name: string,
    content: RecordedContent,
    course = new UploadCourse(),
    write = this.write,
  ): Promise<FileEntry> {
    return await write.upload({ directory: this.folder, name }, content, course, callOf('background'));
  }

  /** Uploads while the fault is on, which must strike; the file must be there once, with these bytes. */
  async uploadUnder(
    fault: FaultName,
    setting: FaultSetting,
    content: RecordedContent,
    course = new UploadCourse(),
  ): Promise<FileEntry> {
    const { cloud } = this.emulated;
    const before = await cloud.fired(fault);
    await cloud.fault(fault, setting);
    const name = this.newName();
    const file = await this.upload(name, content, course);
    assert.ok((await cloud.fired(fault)) > before, `${fault} was never met`);
    await cloud.clearFault();
    await this.isOnly(name, file, content);
    return file;
  }

  /** Exactly one file of the name, the one that was answered, with exactly these bytes. */
  async isOnly(name: string, file: FileEntry, content: RecordedContent): Promise<void> {
    const { cloud } = this.emulated;
    assert.deepEqual(
      (await cloud.named(name)).map(({ id }) => id),
      [file.id],
    );
    assert.equal(await cloud.hash({ id: file.id }, 'sha1'), content.hashes.sha1);
    assert.deepEqual([file.size, file.hash?.value], [content.size, content.hashes.sha1]);
    assert.equal(file.parentId, this.folder.id);
  }

  /** Bytes that the storage took since the figures were cleared. */
  async received(): Promise<number> {
    return (await this.emulated.cloud.storageFigures()).bytesReceived;
  }

  async list(): Promise<readonly Entry[]> {
    const entries: Entry[] = [];
    for await (const page of this.driver.list(this.folder, callOf())) entries.push(...page);
    return entries;
  }
}

export function writerOf(driver: Driver): DriverWriter {
  assert.ok(driver.write !== undefined);
  return driver.write;
}

/** What the work rejects with, which must be an FsError. */
export async function failureOf(work: Promise<unknown>): Promise<FsError> {
  const error = await work.then(
    () => assert.fail('did not reject'),
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof FsError, String(error));
  return error;
}
