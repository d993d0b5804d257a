import { array, boolean, type GenericSchema, minLength, optional, pipe, strictObject, string } from 'valibot';
import type { Call } from '../../lib/call.js';
import type { Command } from '../../lib/command.js';
import type { CommandFor } from '../../lib/protocol.js';
import type { TrashInput, TrashPurgeInput } from '../../lib/trash-protocol.js';
import type { RecycleBins } from './trash.js';

const drive = optional(string());
const entries = array(pipe(string(), minLength(1, 'must not be empty')));

const restoreInput: GenericSchema<unknown, TrashInput> = strictObject({ entries, drive });
const purgeInput: GenericSchema<unknown, TrashPurgeInput> = strictObject({
  entries,
  drive,
  all: boolean(),
});

/** What a daemon can be asked about the recycle bins of the clouds. */
export function trashCommands(bins: RecycleBins): readonly Command[] {
  return [listCommand(bins), restoreCommand(bins), purgeCommand(bins)];
}

/** A person waits at a terminal. */
function asked(signal: AbortSignal): Call {
  return { signal, urgency: 'lookup' };
}

function listCommand(bins: RecycleBins): CommandFor<'GET /v1/trash'> {
  return {
    name: 'trash',
    method: 'GET',
    path: '/v1/trash',
    summary: 'What is in the recycle bins of the clouds',
    input: strictObject({ drive }),
    run: (input, { signal }) => bins.list(input.drive, asked(signal)),
  };
}

function restoreCommand(bins: RecycleBins): CommandFor<'POST /v1/trash/restore'> {
  return {
    name: 'trash/restore',
    method: 'POST',
    path: '/v1/trash/restore',
    summary: 'Put something back from the recycle bin to where it was',
    input: restoreInput,
    run: (input, { signal }) => bins.restore(input, asked(signal)),
  };
}

function purgeCommand(bins: RecycleBins): CommandFor<'POST /v1/trash/purge'> {
  return {
    name: 'trash/purge',
    method: 'POST',
    path: '/v1/trash/purge',
    summary: 'Destroy something in the recycle bin, or all of it, for good',
    input: purgeInput,
    run: (input, { signal }) => bins.purge(input, asked(signal)),
  };
}
