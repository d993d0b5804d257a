import { FsError } from '../lib/errors.js';
import { parseDuration } from '../lib/quantity.js';
import { openScreen, type Screen } from './screen.js';
import type { Action } from './session.js';
import { describeStatus } from './status.js';

/** Milliseconds between two looks, when the person does not say, and at least: a look costs no call of a cloud. */
const INTERVAL = 2000;
const SHORTEST = 200;

/** For `--json`: a document a line. */
const NO_SCREEN: Screen = { show: () => undefined, end: () => undefined };

/** `panfuse status --watch`: until Ctrl-C. `interval` such as `5s`. */
export function watchStatus(interval: string | undefined): Action {
  return async (session) => {
    const { output, signal, terminal } = session;
    const wait = intervalOf(interval);
    const control = await session.control();
    const screen = output.json ? NO_SCREEN : openScreen(terminal);
    try {
      for (;;) {
        const status = await control.call('GET /v1/status', {}, { signal });
        if (output.json) output.result(status, '');
        else screen.show(describeStatus(status, output, terminal.clock.now()));
        await terminal.clock.sleep(wait, signal);
      }
    } finally {
      screen.end();
    }
  };
}

function intervalOf(text: string | undefined): number {
  const interval = text === undefined ? INTERVAL : parseDuration(text);
  if (interval !== null && interval >= SHORTEST) return interval;
  throw new FsError('EINVAL', `--interval: write a time of at least 200ms, such as 5s, not ${text ?? ''}`);
}
