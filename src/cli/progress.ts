import { SingleBar } from 'cli-progress';
import type { Terminal } from './terminal.js';

/** Milliseconds between two lines where no line can be written over. */
const LINE_INTERVAL = 5000;

/** Something that takes a while and says how far it is. */
export interface ProgressLine {
  update(text: string): void;
  /** Leaves no trace on a terminal. */
  end(): void;
}

/** A line on standard error that is written over on a terminal, and repeated now and then elsewhere. */
export function startProgress(terminal: Terminal): ProgressLine {
  return terminal.live === null ? plainLines(terminal) : liveLine(terminal.live);
}

function liveLine(stream: NodeJS.WritableStream): ProgressLine {
  const bar = new SingleBar({ format: '{text}', stream, clearOnComplete: true, hideCursor: true, fps: 10 });
  bar.start(1, 0, { text: '' });
  return { update: (text) => bar.update({ text }), end: () => bar.stop() };
}

function plainLines(terminal: Terminal): ProgressLine {
  let last = terminal.clock.monotonic();
  return {
    update(text) {
      const now = terminal.clock.monotonic();
      if (now - last < LINE_INTERVAL) return;
      last = now;
      terminal.errors.write(`${text}\n`);
    },
    end: () => undefined,
  };
}
