import type { DriveStatus, TransfersSummary } from '../../lib/protocol.js';
import { gauge, type Sample, type Series } from './series.js';

/** What is known of the drives, and what their clouds are owed. */
export const DRIVE_SERIES: readonly Series[] = [
  ofDrives('directories', 'Folders that are known', ({ directories }) => directories),
  ofDrives('entries', 'Files and folders that are known', ({ entries }) => entries),
  ofDrives('space_bytes', 'Space of the account', ({ space }) => space?.total ?? null),
  ofDrives('space_used_bytes', 'Space of the account that is in use', ({ space }) => space?.used ?? null),
  {
    name: 'transfers',
    kind: 'gauge',
    help: 'Files that the cloud does not have: owed, failed (a person decides), draft (never closed), local (stay here)',
    labels: ['drive', 'state'],
    read: ({ status }) => status.drives.flatMap(statesOf),
  },
  ofTransfers('transfer_bytes', 'Bytes of the files that are owed', ({ bytes }) => bytes),
  ofTransfers('transfer_sent_bytes', 'Those of them that are in the cloud', ({ sent }) => sent),
  {
    name: 'uploads_total',
    kind: 'counter',
    help: 'Uploads by what became of them: done, failed (a person decides), waits (that try is to be repeated)',
    labels: ['drive', 'outcome'],
    read: ({ uploads }) =>
      uploads.flatMap(({ drive, done, failed, waits }) =>
        Object.entries({ done, failed, waits }).map(([outcome, value]) => ({
          labels: { drive, outcome },
          value,
        })),
      ),
  },
  {
    name: 'uploaded_bytes_total',
    kind: 'counter',
    help: 'Bytes of uploads that are done, those included that the cloud knew',
    labels: ['drive'],
    read: ({ uploads }) => uploads.map(({ drive, bytes }) => ({ labels: { drive }, value: bytes })),
  },
  ofTransfers(
    'changes',
    'Removals, moves, names and folders that the cloud is owed',
    ({ changes }) => changes,
  ),
  ofTransfers('uploads_paused', '1 while uploads of the account are paused', ({ paused }) => Number(paused)),
  gauge('spool_bytes', 'Bytes that wait on this machine for the clouds', ({ status }) => status.spool.used),
  gauge('spool_limit_bytes', 'The most that these may become', ({ status }) => status.spool.limit),
];

function ofDrives(name: string, help: string, read: (drive: DriveStatus) => number | null): Series {
  return {
    ...{ name, kind: 'gauge', help, labels: ['drive'] },
    read: ({ status }) =>
      status.drives.flatMap((drive) => {
        const value = read(drive);
        return value === null ? [] : [{ labels: { drive: drive.name }, value }];
      }),
  };
}

function ofTransfers(name: string, help: string, read: (transfers: TransfersSummary) => number): Series {
  return ofDrives(name, help, ({ transfers }) => (transfers === null ? null : read(transfers)));
}

function statesOf({ name, transfers }: DriveStatus): readonly Sample[] {
  if (transfers === null) return [];
  const { files, failed, drafts, local } = transfers;
  return Object.entries({ owed: files, failed, draft: drafts, local }).map(([state, value]) => ({
    labels: { drive: name, state },
    value,
  }));
}
