import type { MemoryOutage } from '../../../../src/drivers/memory/outages.js';
import type { CloudContents, ForeignWork } from './cloud-hand.js';
import type { FileSystem, PlainFileSystem } from './file-system.js';

/** Where a scene is played. */
export interface Stage {
  readonly files: FileSystem;
  /** The same, where it can be asked more. */
  readonly plain: PlainFileSystem | null;
  /** Times are multiples of so many nanoseconds. */
  readonly timeUnit: bigint;
  /** Lets time pass until the work has ended. */
  run<T>(work: Promise<T>): Promise<T>;
  /** Lets so many milliseconds pass. */
  wait(ms: number): Promise<void>;
  /** False when ours and theirs would quarrel; programs see it when this resolves. */
  foreign(work: ForeignWork): Promise<boolean>;
  outage(outage: MemoryOutage): Promise<void>;
  /** Everything ends and begins again, after a kill without what was not closed. */
  restart(how: 'restart' | 'kill', pick: number): Promise<void>;
  /** Resolves when the cloud is owed nothing. */
  idle(): Promise<void>;
  contents(): Promise<CloudContents>;
}
