import { array, boolean, optional, strictObject, string } from 'valibot';
import type { Command } from '../../src/lib/command.js';
import type { CommandFor } from '../../src/lib/protocol.js';
import type { TrashRow } from '../../src/lib/trash-protocol.js';
import type { Answering } from './fake-offline.js';

const REMOVED = Date.UTC(2026, 0, 1);

const FILE: TrashRow = {
  id: '2890000000000000001',
  account: 'main',
  name: '新片.mkv',
  kind: 'file',
  size: 4 * 1024 ** 3,
  removedAt: REMOVED,
  drive: 'films',
  path: '/2026',
};
const FOLDER: TrashRow = {
  ...FILE,
  id: '2890000000000000002',
  name: 'old',
  kind: 'directory',
  size: null,
  drive: null,
  path: null,
};

const drive = optional(string());
const entries = array(string());

/** The recycle bin of a daemon without clouds. */
export function fakeTrashCommands(answer: Answering): readonly Command[] {
  const list: CommandFor<'GET /v1/trash'> = {
    name: 'trash',
    method: 'GET',
    path: '/v1/trash',
    summary: 'Lists',
    input: strictObject({ drive }),
    run: (input) => answer('GET /v1/trash', input, [FILE, FOLDER]),
  };
  const restore: CommandFor<'POST /v1/trash/restore'> = {
    name: 'trash/restore',
    method: 'POST',
    path: '/v1/trash/restore',
    summary: 'Restores',
    input: strictObject({ entries, drive }),
    run: (input) => answer('POST /v1/trash/restore', input, { entries: [FILE], accounts: [] }),
  };
  const purge: CommandFor<'POST /v1/trash/purge'> = {
    name: 'trash/purge',
    method: 'POST',
    path: '/v1/trash/purge',
    summary: 'Destroys',
    input: strictObject({ entries, drive, all: boolean() }),
    run: (input) =>
      answer('POST /v1/trash/purge', input, {
        entries: input.all ? [] : [FILE],
        accounts: input.all ? ['main'] : [],
      }),
  };
  return [list, restore, purge];
}
