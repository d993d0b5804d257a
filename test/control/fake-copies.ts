import { array, boolean, nullable, number, optional, strictObject, string } from 'valibot';
import type { Command } from '../../src/lib/command.js';
import type { MadeOutput, MadeProgress, MadeRow } from '../../src/lib/copy-protocol.js';
import type { ListedFile } from '../../src/lib/rapid-list.js';
import type { CommandFor } from '../../src/lib/protocol.js';
import type { Answering } from './fake-offline.js';

const GIB = 1024 ** 3;

export const LISTED: ListedFile = {
  name: 'Show/片.mkv',
  size: 5 * GIB,
  sha1: '20E1307DE838FB67C28577C7EC9D1C6288EB2883',
  preid: '564E3CEA4A332298880258B2896477CE725866E4',
  md5: null,
};

/** A row of what was made. */
export function madeRow(changes: Partial<MadeRow> = {}): MadeRow {
  return {
    from: '/home/me/片.mkv',
    to: 'films:/2026/片.mkv',
    kind: 'file',
    size: 5 * GIB,
    outcome: 'known',
    sent: 0,
    proved: 151,
    readBack: true,
    errno: null,
    message: null,
    ...changes,
  };
}

/** What a daemon without clouds has made. */
export function madeOutput(...files: readonly MadeRow[]): MadeOutput {
  const proved = files.reduce((sum, row) => sum + row.proved, 0);
  const sent = files.reduce((sum, row) => sum + row.sent, 0);
  const readBack = files.filter((row) => row.readBack !== null).length * 131_072;
  return { files, sent, proved, readBack, stopped: null };
}

const PROGRESS: MadeProgress = {
  stage: 'hashing',
  path: '/home/me/片.mkv',
  size: 5 * GIB,
  done: GIB,
  files: 1,
  filesDone: 0,
  bytes: 5 * GIB,
  bytesDone: 0,
};

/** Copies of a daemon without clouds. `made` is what becomes of everything that is asked for. */
export function fakeCopyCommands(answer: Answering, made: () => MadeOutput): readonly Command[] {
  return [...rapid(answer, made), ...copies(answer, made)];
}

function rapid(answer: Answering, made: () => MadeOutput): readonly Command[] {
  const put: CommandFor<'POST /v1/rapid/put'> = {
    name: 'rapid/put',
    method: 'POST',
    path: '/v1/rapid/put',
    summary: 'Puts',
    input: strictObject({
      to: string(),
      files: array(string()),
      name: optional(string()),
      orUpload: boolean(),
      maxSize: optional(number()),
      dryRun: boolean(),
    }),
    run: (input, { progress }) => {
      progress(PROGRESS);
      return answer('POST /v1/rapid/put', input, made());
    },
  };
  const exported: CommandFor<'POST /v1/rapid/export'> = {
    name: 'rapid/export',
    method: 'POST',
    path: '/v1/rapid/export',
    summary: 'Exports',
    input: strictObject({ paths: array(string()), heads: boolean() }),
    run: (input, { progress }) => {
      progress({ files: 0, path: 'films:/Show/片.mkv' });
      const left = [{ path: 'films:/Show/new.mkv', message: 'it is not in the cloud yet' }];
      return answer('POST /v1/rapid/export', input, { files: [LISTED], left });
    },
  };
  const listed = strictObject({
    name: string(),
    size: number(),
    sha1: nullable(string()),
    preid: nullable(string()),
    md5: nullable(string()),
  });
  const imported: CommandFor<'POST /v1/rapid/import'> = {
    name: 'rapid/import',
    method: 'POST',
    path: '/v1/rapid/import',
    summary: 'Imports',
    input: strictObject({
      to: string(),
      files: array(listed),
      from: optional(string()),
      dryRun: boolean(),
      before: optional(number()),
    }),
    run: (input) => answer('POST /v1/rapid/import', input, made()),
  };
  return [put, exported, imported];
}

function copies(answer: Answering, made: () => MadeOutput): readonly Command[] {
  const input = strictObject({ from: array(string()), to: string(), wait: optional(boolean()) });
  const copy: CommandFor<'POST /v1/copy'> = {
    name: 'copy',
    method: 'POST',
    path: '/v1/copy',
    summary: 'Copies',
    input,
    run: (given) => answer('POST /v1/copy', given, made()),
  };
  const move: CommandFor<'POST /v1/move'> = {
    name: 'move',
    method: 'POST',
    path: '/v1/move',
    summary: 'Moves',
    input,
    run: (given) => answer('POST /v1/move', given, made()),
  };
  return [copy, move];
}
