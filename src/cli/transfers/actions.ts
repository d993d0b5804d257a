import { resolve } from 'node:path';
import { FsError } from '../../lib/errors.js';
import type { TransfersOutput, TransferVerb } from '../../lib/protocol.js';
import type { Action, Session } from '../session.js';
import { shortId, transferName } from './list.js';
import { countOf } from '../words.js';

export interface TransferArguments {
  /** Ids, or paths of this machine. */
  readonly transfers: readonly string[];
  readonly drive: string | undefined;
}

const DONE: Readonly<Record<TransferVerb, string>> = {
  pause: 'paused',
  resume: 'resumed',
  cancel: 'cancelled: the bytes stay here until they are retried or dropped',
  retry: 'tried again',
  keep: 'kept, and on the way to the cloud',
  drop: 'dropped',
};

/** `panfuse transfers pause`, `resume`, `cancel`, `retry`, `keep` */
export function actOnTransfers(verb: TransferVerb, given: TransferArguments): Action {
  return async (session) => {
    const { directory } = session.terminal;
    const transfers = given.transfers.map((name) => transferName(name, (path) => resolve(directory, path)));
    const input = { transfers, ...(given.drive === undefined ? {} : { drive: given.drive }) };
    const control = await session.control();
    const done = await control.call(`POST /v1/transfers/${verb}`, input, { signal: session.signal });
    session.output.result(done, describeDone(verb, done));
  };
}

/** `panfuse transfers drop`: asks first, unless the person has said yes. */
export function dropTransfers(given: TransferArguments, agreed: boolean): Action {
  return async (session) => {
    if (!agreed) await askToDrop(session, given.transfers);
    await actOnTransfers('drop', given)(session);
  };
}

async function askToDrop({ terminal, signal }: Session, transfers: readonly string[]): Promise<void> {
  const question = `Drop ${transfers.join(', ')}? What the cloud does not have is lost for good. [y/N] `;
  const answer = await terminal.readLine(question, signal);
  if (/^y(es)?$/i.test(answer?.trim() ?? '')) return;
  throw new FsError('EPERM', 'nothing was dropped: answer y, or give --yes', { expected: true });
}

function describeDone(verb: TransferVerb, { transfers, accounts }: TransfersOutput): string {
  if (accounts.length > 0) return `All uploads of ${accounts.join(', ')} are ${DONE[verb]}`;
  if (transfers.length === 0) return 'There was nothing to do.';
  const lines = transfers.map(({ id, drive, path }) => `${shortId(id)}  ${drive}:${path}`);
  return [`${countOf(transfers.length, 'transfer')} ${DONE[verb]}`, ...lines].join('\n');
}
