import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import type { Driver } from '../../../src/driver/driver.js';
import type { DirectoryEntry, Entry, FileEntry } from '../../../src/driver/entry.js';
import type { Call } from '../../../src/lib/call.js';
import type { DriverWriter } from '../../../src/driver/writer.js';
import { callOf } from '../../fakes/calls.js';
import { inBatches } from './entries.js';
import type { ConformanceSubject, LosableWork, Need, OptionalVerb, Seed, Undo } from './subject.js';

const OPTIONAL_VERBS: readonly OptionalVerb[] = ['write', 'rapid', 'copy', 'trash', 'offline'];

/** One sentence of the port's contract, put to the test. */
export interface Check {
  /** Quoted by the comment in src/driver that makes the promise. */
  readonly name: string;
  /** Left out for subjects that say they lack any of these. */
  readonly needs?: readonly Need[];
  readonly run: (place: Place) => Promise<void>;
}

/** Where a check works: a connected drive, and a folder of its own in it. */
export class Place {
  readonly subject: ConformanceSubject;
  readonly driver: Driver;
  readonly folder: DirectoryEntry;
  #serial = 0;

  constructor(subject: ConformanceSubject, driver: Driver, folder: DirectoryEntry) {
    this.subject = subject;
    this.driver = driver;
    this.folder = folder;
  }

  /** Puts entries into a directory (the folder by default); resolves with their ids once listings may show them. */
  async seed(seeds: readonly Seed[], directory = this.folder): Promise<readonly string[]> {
    const ids = await this.subject.add(directory.id, seeds);
    await passListingLag(this.subject, this.driver);
    return ids;
  }

  /** A new file in the folder, as the driver lists it. */
  async file(size: number, name = 'film.mkv'): Promise<FileEntry> {
    const entry = await this.#seedOne({ kind: 'file', name, size });
    assert.equal(entry.kind, 'file');
    return entry;
  }

  /** A new directory in the folder, as the driver lists it. */
  async directory(name = 'series'): Promise<DirectoryEntry> {
    const entry = await this.#seedOne({ kind: 'directory', name });
    assert.equal(entry.kind, 'directory');
    return entry;
  }

  /** The verbs that change the drive. */
  get write(): DriverWriter {
    assert.ok(this.driver.write !== undefined, 'the driver cannot write');
    return this.driver.write;
  }

  /** Removes entries of one directory, as many at once as the driver takes. */
  async remove(entries: readonly Entry[]): Promise<void> {
    await inBatches(entries, this.write.batch, (batch) => this.write.remove(batch, callOf()));
  }

  /** The same drive as another process would have it. */
  another(): Driver {
    return this.subject.account.drive(this.subject.root);
  }

  /** Bytes that the cloud has never seen. */
  bytes(size: number): Uint8Array {
    this.#serial += 1;
    return createHash('shake256', { outputLength: size })
      .update(`${this.folder.id} ${this.#serial}`)
      .digest();
  }

  /** Lets the answer to this work be lost while `body` runs. */
  async losingAnswer(work: LosableWork, body: () => Promise<void>): Promise<void> {
    await this.during(this.subject.loseAnswer?.bind(null, work), body);
  }

  /** All children that the driver lists once the listing lag of what was done is over. */
  async shown(directory = this.folder): Promise<readonly Entry[]> {
    await passListingLag(this.subject, this.driver);
    return await this.list(directory);
  }

  /** All children that the driver lists, duplicates kept. */
  async list(directory = this.folder, call: Call = callOf()): Promise<readonly Entry[]> {
    return await listed(this.driver, directory, call);
  }

  /** The listed child with this id. */
  async child(id: string, directory = this.folder): Promise<Entry> {
    return childOf(await this.list(directory), id);
  }

  /** Uses an ability of the subject while `body` runs. */
  async during(begin: (() => Promise<Undo>) | undefined, body: () => Promise<void>): Promise<void> {
    assert.ok(begin !== undefined, 'the subject lacks this ability but does not say so');
    const undo = await begin();
    try {
      await body();
    } finally {
      await undo();
    }
  }

  /** Runs `body` while the cloud refuses the login; afterwards a person has logged in again. */
  async withoutLogin(body: () => Promise<void>): Promise<void> {
    try {
      await this.during(this.subject.loseLogin, body);
    } finally {
      await this.subject.account.reload();
    }
  }

  async #seedOne(seed: Seed): Promise<Entry> {
    const [id] = await this.seed([seed]);
    assert.ok(id !== undefined);
    return await this.child(id);
  }
}

/** Runs one check in a new folder. */
export async function runCheck(check: Check, subject: ConformanceSubject): Promise<void> {
  const driver = subject.account.drive(subject.root);
  for (const need of check.needs ?? []) {
    assert.ok(!isLacking(need, subject, driver), `${need} is lacking, and nobody says so`);
  }
  const root = await driver.connect(callOf());
  const [id = ''] = await subject.add(root.id, [{ kind: 'directory', name: check.name }]);
  await passListingLag(subject, driver);
  const folder = childOf(await listed(driver, root, callOf()), id);
  assert.equal(folder.kind, 'directory');
  await check.run(new Place(subject, driver, folder));
}

/** Whether neither the subject nor its driver has this. */
export function isLacking(need: Need, subject: ConformanceSubject, driver: Driver): boolean {
  return (isOptionalVerb(need) ? driver[need] : subject[need]) === undefined;
}

function isOptionalVerb(need: Need): need is OptionalVerb {
  return OPTIONAL_VERBS.some((verb) => verb === need);
}

async function listed(driver: Driver, directory: DirectoryEntry, call: Call): Promise<readonly Entry[]> {
  const entries: Entry[] = [];
  for await (const page of driver.list(directory, call)) entries.push(...page);
  return entries;
}

function childOf(entries: readonly Entry[], id: string): Entry {
  const entry = entries.find((candidate) => candidate.id === id);
  assert.ok(entry !== undefined, `${id} is not listed`);
  return entry;
}

async function passListingLag(subject: ConformanceSubject, driver: Driver): Promise<void> {
  if (driver.facts.listingLag === 0) return;
  assert.ok(subject.advance !== undefined, 'a subject with a listing lag must be able to advance');
  await subject.advance(driver.facts.listingLag);
}
