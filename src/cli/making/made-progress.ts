import { SingleBar } from 'cli-progress';
import type { MadeProgress } from '../../lib/copy-protocol.js';
import { formatSize } from '../../lib/quantity.js';
import { startProgress } from '../progress.js';
import type { Session } from '../session.js';

/** How far files are that are being made, while somebody waits. */
export interface MadeDisplay {
  readonly show: (event: MadeProgress) => void;
  /** Leaves no trace on a terminal. */
  end(): void;
}

/** A bar over all bytes on a terminal, lines now and then elsewhere, nothing for a program. */
export function startMadeProgress({ output, terminal }: Session): MadeDisplay {
  if (output.json) return { show: () => undefined, end: () => undefined };
  if (terminal.live !== null) return startBar(terminal.live);
  const line = startProgress(terminal);
  return { show: (event) => line.update(describeProgress(event)), end: () => line.end() };
}

/** `hashing 1 of 3, 1.5 GiB of 5 GiB: /films/a.mkv`. */
export function describeProgress(event: MadeProgress): string {
  const { stage, path, size, done, files, filesDone } = event;
  const bytes = size === 0 || done === 0 ? '' : `, ${formatSize(done)} of ${formatSize(size)}`;
  return `${stage} ${Math.min(filesDone + 1, files)} of ${files}${bytes}: ${path}`;
}

function startBar(stream: NodeJS.WritableStream): MadeDisplay {
  const bar = new SingleBar({
    ...{ format: '{bar} {percentage}%  {text}', stream, clearOnComplete: true, hideCursor: true },
    ...{ barsize: 24, fps: 5, barCompleteChar: '█', barIncompleteChar: '░', emptyOnZero: true },
  });
  bar.start(1, 0, { text: '' });
  return {
    show(event) {
      bar.setTotal(Math.max(1, event.bytes));
      bar.update(Math.min(event.bytes, event.bytesDone + event.done), { text: describeProgress(event) });
    },
    end: () => bar.stop(),
  };
}
