import type { Finding } from '../lib/doctor-protocol.js';
import type { DriveStatus } from '../lib/protocol.js';
import { formatDuration } from '../lib/quantity.js';
import { findingsOf } from './findings.js';

const { ok, warn, fail } = findingsOf('drive');

/** What the drives of a running daemon tell. */
export function checkDrives(drives: readonly DriveStatus[], now: number): readonly Finding[] {
  return drives.flatMap((drive) => {
    const troubles = troublesOf(drive, now);
    return troubles.length > 0 ? troubles : [ok(drive.name, `${drive.entries} entries are known`)];
  });
}

function troublesOf(drive: DriveStatus, now: number): readonly Finding[] {
  const { name, lastError, readOnlyBecause, transfers } = drive;
  const look = 'panfuse transfers says more';
  return [
    ...(lastError === null
      ? []
      : [warn(name, `${lastError.message} (${formatDuration(Math.max(0, now - lastError.at))} ago)`)]),
    ...(readOnlyBecause === null ? [] : [fail(name, `it can only be read: ${readOnlyBecause}`)]),
    ...(transfers === null || transfers.failed === 0
      ? []
      : [warn(name, `uploads that failed: ${transfers.failed}`, `${look}; then panfuse transfers retry`)]),
    ...(transfers === null || transfers.drafts === 0
      ? []
      : [warn(name, `drafts that no program closed: ${transfers.drafts}`, look)]),
    ...(transfers?.reason === undefined || transfers.reason === null
      ? []
      : [warn(name, `uploads wait: ${transfers.reason}`, look)]),
  ];
}
