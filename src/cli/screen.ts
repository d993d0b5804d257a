import type { Terminal } from './terminal.js';

const ESCAPE = '\u001b[';
/** The other screen of the terminal, without a cursor; lines that are too long are cut by the terminal itself. */
const BEGIN = `${ESCAPE}?1049h${ESCAPE}?25l${ESCAPE}?7l`;
const END = `${ESCAPE}?7h${ESCAPE}?25h${ESCAPE}?1049l`;
const HOME = `${ESCAPE}H`;
const END_OF_LINE = `${ESCAPE}K`;
const BELOW = `${ESCAPE}J`;

/** Something that is shown again and again. */
export interface Screen {
  show(text: string): void;
  /** Gives the terminal back as it was, with what was shown last. Safe to call twice. */
  end(): void;
}

/** A page that is drawn in place on a terminal, and one below the other elsewhere. */
export function openScreen({ output, host }: Terminal): Screen {
  return output.isTTY && host.variables['TERM'] !== 'dumb' ? pageOn(output) : plainPages(output);
}

function pageOn(output: Terminal['output']): Screen {
  let last: string | null = null;
  return {
    show(text) {
      // In one piece: a terminal that draws half of it flickers.
      output.write(`${last === null ? BEGIN : ''}${HOME}${fit(text, output.rows)}${BELOW}`);
      last = text;
    },
    end() {
      if (last !== null) output.write(`${END}${last}\n`);
      last = null;
    },
  };
}

function plainPages(output: Terminal['output']): Screen {
  return { show: (text) => output.write(`${text}\n\n`), end: () => undefined };
}

/** As many lines as there is room for; the last says how many are missing. */
function fit(text: string, rows: number): string {
  const lines = text.split('\n');
  const shown =
    lines.length <= rows ? lines : [...lines.slice(0, rows - 1), `… ${lines.length - rows + 1} lines more`];
  return shown.map((line) => `${line}${END_OF_LINE}`).join('\r\n');
}
