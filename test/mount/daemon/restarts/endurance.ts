import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { run } from '../../programs.js';
import type { House } from '../house.js';
import { ReaderProcess } from '../reader-process.js';
import { resourcesOf } from '../resources.js';
import { mountsBelow } from '../watchdog.js';
import type { CloudFiles } from './cloud-files.js';
import { Dice } from './dice.js';
import { takeTurns } from './fault-turns.js';
import type { ReaderReport, ReaderTask } from './restless-reader.js';
import type { RunRecord } from './run-record.js';
import { FOLDER } from './soak-files.js';

export interface EnduranceOptions {
  readonly seed: number;
  readonly readers: number;
  readonly seconds: number;
  readonly restarts: number;
  /** Bytes of the longest read. */
  readonly longest: number;
}

/** Milliseconds between two kills at least. */
const LEAST_UP = 3000;
/** Milliseconds within which a reader ends its last read. */
const PATIENCE = 60_000;
const SAMPLE = 250;

/** A time in which a house lives through readers, faults, replaced files and crashes. */
export class Endurance {
  readonly #house: House;
  readonly #files: CloudFiles;
  readonly #record: RunRecord;
  readonly #options: EnduranceOptions;
  readonly #end = new AbortController();
  #resident = 0;
  #pagesDropped = 0;

  constructor(house: House, files: CloudFiles, record: RunRecord, options: EnduranceOptions) {
    this.#house = house;
    this.#files = files;
    this.#record = record;
    this.#options = options;
  }

  /** The most bytes that a daemon had resident. */
  get resident(): number {
    return this.#resident;
  }

  /** How often the kernel was made to forget the pages of a file. */
  get pagesDropped(): number {
    return this.#pagesDropped;
  }

  /** Resolves with what the readers report when time is over and every restart was made. */
  async run(): Promise<readonly ReaderReport[]> {
    const readers = this.#startReaders();
    try {
      await this.#disturb();
      for (const reader of readers) reader.end();
      return await this.#reports(readers);
    } finally {
      for (const reader of readers) reader.kill();
    }
  }

  async #disturb(): Promise<void> {
    const { signal } = this.#end;
    const record = this.#record;
    const crashing = this.#crash().finally(() => this.#end.abort());
    const faults = takeTurns(this.#house.cloud, { dice: this.#dice('faults'), record, end: signal });
    await Promise.all([crashing, faults, this.#replace(), this.#dropPages(), this.#watch()]);
  }

  #startReaders(): readonly ReaderProcess<ReaderReport>[] {
    const { readers, seed, longest } = this.#options;
    const files = this.#files.files.map(({ versions }, file) => ({ path: this.#path(file), versions }));
    return Array.from({ length: readers }, (_none, reader) => {
      const task: ReaderTask = { files, seed, reader, longest };
      return new ReaderProcess<ReaderReport>('restarts/restless-reader.ts', task, 1);
    });
  }

  async #reports(readers: readonly ReaderProcess<ReaderReport>[]): Promise<readonly ReaderReport[]> {
    const patience = new AbortController();
    const tooLong = delay(PATIENCE, undefined, { signal: patience.signal }).then(() => {
      throw new Error(`a reader did not end within ${PATIENCE / 1000} s:\n${this.#house.daemon.output}`);
    });
    const reports = Promise.all(readers.map(({ report }) => report)).finally(() => patience.abort());
    return await Promise.race([reports, tooLong]);
  }

  /** Kills the daemon at random moments that are spread over the time. */
  async #crash(): Promise<void> {
    const dice = this.#dice('crashes');
    const { seconds, restarts } = this.#options;
    const start = performance.now();
    for (let count = 0; count < restarts; count += 1) {
      const left = start + seconds * 1000 - performance.now();
      const mean = Math.max(LEAST_UP, left / (restarts - count));
      await delay(dice.between(LEAST_UP, 2 * mean - LEAST_UP));
      this.#record.killed();
      await this.#house.daemon.kill();
      await delay(dice.pick(0, dice.between(0, 500)));
      await this.#house.start();
      this.#record.mounted();
      assert.equal(mountsBelow(this.#house.folder).length, 1, 'the dead mount is still there');
    }
    await delay(Math.max(LEAST_UP, start + seconds * 1000 - performance.now()));
  }

  async #replace(): Promise<void> {
    const dice = this.#dice('replacements');
    while (!this.#end.signal.aborted) {
      await delay(dice.between(1000, 4000));
      const changeable = this.#files.changeable;
      const file = changeable[dice.below(changeable.length)];
      if (file !== undefined) {
        this.#record.replacing(file);
        await this.#files.replace(file);
      }
      await delay(dice.between(0, 1000));
      await this.#refresh();
    }
  }

  async #refresh(): Promise<void> {
    const { versions } = this.#files;
    const began = Date.now();
    try {
      await this.#house.refresh(`/${FOLDER}`);
      // An answer may still arrive from one that is dead by now.
      if (!this.#record.wasDown(began)) this.#record.refreshed(versions);
    } catch (error) {
      if (!this.#record.wasDown(began)) throw error;
    }
  }

  async #dropPages(): Promise<void> {
    const dice = this.#dice('pages');
    while (!this.#end.signal.aborted) {
      const path = this.#path(dice.below(this.#files.files.length));
      const { code } = await run('dd', `if=${path}`, 'iflag=nocache', 'count=0', 'status=none');
      if (code === 0) this.#pagesDropped += 1;
      await delay(dice.between(0, 400));
    }
  }

  async #watch(): Promise<void> {
    while (!this.#end.signal.aborted) {
      this.#sample();
      await delay(SAMPLE);
    }
  }

  #sample(): void {
    const began = Date.now();
    try {
      this.#resident = Math.max(this.#resident, resourcesOf(this.#house.daemon.pid).resident);
    } catch (error) {
      if (!this.#record.wasDown(began)) throw error;
    }
  }

  #path(file: number): string {
    return this.#house.at(`/${FOLDER}/${this.#files.files[file]?.name ?? ''}`);
  }

  #dice(part: string): Dice {
    return new Dice(this.#options.seed, part);
  }
}
