import { boolean, type GenericSchema, optional, strictObject } from 'valibot';
import type { CacheChoiceInput, CachePathInput, CacheWarmInput } from '../../lib/cache-protocol.js';
import type { Call } from '../../lib/call.js';
import type { Command } from '../../lib/command.js';
import { FsError } from '../../lib/errors.js';
import type { CommandFor } from '../../lib/protocol.js';
import type { CacheActions } from './actions.js';
import type { CacheWarming } from './warming.js';
import { placeName } from '../place-names.js';

/** What the commands act on. */
export interface CacheCommandParts {
  readonly actions: CacheActions;
  /** Null when nothing is kept. */
  readonly warming: CacheWarming | null;
}

const nothing = strictObject({});
const choiceInput: GenericSchema<unknown, CacheChoiceInput> = strictObject({
  path: optional(placeName),
  all: boolean(),
});
const pathInput: GenericSchema<unknown, CachePathInput> = strictObject({ path: placeName });
const warmInput: GenericSchema<unknown, CacheWarmInput> = strictObject({ path: placeName, head: boolean() });

/** What a daemon can be asked about the blocks of files that it keeps. */
export function cacheCommands(parts: CacheCommandParts): readonly Command[] {
  return [
    statusCommand(parts),
    pinsCommand(parts),
    warmCommand(parts),
    pinCommand(parts),
    unpinCommand(parts),
    evictCommand(parts),
    verifyCommand(parts),
    sweepCommand(parts),
  ];
}

/** A person waits at a terminal. */
function asked(signal: AbortSignal): Call {
  return { signal, urgency: 'lookup' };
}

function statusCommand({ actions }: CacheCommandParts): CommandFor<'GET /v1/cache'> {
  return {
    name: 'cache',
    method: 'GET',
    path: '/v1/cache',
    summary: 'What is kept of files on the local disk',
    input: nothing,
    run: () => Promise.resolve(actions.status()),
  };
}

function pinsCommand({ actions }: CacheCommandParts): CommandFor<'GET /v1/cache/pins'> {
  return {
    name: 'cache/pins',
    method: 'GET',
    path: '/v1/cache/pins',
    summary: 'What is never evicted',
    input: nothing,
    run: () => actions.pins(),
  };
}

function warmCommand({ warming }: CacheCommandParts): CommandFor<'POST /v1/cache/warm'> {
  return {
    name: 'cache/warm',
    method: 'POST',
    path: '/v1/cache/warm',
    summary: 'Read files into the cache, or what a probe needs of them',
    input: warmInput,
    run(input, { signal, progress }) {
      if (warming !== null) return warming.warm(input, progress, signal);
      const words = 'nothing is kept on the disk: cache.size and cache.probes are 0';
      return Promise.reject(new FsError('EOPNOTSUPP', words, { reason: 'refused', expected: true }));
    },
  };
}

function pinCommand({ actions }: CacheCommandParts): CommandFor<'POST /v1/cache/pin'> {
  return {
    name: 'cache/pin',
    method: 'POST',
    path: '/v1/cache/pin',
    summary: 'Never evict what is cached of these files',
    input: pathInput,
    run: ({ path }, { signal }) => actions.pin(path, asked(signal)),
  };
}

function unpinCommand({ actions }: CacheCommandParts): CommandFor<'POST /v1/cache/unpin'> {
  return {
    name: 'cache/unpin',
    method: 'POST',
    path: '/v1/cache/unpin',
    summary: 'Let what was pinned be evicted again',
    input: choiceInput,
    run: (input, { signal }) => actions.unpin(input, asked(signal)),
  };
}

function evictCommand({ actions }: CacheCommandParts): CommandFor<'POST /v1/cache/evict'> {
  return {
    name: 'cache/evict',
    method: 'POST',
    path: '/v1/cache/evict',
    summary: 'Remove files from the cache, or all that is not pinned',
    input: choiceInput,
    run: (input, { signal }) => actions.evict(input, asked(signal)),
  };
}

function verifyCommand({ actions }: CacheCommandParts): CommandFor<'POST /v1/cache/verify'> {
  return {
    name: 'cache/verify',
    method: 'POST',
    path: '/v1/cache/verify',
    summary: 'Look at every block in the cache and remove what is damaged',
    input: nothing,
    run: (_input, { signal, progress }) => actions.verify(progress, signal),
  };
}

function sweepCommand({ actions }: CacheCommandParts): CommandFor<'POST /v1/cache/sweep'> {
  return {
    name: 'cache/sweep',
    method: 'POST',
    path: '/v1/cache/sweep',
    summary: 'Forget what is stored of folders that are nowhere any more',
    input: nothing,
    run: (_input, { signal }) => actions.sweep(signal),
  };
}
