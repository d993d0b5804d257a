import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MemoryCloud } from '../../../../src/drivers/memory/cloud.js';
import type { MemoryOutage } from '../../../../src/drivers/memory/outages.js';
import { MemoryTransport } from '../../../../src/drivers/memory/transport.js';
import type { Env } from '../../../../src/lib/env.js';
import { Bandwidth } from '../../../../src/upload/queue/bandwidth.js';
import { Vfs } from '../../../../src/vfs/vfs.js';
import { FakeClock } from '../../../fakes/fake-clock.js';
import { FakeLogger, SeededRandom } from '../../../fakes/fake-env.js';
import { openWritingEngine, type WritingEngine } from '../../../fakes/writing-engine.js';
import { type CloudContents, CloudHand, type ForeignWork } from './cloud-hand.js';
import type { DiskActivity } from './disk-activity.js';
import type { PlainFileSystem } from './file-system.js';
import type { Stage } from './stage.js';
import type { Scene } from './steps.js';
import { VfsFileSystem } from './vfs-file-system.js';

/** Where the state of a run lies: in memory, where that is offered. */
const STATE = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();
const OWNER = { uid: 1000, gid: 1000, umask: 0o022 };
/** In the clock's time. */
const LONGEST_WAIT = 48 * 3_600_000;
/** Looks that find nobody waiting for the clock. */
const MOST_IDLE = 3000;
/** Mostly, what the cloud has done is settled after so long. */
const SETTLING = 21_000;
/** By then an unlinked file that is open is recorded as removed. */
const UNLINKED = 300;
/** A kill loses what was listed within so many milliseconds. */
const LISTINGS_WRITTEN = 1500;
/** What the cloud has done is forgotten by then. */
const SETTLED = 60_000;

/** Between two restarts. */
interface Life {
  readonly engine: WritingEngine;
  readonly vfs: Vfs;
  readonly files: VfsFileSystem;
}

/** A Vfs on everything real but the cloud, the disk that it is on and the time. */
export class VfsWorld implements Stage {
  readonly timeUnit = 1_000_000_007n;
  readonly #activity: DiskActivity;
  readonly #state = mkdtempSync(join(STATE, 'panfuse-model-'));
  readonly #clock: FakeClock;
  readonly #env: Env & { readonly log: FakeLogger };
  readonly #cloud: MemoryCloud;
  readonly #transport: MemoryTransport;
  readonly #hand: CloudHand;
  #life: Life | null = null;

  private constructor(activity: DiskActivity, { listingLag }: Scene) {
    this.#activity = activity;
    this.#clock = new FakeClock(undefined, () => activity.rest());
    const random = new SeededRandom();
    this.#env = { clock: this.#clock, random, log: new FakeLogger(), checkpoint: () => Promise.resolve() };
    this.#cloud = new MemoryCloud(this.#env, { latency: 40, partSize: 4096, listingLag });
    this.#transport = new MemoryTransport(this.#cloud);
    this.#hand = new CloudHand(
      this.#cloud,
      () => this.#now.engine.tree,
      async ({ id }) =>
        (await this.#now.engine.journal.changes('films')).some(({ entry }) => entry.id === id),
    );
  }

  static async open(activity: DiskActivity, scene: Scene): Promise<VfsWorld> {
    const world = new VfsWorld(activity, scene);
    await world.run(world.#begin());
    return world;
  }

  get files(): PlainFileSystem {
    return this.#now.files;
  }

  get plain(): PlainFileSystem {
    return this.#now.files;
  }

  async run<T>(work: Promise<T>): Promise<T> {
    const left = new Set([work]);
    const over = (): boolean => left.delete(work);
    void work.then(over, over);
    const until = this.#clock.monotonic() + LONGEST_WAIT;
    await this.#activity.rest();
    for (let idle = 0; left.size > 0;) {
      idle = (await this.#clock.next()) ? 0 : idle + 1;
      // A database that is being opened is not seen.
      if (idle > 0) await new Promise((resolve) => setTimeout(resolve, 1));
      if (idle > MOST_IDLE) throw new Error('it waits for nothing, for ever');
      if (this.#clock.monotonic() > until) throw new Error('it waits for days');
    }
    return await work;
  }

  async wait(ms: number): Promise<void> {
    await this.#clock.advance(ms);
  }

  async foreign(work: ForeignWork): Promise<boolean> {
    const { listingLag } = this.#cloud.settings;
    await this.#clock.sleep(2 * listingLag + SETTLING);
    if (this.#now.engine.isOwing() || !(await this.#hand.work(work))) return false;
    await this.#clock.sleep(listingLag);
    await this.#hand.show(work, this.#clock);
    await this.#clock.sleep(LISTINGS_WRITTEN);
    return true;
  }

  outage(outage: MemoryOutage): Promise<void> {
    this.#hand.begin(outage);
    return Promise.resolve();
  }

  async restart(how: 'restart' | 'kill', pick: number): Promise<void> {
    const { engine, vfs } = this.#now;
    const before = this.#errors;
    if (how === 'kill') {
      await this.wait(UNLINKED);
      await engine.cut();
      // What is under way in the cloud ends there, and nobody hears of it.
      if (pick % 2 === 0) await this.wait(50);
    }
    await this.run(vfs.close());
    await this.run(engine.close());
    if (how === 'kill') this.#forgive(before);
    await this.run(this.#begin());
    const { transfers } = this.#now.engine.writes;
    for (const { id } of transfers.status().drafts) await this.run(transfers.drop(id));
  }

  async idle(): Promise<void> {
    await this.wait(UNLINKED);
    await this.run(this.#now.engine.writes.idle(new AbortController().signal));
  }

  async contents(): Promise<CloudContents> {
    await this.wait(this.#cloud.settings.listingLag);
    return this.#hand.contents();
  }

  /** Nothing is owed, nothing was left behind. */
  async finish(): Promise<void> {
    const { engine, vfs } = this.#now;
    await this.wait(SETTLED);
    const { files, drafts, changes } = engine.writes.transfers.status();
    assert.deepEqual(
      { files, drafts, refused: changes.refused, waiting: changes.waiting },
      {
        ...{ files: [], drafts: [], refused: [], waiting: [] },
      },
    );
    assert.deepEqual(await engine.journal.files('films'), []);
    assert.deepEqual(await engine.journal.changes('films'), []);
    assert.deepEqual(readdirSync(join(this.#state, 'spool', 'films')), [], 'spool files were left behind');
    assert.equal(this.#cloud.links.open, 0, 'connections were left behind');
    assert.equal(vfs.openFiles().length, 0);
    await this.run(vfs.close());
    await this.run(engine.close());
    this.#life = null;
    assert.equal(this.#clock.waiting, 0, 'a timer was left behind');
    assert.equal(
      this.#errors,
      0,
      JSON.stringify(this.#env.log.lines.filter(({ level }) => level === 'error')),
    );
  }

  /** Ends what is left of a scene that has failed: the failure is what counts, whatever else goes wrong. */
  async dispose(): Promise<void> {
    const life = this.#life;
    this.#life = null;
    if (life !== null) await Promise.allSettled([this.run(life.vfs.close()), this.run(life.engine.close())]);
    rmSync(this.#state, { recursive: true, force: true });
  }

  get #now(): Life {
    if (this.#life === null) throw new Error('nothing has begun');
    return this.#life;
  }

  async #begin(): Promise<void> {
    const bandwidth = new Bandwidth(this.#clock);
    const parts = { cloud: this.#cloud, transport: this.#transport, bandwidth, state: this.#state };
    const engine = await openWritingEngine(this.#env, parts);
    const vfs = new Vfs(this.#env, { kind: 'drive', drive: engine.drive }, OWNER);
    this.#life = { engine, vfs, files: new VfsFileSystem(vfs) };
  }

  get #errors(): number {
    return this.#env.log.lines.filter(({ level }) => level === 'error').length;
  }

  /** A process that was killed logs nothing. */
  #forgive(before: number): void {
    const { lines } = this.#env.log;
    let seen = 0;
    const kept = lines.filter(({ level }) => level !== 'error' || (seen += 1) <= before);
    lines.splice(0, lines.length, ...kept);
  }
}
