import { MultiBar, type SingleBar } from 'cli-progress';
import type { TransfersProgress } from '../../lib/protocol.js';
import { formatSize } from '../../lib/quantity.js';
import { describeTransfersProgress, stateWord } from './list.js';

const FORMAT = '{bar} {percentage}%  {state}  {text}';

/** Bars on a terminal. */
export interface TransferBars {
  readonly show: (event: TransfersProgress) => void;
  /** Leaves no trace. */
  end(): void;
}

/** A line for all, and a bar for each file that is under way. */
export function startTransferBars(stream: NodeJS.WritableStream): TransferBars {
  const bars = new MultiBar({
    ...{ format: FORMAT, stream, clearOnComplete: true, hideCursor: true, barsize: 24, fps: 5 },
    barCompleteChar: '█',
    barIncompleteChar: '░',
    emptyOnZero: true,
  });
  const all = bars.create(1, 0, { text: '' }, { format: '{text}' });
  const files = new Map<string, SingleBar>();
  return {
    show(event) {
      all.update({ text: describeTransfersProgress(event) });
      showFiles(bars, files, event);
    },
    end: () => bars.stop(),
  };
}

function showFiles(bars: MultiBar, files: Map<string, SingleBar>, { active }: TransfersProgress): void {
  for (const { id, drive, path, size, sent, state } of active) {
    const bar = files.get(id) ?? bars.create(size, 0, {});
    files.set(id, bar);
    const text = `${formatSize(sent)} of ${formatSize(size)}  ${drive}:${path}`;
    bar.update(sent, { state: stateWord(state).padEnd(8), text });
  }
  const here = new Set(active.map(({ id }) => id));
  for (const [id, bar] of files) {
    if (here.has(id)) continue;
    bars.remove(bar);
    files.delete(id);
  }
}
