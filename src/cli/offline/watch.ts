import type { OfflineTaskRow } from '../../lib/offline-protocol.js';
import { describeTasks, isRunning, nameOf, ofDrive } from './list.js';
import { startOfflineBars } from './bars.js';
import { startProgress } from '../progress.js';
import type { Action, Session } from '../session.js';
import { countOf } from '../words.js';

/** Names in one line. */
const NAMES_SHOWN = 3;

/** `panfuse offline list --watch`: until nothing is downloaded any more. */
export function watchOffline(drive: string | undefined): Action {
  return async (session) => {
    const display = displayOf(session);
    const control = await session.control();
    const rows = await control
      .call('POST /v1/offline/watch', ofDrive(drive), { signal: session.signal, onProgress: display.show })
      .finally(() => display.end());
    session.output.result(rows, describeTasks(rows, session.output));
  };
}

/** How far all are, in one line. */
export function describeRunning(rows: readonly OfflineTaskRow[]): string {
  const running = rows.filter(isRunning);
  if (running.length === 0) return 'nothing runs';
  const named = running.slice(0, NAMES_SHOWN).map((row) => `${nameOf(row)} ${percentOf(row)}`);
  const more = running.length - named.length;
  return `${countOf(running.length, 'download')}: ${named.join(', ')}${more > 0 ? `, and ${more} more` : ''}`;
}

interface Display {
  readonly show: (rows: readonly OfflineTaskRow[]) => void;
  end(): void;
}

function displayOf({ output, terminal }: Session): Display {
  if (output.json) return { show: (progress) => output.result({ progress }, ''), end: () => undefined };
  if (terminal.live !== null) return startOfflineBars(terminal.live);
  const line = startProgress(terminal);
  return { show: (rows) => line.update(describeRunning(rows)), end: () => line.end() };
}

function percentOf({ progress }: OfflineTaskRow): string {
  return `${Math.floor(100 * progress)}%`;
}
