import assert from 'node:assert/strict';
import {
  driveTransfers,
  transfersProgress,
  transfersSummary,
} from '../../../../src/daemon/transfers/status.js';
import type { TransfersStatus, TransferStatus } from '../../../../src/upload/transfers-status.js';

const FILE: TransferStatus = {
  ...{ id: 'local-1', path: '/a', size: 100, sent: 0, state: 'waiting', activity: 'waiting' },
  ...{ attempts: 0, reason: null, nextTry: null, closedAt: 0 },
};

function statusOf(
  files: readonly Partial<TransferStatus>[],
  rest: Partial<TransfersStatus> = {},
): TransfersStatus {
  return {
    ...{ drive: 'films', paused: false, drafts: [], spool: { used: 0 } },
    changes: { waiting: [], reason: null, refused: [] },
    ...rest,
    files: files.map((file) => ({ ...FILE, ...file })),
  };
}

describe('transfer status', () => {
  it('says of a file under way what is done for it, whatever its row says', () => {
    const files = [
      { state: 'rapid', activity: 'hashing' },
      { state: 'closed', activity: 'waiting' },
    ] as const;
    const { files: rows } = driveTransfers('main', statusOf(files));
    assert.deepEqual(
      rows.map(({ state }) => state),
      ['hashing', 'waiting'],
    );
  });

  it('has failed for what waits for a person, and waiting for what is tried again', () => {
    const files = [
      { state: 'failed', reason: 'refused' },
      { state: 'failed', reason: 'full', nextTry: 3_600_000 },
    ] as const;
    const { failed, files: owed, reason } = transfersSummary(statusOf(files));
    assert.deepEqual([failed, owed, reason], [1, 1, 'full']);
  });

  it('counts only what reaches the cloud by itself', () => {
    const files = [
      { state: 'parts', activity: 'parts', sent: 40 },
      { state: 'writing' },
      { state: 'local' },
      { state: 'paused' },
    ] as const;
    const { files: owed, bytes, sent, local } = transfersSummary(statusOf(files));
    assert.deepEqual([owed, bytes, sent, local], [2, 200, 40, 1]);
  });

  it('tells who waits why nothing moves: trouble before a pause, and nothing when nothing is owed', () => {
    const paused = { paused: true };
    const refused = { kind: 'makeDirectory', path: '/a', reason: 'no such name' } as const;
    const reasons = [
      [statusOf([{}], paused)],
      [statusOf([{ state: 'paused' }])],
      [statusOf([{ reason: 'no network' }], paused)],
      [statusOf([], paused)],
      [statusOf([]), statusOf([], { changes: { waiting: [], reason: 'no login', refused: [] } })],
      [statusOf([], { changes: { waiting: [refused], reason: null, refused: [] } })],
    ].map((drives) => transfersProgress(drives).reason);
    const words = 'uploads are paused: panfuse transfers resume';
    assert.deepEqual(reasons, [words, words, 'no network', null, 'no login', 'no such name']);
  });

  it('shows the files under way one by one, not those that wait', () => {
    const files = [{ id: 'local-1' }, { id: 'local-2', state: 'parts', activity: 'parts' }] as const;
    const { active, files: owed } = transfersProgress([statusOf(files)]);
    assert.deepEqual([active.map(({ id, drive }) => [id, drive]), owed], [[['local-2', 'films']], 2]);
  });
});
