import { MultiBar, type SingleBar } from 'cli-progress';
import type { OfflineTaskRow } from '../../lib/offline-protocol.js';
import { formatSize } from '../../lib/quantity.js';
import { isRunning, nameOf } from './list.js';

/** Steps of a bar: what a cloud tells is a share. */
const STEPS = 1000;

/** Bars on a terminal. */
export interface OfflineBars {
  readonly show: (rows: readonly OfflineTaskRow[]) => void;
  /** Leaves no trace. */
  end(): void;
}

/** A bar for each download that runs. */
export function startOfflineBars(stream: NodeJS.WritableStream): OfflineBars {
  const bars = new MultiBar({
    ...{ format: '{bar} {percentage}%  {state}  {text}', stream, clearOnComplete: true, hideCursor: true },
    ...{ barsize: 24, fps: 5, barCompleteChar: '█', barIncompleteChar: '░' },
  });
  const shown = new Map<string, SingleBar>();
  return {
    show(rows) {
      for (const row of rows) showTask(bars, shown, row);
    },
    end: () => bars.stop(),
  };
}

function showTask(bars: MultiBar, shown: Map<string, SingleBar>, row: OfflineTaskRow): void {
  const key = `${row.account} ${row.id}`;
  const known = shown.get(key);
  if (!isRunning(row)) {
    if (known !== undefined) bars.remove(known);
    shown.delete(key);
    return;
  }
  const bar = known ?? bars.create(STEPS, 0, {});
  shown.set(key, bar);
  const text = `${row.size === null ? '' : `${formatSize(row.size)}  `}${nameOf(row)}`;
  bar.update(Math.floor(STEPS * row.progress), { state: row.state.padEnd(7), text });
}
