import { number, optional, pipe, strictObject, string, transform } from 'valibot';
import type { Command } from '../../src/lib/command.js';
import type { CommandFor } from '../../src/lib/protocol.js';
import type { UnknownFolders } from '../../src/lib/tree-protocol.js';
import type { Answering } from './fake-offline.js';

const MODIFIED = Date.UTC(2026, 0, 1);
const UNKNOWN: UnknownFolders = { count: 2, some: ['films:/2026/a', 'films:/2026/b'] };

const path = optional(string());
const whole = optional(pipe(string(), transform(Number), number()));

/** What a daemon without clouds says of its trees. */
export function fakeTreeCommands(answer: Answering): readonly Command[] {
  return [search(answer), usage(answer), duplicates(answer)];
}

function search(answer: Answering): Command {
  const command: CommandFor<'GET /v1/search'> = {
    name: 'search',
    method: 'GET',
    path: '/v1/search',
    summary: 'Finds',
    input: strictObject({ text: string(), path, limit: whole }),
    run: (input) =>
      answer('GET /v1/search', input, {
        matches: [
          { path: 'films:/2026', kind: 'directory', size: null, modifiedAt: MODIFIED },
          { path: 'films:/2026/新片.mkv', kind: 'file', size: 4 * 1024 ** 3, modifiedAt: MODIFIED },
        ],
        found: 3,
        unknown: UNKNOWN,
      }),
  };
  return command;
}

function usage(answer: Answering): Command {
  const command: CommandFor<'GET /v1/du'> = {
    name: 'du',
    method: 'GET',
    path: '/v1/du',
    summary: 'Adds up',
    input: strictObject({ path, depth: whole }),
    run: (input) =>
      answer('GET /v1/du', input, {
        rows: [
          { path: 'films:/2026', bytes: 3 * 1024 ** 4, files: 412, directories: 31, unknown: 2 },
          { path: 'films:/', bytes: 4 * 1024 ** 4, files: 700, directories: 40, unknown: 2 },
        ],
        unknown: UNKNOWN,
      }),
  };
  return command;
}

function duplicates(answer: Answering): Command {
  const command: CommandFor<'GET /v1/dupes'> = {
    name: 'dupes',
    method: 'GET',
    path: '/v1/dupes',
    summary: 'Compares',
    input: strictObject({ path, smallest: whole, limit: whole }),
    run: (input) =>
      answer('GET /v1/dupes', input, {
        groups: [
          {
            size: 4 * 1024 ** 3,
            hash: 'sha1 6C1DD4FE0B7D2AB17A7F1E1BC5C13F1D38A6E0A3',
            paths: ['archive:/新片.mkv', 'films:/2026/新片.mkv'],
          },
        ],
        found: 1,
        wasted: 4 * 1024 ** 3,
        unhashed: 0,
        unknown: UNKNOWN,
      }),
  };
  return command;
}
