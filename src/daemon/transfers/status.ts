import type {
  DriveTransfers,
  TransferRow,
  TransfersProgress,
  TransfersSummary,
  TransferState,
} from '../../lib/protocol.js';
import type { TransfersStatus, TransferStatus } from '../../upload/transfers-status.js';

/** Files that are shown one by one while somebody waits. */
const SHOWN = 16;
const PAUSED = 'uploads are paused: panfuse transfers resume';

/** What programs are told of one drive's transfers. */
export function driveTransfers(account: string, status: TransfersStatus): DriveTransfers {
  const { drive, paused, files, drafts, changes } = status;
  return {
    ...{ drive, account, paused, drafts },
    files: files.map(transferRow),
    changes: changes.waiting,
    changesWaitBecause: changes.reason,
    refused: changes.refused,
  };
}

/** The same in numbers. */
export function transfersSummary({ paused, files, drafts, changes }: TransfersStatus): TransfersSummary {
  const rows = files.map(transferRow);
  const owed = rows.filter(({ state }) => isOwed(state));
  return {
    ...totals(owed),
    failed: rows.filter(({ state }) => state === 'failed').length,
    drafts: drafts.length,
    local: rows.filter(({ state }) => state === 'local').length,
    changes: changes.waiting.length,
    refused: changes.refused.length,
    paused,
    reason: reasonOf(owed, changes),
  };
}

/** How far the transfers of some drives are. */
export function transfersProgress(drives: readonly TransfersStatus[]): TransfersProgress {
  const rows = drives.flatMap(({ drive, files }) => files.map((file) => ({ ...transferRow(file), drive })));
  const owed = rows.filter(({ state }) => isOwed(state));
  const isPaused = drives.some(({ paused }) => paused) || owed.some(({ state }) => state === 'paused');
  const [trouble = null] = drives.map(({ changes }) => reasonOf(owed, changes)).filter((why) => why !== null);
  return {
    ...totals(owed),
    changes: drives.reduce((sum, { changes }) => sum + changes.waiting.length, 0),
    active: owed.filter(({ state }) => state !== 'waiting' && state !== 'paused').slice(0, SHOWN),
    reason: trouble ?? (isPaused && owed.length > 0 ? PAUSED : null),
  };
}

function transferRow(file: TransferStatus): TransferRow {
  const { id, path, size, sent, attempts, reason, nextTry, closedAt } = file;
  return { id, path, size, sent, state: stateOf(file), attempts, reason, nextTry, closedAt };
}

function stateOf({ state, activity, nextTry }: TransferStatus): TransferState {
  if (state === 'failed') return nextTry === null ? 'failed' : 'waiting';
  const isUnderWay = state !== 'writing' && state !== 'paused' && state !== 'waiting' && state !== 'local';
  return isUnderWay ? activity : state;
}

function isOwed(state: TransferState): boolean {
  return state !== 'writing' && state !== 'local' && state !== 'failed';
}

function totals(rows: readonly TransferRow[]): Pick<TransfersSummary, 'files' | 'bytes' | 'sent'> {
  return {
    files: rows.length,
    bytes: rows.reduce((sum, { size }) => sum + size, 0),
    sent: rows.reduce((sum, { sent }) => sum + sent, 0),
  };
}

function reasonOf(rows: readonly TransferRow[], changes: TransfersStatus['changes']): string | null {
  const [said = null] = [...rows, changes, ...changes.waiting]
    .map(({ reason }) => reason)
    .filter((reason) => reason !== null);
  return said;
}
