import {
  array,
  type GenericSchema,
  integer,
  minLength,
  minValue,
  number,
  optional,
  pipe,
  strictObject,
  string,
} from 'valibot';
import type { Command } from '../../lib/command.js';
import type { CommandFor, TransfersInput, TransfersOutput, TransferVerb } from '../../lib/protocol.js';
import type { TransferActions } from './actions.js';

const SUMMARIES: Readonly<Record<TransferVerb, string>> = {
  pause: 'Send nothing of some transfers, or of any, until they are resumed',
  resume: 'Go on with what was paused',
  cancel: 'Keep the bytes here and upload them no more until they are retried',
  retry: 'Try at once, whatever went wrong',
  keep: 'Take a draft for closed, with the bytes that it has',
  drop: 'Give up bytes that are only on this machine, for good',
};

const transfersInput: GenericSchema<unknown, TransfersInput> = strictObject({
  transfers: array(pipe(string(), minLength(1, 'must not be empty'))),
  drive: optional(string()),
});

/** What a daemon can be asked about its transfers. */
export function transferCommands(transfers: TransferActions): readonly Command[] {
  const verbs = Object.keys(SUMMARIES) as TransferVerb[];
  return [
    listCommand(transfers),
    waitCommand(transfers),
    ...verbs.map((verb) => actCommand(verb, transfers)),
  ];
}

function listCommand(transfers: TransferActions): CommandFor<'GET /v1/transfers'> {
  return {
    name: 'transfers',
    method: 'GET',
    path: '/v1/transfers',
    summary: 'What the clouds are owed',
    input: strictObject({ drive: optional(string()) }),
    run: async ({ drive }) => await Promise.resolve(transfers.list(drive)),
  };
}

function waitCommand(transfers: TransferActions): CommandFor<'POST /v1/transfers/wait'> {
  const milliseconds = pipe(number(), integer('must be a whole number'), minValue(0, 'must not be negative'));
  return {
    name: 'transfers/wait',
    method: 'POST',
    path: '/v1/transfers/wait',
    summary: 'Wait until nothing is on its way to the clouds',
    input: strictObject({ drive: optional(string()), timeout: optional(milliseconds) }),
    run: (input, { signal, progress }) => transfers.wait(input, signal, progress),
  };
}

function actCommand(
  verb: TransferVerb,
  transfers: TransferActions,
): Command<typeof transfersInput, TransfersOutput, never> {
  return {
    name: `transfers/${verb}`,
    method: 'POST',
    path: `/v1/transfers/${verb}`,
    summary: SUMMARIES[verb],
    input: transfersInput,
    run: (input, { signal }) => transfers.act(verb, input, { signal, urgency: 'lookup' }),
  };
}
