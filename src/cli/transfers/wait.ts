import { FsError } from '../../lib/errors.js';
import type { TransfersProgress, TransfersWaitOutput } from '../../lib/protocol.js';
import { parseDuration } from '../../lib/quantity.js';
import { startProgress } from '../progress.js';
import type { Action, Session } from '../session.js';
import { startTransferBars } from './bars.js';
import { describeTransfersProgress } from './list.js';
import { countOf } from '../words.js';

export interface WaitArguments {
  readonly drive: string | undefined;
  /** With a bar a file, where that can be shown. */
  readonly watch: boolean;
  /** Such as `10m`. */
  readonly timeout: string | undefined;
}

/** `panfuse transfers --wait` and `--watch`: until nothing is on its way any more. */
export function waitForTransfers(given: WaitArguments): Action {
  return async (session) => {
    const timeout = timeoutOf(given.timeout);
    const input = {
      ...(given.drive === undefined ? {} : { drive: given.drive }),
      ...(timeout === undefined ? {} : { timeout }),
    };
    const display = displayOf(session, given.watch);
    const control = await session.control();
    const done = await control
      .call('POST /v1/transfers/wait', input, { signal: session.signal, onProgress: display.show })
      .finally(() => display.end());
    if (done.failed > 0) {
      const what = countOf(done.failed, 'file');
      throw new FsError('EIO', `${what} could not be uploaded: panfuse transfers says why`);
    }
    session.output.result(done, describeEnd(done));
  };
}

interface Display {
  readonly show: (event: TransfersProgress) => void;
  end(): void;
}

function displayOf(session: Session, watch: boolean): Display {
  const { output, terminal } = session;
  if (output.json) {
    return {
      show: (progress) => {
        if (watch) output.result({ progress }, '');
      },
      end: () => undefined,
    };
  }
  if (watch && terminal.live !== null) return startTransferBars(terminal.live);
  const line = startProgress(terminal);
  return { show: (event) => line.update(describeTransfersProgress(event)), end: () => line.end() };
}

function describeEnd({ drafts }: TransfersWaitOutput): string {
  const rest =
    drafts === 0 ? '' : `, but ${countOf(drafts, 'draft')} that no program closed: panfuse transfers`;
  return `Everything is in the cloud${rest}`;
}

function timeoutOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const timeout = parseDuration(text);
  if (timeout === null)
    throw new FsError('EINVAL', `--timeout: write a time such as 90s or 10m, not ${text}`);
  return timeout;
}
