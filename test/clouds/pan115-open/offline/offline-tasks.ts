import { ROOT, type Drive } from '../../house/drive.js';
import { folderAt } from '../../house/subtree.js';

/** A file that a task brings, its path below the target folder. */
export interface OfflineFile {
  readonly path: string;
  readonly size: number;
}

/** A download that the cloud does by itself. Times in ms of the cloud's clock. */
export interface OfflineTask {
  /** Lower-case hex. */
  readonly infoHash: string;
  readonly url: string;
  readonly name: string;
  readonly folder: string;
  readonly files: readonly OfflineFile[];
  readonly added: number;
  readonly duration: number;
  readonly fate: 'done' | 'failed' | 'stuck';
  /** The file or folder it made; null until then. */
  result: string | null;
}

export interface OfflineState {
  readonly tasks: readonly OfflineTask[];
  readonly used: number;
}

/** -1 failed, 0 allocating, 1 downloading, 2 done. */
export interface OfflineProgress {
  readonly status: -1 | 0 | 1 | 2;
  readonly percent: number;
  /** When it was last seen to move, ms. */
  readonly updated: number;
}

/** Part of the time in which a task is only being prepared. */
const ALLOCATING = 0.1;

/** Offline tasks of an account, and how many were ever added. */
export class OfflineTasks {
  #tasks: OfflineTask[] = [];
  #used = 0;

  get used(): number {
    return this.#used;
  }

  save(): OfflineState {
    return { tasks: this.#tasks, used: this.#used };
  }

  load(state: OfflineState): void {
    this.#tasks = state.tasks.map((task) => ({ ...task }));
    this.#used = state.used;
  }

  /** Newest first. */
  list(): readonly OfflineTask[] {
    return this.#tasks;
  }

  find(infoHash: string): OfflineTask | null {
    return this.#tasks.find((task) => task.infoHash === infoHash) ?? null;
  }

  add(task: Omit<OfflineTask, 'result'>): void {
    this.#tasks.unshift({ ...task, result: null });
    this.#used += 1;
  }

  remove(tasks: readonly OfflineTask[]): void {
    this.#tasks = this.#tasks.filter((task) => !tasks.includes(task));
  }

  /** Makes the files of the tasks whose time is over. */
  settle(drive: Drive, now: number): void {
    for (const task of this.#tasks) {
      const over = task.fate === 'done' && task.result === null && now >= task.added + task.duration;
      if (over) task.result = deliver(drive, task);
    }
  }
}

export function progressOf(task: OfflineTask, now: number): OfflineProgress {
  const { added, duration, fate } = task;
  const share = duration === 0 ? 1 : Math.min(1, (now - added) / duration);
  const updated = Math.min(now, added + duration);
  if (share >= 1 && fate === 'done') return { status: 2, percent: 100, updated };
  if (share >= 1 && fate === 'failed') return { status: -1, percent: 50, updated };
  const percent = Math.min(99, Math.floor(share * 100));
  return { status: share < ALLOCATING ? 0 : 1, percent, updated };
}

/** Into the target folder, or the root when that is gone. Answers the file, or the folder around several. */
function deliver(drive: Drive, task: OfflineTask): string {
  const created = Math.floor((task.added + task.duration) / 1000);
  const target = drive.isDirectory(task.folder) ? task.folder : ROOT;
  const tops = task.files.map(({ path, size }) => {
    const names = path.split('/');
    const folder = folderAt(drive, target, names.slice(0, -1), () => ({ created }));
    const content = { kind: 'seeded', seed: `${task.infoHash} ${path}` } as const;
    const file = drive.addFile(folder, names.at(-1) ?? path, { size, content, created });
    return [file, ...drive.ancestors(file)].find((item) => item.parent === target)?.id;
  });
  return tops[0] ?? '';
}
