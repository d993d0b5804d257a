import {
  type GenericSchema,
  maxValue,
  minLength,
  minValue,
  optional,
  pipe,
  regex,
  strictObject,
  string,
  transform,
  trim,
} from 'valibot';
import type { Call } from '../../lib/call.js';
import type { Command } from '../../lib/command.js';
import type { CommandFor } from '../../lib/protocol.js';
import type { DuplicatesInput, SearchInput, UsageInput } from '../../lib/tree-protocol.js';
import type { KnownTrees } from './known-trees.js';
import { placeName } from '../place-names.js';
import { duplicatesInTrees } from './duplicates.js';
import { searchTrees } from './search.js';
import { usageOfTrees } from './usage.js';

/** What one answer tells at most. */
const MOST = 100_000;
const MOST_WORDS = `must be from 1 to ${MOST}`;

/** In a query everything is text. */
const whole = pipe(string(), regex(/^\d{1,15}$/, 'must be a whole number'), transform(Number));
const limit = optional(pipe(whole, minValue(1, MOST_WORDS), maxValue(MOST, MOST_WORDS)));
const path = optional(placeName);

const searchInput: GenericSchema<unknown, SearchInput> = strictObject({
  text: pipe(string(), trim(), minLength(1, 'must not be empty')),
  path,
  limit,
});
const usageInput: GenericSchema<unknown, UsageInput> = strictObject({ path, depth: optional(whole) });
const duplicatesInput: GenericSchema<unknown, DuplicatesInput> = strictObject({
  path,
  smallest: optional(whole),
  limit,
});

/** What a daemon can be asked about what it knows of its drives. */
export function treeCommands(trees: KnownTrees): readonly Command[] {
  return [searchCommand(trees), usageCommand(trees), duplicatesCommand(trees)];
}

/** A person waits at a terminal. */
function asked(signal: AbortSignal): Call {
  return { signal, urgency: 'lookup' };
}

function searchCommand(trees: KnownTrees): CommandFor<'GET /v1/search'> {
  return {
    name: 'search',
    method: 'GET',
    path: '/v1/search',
    summary: 'Find names in what is known, without asking a cloud',
    input: searchInput,
    run: (input, { signal }) => searchTrees(trees, input, asked(signal)),
  };
}

function usageCommand(trees: KnownTrees): CommandFor<'GET /v1/du'> {
  return {
    name: 'du',
    method: 'GET',
    path: '/v1/du',
    summary: 'What folders hold, as far as it is known, without asking a cloud',
    input: usageInput,
    run: (input, { signal }) => usageOfTrees(trees, input, asked(signal)),
  };
}

function duplicatesCommand(trees: KnownTrees): CommandFor<'GET /v1/dupes'> {
  return {
    name: 'dupes',
    method: 'GET',
    path: '/v1/dupes',
    summary: 'Files with the same bytes, as far as they are known, without asking a cloud',
    input: duplicatesInput,
    run: (input, { signal }) => duplicatesInTrees(trees, input, asked(signal)),
  };
}
