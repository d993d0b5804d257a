import type { Call } from '../lib/call.js';
import type { MadeOutput, MadeProgress, MadeRow } from '../lib/copy-protocol.js';
import type { Clock } from '../lib/env.js';
import { type FsError, toFsError } from '../lib/errors.js';
import { type MakingOptions, Makings, type OnStage } from './making.js';
import type { SourceEntry, SourceFile } from './source-file.js';
import type { TargetFolder } from './target-folder.js';

/** How often whoever waits hears how far it is, in milliseconds. */
const REPORT = 200;
/** Failures in a row of which each alone might pass. */
const MOST_FAILURES = 3;

export interface MakingRunParts {
  readonly clock: Clock;
  readonly target: TargetFolder;
  /** Told now and then. */
  readonly onProgress: (event: MadeProgress) => void;
  /** A file is there: as `outcome` says. What it rejects with counts as a failure of that file. */
  readonly onMade?: (source: SourceFile, row: MadeRow) => Promise<void>;
}

/** Makes many files, one after the other. What one of them fails with is told of it, and the others go on. */
export class MakingRun {
  readonly #parts: MakingRunParts;
  readonly #makings: Makings;
  readonly #dryRun: boolean;
  readonly #rows: MadeRow[] = [];
  #total = { files: 0, bytes: 0 };
  #done = { files: 0, bytes: 0 };
  #failures = 0;
  #stopped: FsError | null = null;
  #reported = Number.NEGATIVE_INFINITY;

  constructor(parts: MakingRunParts, options: MakingOptions) {
    this.#parts = parts;
    this.#makings = new Makings(parts.clock, parts.target, options);
    this.#dryRun = options.dryRun;
  }

  /** Rejects only on abort, with the signal's reason. */
  async run(entries: readonly SourceEntry[], call: Call): Promise<MadeOutput> {
    const sizes = entries.flatMap((entry) => (entry.kind === 'file' ? [entry.file.size] : []));
    this.#total = { files: sizes.length, bytes: sizes.reduce((sum, size) => sum + size, 0) };
    if (!this.#dryRun) await this.#makeDirectories(entries, call);
    for (const entry of entries) {
      if (this.#stopped !== null) break;
      if (entry.kind === 'file') await this.#makeFile(entry.file, call);
      else if (entry.kind === 'other') {
        const { from, path, why } = entry;
        this.#rows.push(this.#row(from, path, null, { outcome: 'skipped', message: why }));
      }
    }
    return this.#output();
  }

  /** All are asked for before the first is waited for: the cloud makes them together. */
  async #makeDirectories(entries: readonly SourceEntry[], call: Call): Promise<void> {
    for (const entry of entries) {
      const path = entry.kind === 'directory' ? entry.path : parentOf(entry);
      try {
        await this.#parts.target.makeDirectory(path, call);
      } catch (thrown) {
        call.signal.throwIfAborted();
        // Each file that should lie in it tells of it; a folder without files does by itself.
        if (entry.kind === 'directory') this.#rows.push(this.#failed(entry.from, path, null, thrown));
      }
    }
  }

  async #makeFile(source: SourceFile, call: Call): Promise<void> {
    const onStage: OnStage = (stage, done) => this.#report(stage, source, done);
    let row: MadeRow;
    try {
      const made = await this.#makings.make(source, source.path, onStage, call);
      row = this.#row(source.from, source.path, source.size, made);
      await this.#parts.onMade?.(source, row);
      this.#failures = 0;
    } catch (thrown) {
      call.signal.throwIfAborted();
      row = this.#failed(source.from, source.path, source.size, thrown);
      this.#judge(toFsError(thrown));
    }
    this.#rows.push(row);
    this.#done = { files: this.#done.files + 1, bytes: this.#done.bytes + source.size };
  }

  /** Some failures will not spare the next file. */
  #judge(error: FsError): void {
    const { reason, errno } = error;
    this.#failures = reason === 'network' ? this.#failures + 1 : 0;
    const isFinal = reason === 'login' || reason === 'throttle' || errno === 'EDQUOT' || errno === 'ENOSPC';
    if (isFinal || this.#failures >= MOST_FAILURES) this.#stopped = error;
  }

  #report(stage: MadeProgress['stage'], { from, size }: SourceFile, done: number): void {
    const now = this.#parts.clock.monotonic();
    if (now - this.#reported < REPORT) return;
    this.#reported = now;
    const { files, bytes } = this.#total;
    const behind = { filesDone: this.#done.files, bytesDone: this.#done.bytes };
    this.#parts.onProgress({ stage, path: from, size, done, files, bytes, ...behind });
  }

  #row(from: string, path: string, size: number | null, made: Partial<MadeRow>): MadeRow {
    return {
      ...{ from, to: this.#parts.target.shown(path), kind: 'file', size, outcome: 'failed' },
      ...{ sent: 0, proved: 0, readBack: null, errno: null, message: null },
      ...made,
    };
  }

  #failed(from: string, path: string, size: number | null, thrown: unknown): MadeRow {
    const { errno, message } = toFsError(thrown);
    return this.#row(from, path, size, { outcome: 'failed', errno, message });
  }

  #output(): MadeOutput {
    const sum = (key: 'sent' | 'proved'): number => this.#rows.reduce((total, row) => total + row[key], 0);
    return {
      files: this.#rows,
      sent: sum('sent'),
      proved: sum('proved'),
      readBack: this.#makings.readBack,
      stopped: this.#stopped === null ? null : stopOf(this.#stopped),
    };
  }
}

/** Why a run ended early, as the socket tells it. */
export function stopOf({ errno, reason, message }: FsError): NonNullable<MadeOutput['stopped']> {
  return { errno, reason, message };
}

function parentOf(entry: SourceEntry): string {
  const path = entry.kind === 'file' ? entry.file.path : entry.path;
  return path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : '';
}
