import type { OfflineOutcome, OfflineQuota } from '../../driver/offline.js';
import type { OfflineAdded, OfflineQuotaRow, OfflineTaskRow } from '../../lib/offline-protocol.js';
import type { DrivePath } from './folders.js';
import type { KnownTask } from './seen.js';

const STALLED = 'it has not moved for a day and may never end: retry or remove it';

/** A task as people see it; `place` is where its folder is shown. */
export function taskRow(account: string, known: KnownTask, place: DrivePath | null): OfflineTaskRow {
  const { task, asked, isStalled } = known;
  const { id, name, size, state, progress, addedAt, movedAt } = task;
  return {
    ...{ id, account, drive: place?.drive ?? null, path: place?.path ?? null, name },
    link: task.link ?? asked?.link ?? null,
    ...{ size, state, progress, addedAt, movedAt },
    reason: task.reason ?? (isStalled ? STALLED : null),
  };
}

/** What became of a link, for people. */
export function addedRow(link: string, outcome: OfflineOutcome): OfflineAdded {
  if (outcome.kind === 'refused') {
    const { errno, message } = outcome.error;
    return { link, outcome: 'refused', id: null, errno, message };
  }
  const kind = outcome.kind === 'added' ? 'added' : 'exists';
  return { link, outcome: kind, id: outcome.id, errno: null, message: null };
}

export function quotaRow(account: string, quota: OfflineQuota | null): OfflineQuotaRow {
  return {
    account,
    total: quota?.total ?? null,
    used: quota?.used ?? null,
    left: quota?.left ?? null,
    packages: quota?.packages ?? [],
  };
}
