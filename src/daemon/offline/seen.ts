import type { OfflineTask } from '../../driver/offline.js';
import type { Clock } from '../../lib/env.js';
import type { AskedTask, AskedTasks } from './rows.js';

/** A cloud may leave a task running for ever: what has not moved for so long is looked at no more. */
const STALLED = 86_400_000;

/** A list that changes while it is read may leave a task out: so often must it be missing to be gone. */
const MISSES = 2;

/** A task with what is known of it here. */
export interface KnownTask {
  readonly task: OfflineTask;
  /** Null when it was asked for elsewhere. */
  readonly asked: AskedTask | null;
  /** It runs, and has not moved for a day. */
  readonly isStalled: boolean;
}

/** A task that ran and does no more. */
export interface SeenChange {
  readonly task: OfflineTask;
  readonly asked: AskedTask | null;
}

interface Seen {
  readonly task: OfflineTask;
  /** When it was seen to move, as the cloud says or as it was seen here. */
  readonly movedAt: number;
}

/** The tasks of an account as they were seen last. */
export class SeenTasks {
  readonly #clock: Clock;
  readonly #asked: AskedTasks;
  readonly #seen = new Map<string, Seen>();
  /** Begun here, and not seen yet. */
  readonly #expected = new Set<string>();
  /** How often in a row those that were asked about were not found. */
  readonly #misses = new Map<string, number>();

  constructor(clock: Clock, asked: AskedTasks) {
    this.#clock = clock;
    this.#asked = asked;
  }

  /** Tasks to look at again: those that run, and those asked for whose end was not seen. */
  get running(): readonly string[] {
    const seen = [...this.#seen.values()].filter((one) => isActive(one.task) && !this.#isStalled(one));
    const unseen = this.#asked.all.flatMap(({ id, state }) =>
      id !== null && state === 'open' && !this.#seen.has(id) ? [id] : [],
    );
    return [...new Set([...seen.map(({ task }) => task.id), ...unseen, ...this.#expected])];
  }

  get askedIds(): readonly string[] {
    return this.#asked.all.flatMap(({ id }) => (id === null ? [] : [id]));
  }

  get last(): readonly OfflineTask[] {
    return [...this.#seen.values()].map(({ task }) => task);
  }

  known(tasks: readonly OfflineTask[]): readonly KnownTask[] {
    return tasks.map((task) => {
      const seen = this.#seen.get(task.id);
      return {
        task,
        asked: this.#asked.get(task.id) ?? null,
        isStalled: seen !== undefined && isActive(task) && this.#isStalled(seen),
      };
    });
  }

  /** Takes over how tasks are now. Answers those whose end nobody has seen yet. */
  observe(tasks: readonly OfflineTask[]): readonly SeenChange[] {
    return tasks.flatMap((task) => {
      const before = this.#seen.get(task.id);
      const asked = this.#asked.get(task.id) ?? null;
      this.#seen.set(task.id, { task, movedAt: this.#movedAt(task, before) });
      this.#misses.delete(task.id);
      const isExpected = this.#expected.delete(task.id) || asked?.state === 'open';
      const ran = before === undefined ? isExpected : isActive(before.task);
      return ran && !isActive(task) ? [{ task, asked }] : [];
    });
  }

  /** Of those that were asked about, those that are gone for certain. */
  missing(ids: readonly string[], found: readonly OfflineTask[]): readonly string[] {
    const there = new Set(found.map(({ id }) => id));
    return ids.filter((id) => {
      if (there.has(id)) return false;
      const misses = (this.#misses.get(id) ?? 0) + 1;
      this.#misses.set(id, misses);
      return misses >= MISSES;
    });
  }

  /** It begins anew: what was seen of it counts no more. */
  expect(id: string): void {
    this.forget(id);
    this.#expected.add(id);
  }

  forget(id: string): void {
    this.#seen.delete(id);
    this.#expected.delete(id);
    this.#misses.delete(id);
  }

  #movedAt(task: OfflineTask, before: Seen | undefined): number {
    if (before === undefined) return task.movedAt ?? task.addedAt ?? this.#clock.now();
    const moved = before.task.progress !== task.progress || before.task.state !== task.state;
    return moved ? this.#clock.now() : before.movedAt;
  }

  #isStalled({ movedAt }: Seen): boolean {
    return this.#clock.now() - movedAt >= STALLED;
  }
}

function isActive({ state }: OfflineTask): boolean {
  return state === 'waiting' || state === 'running';
}
