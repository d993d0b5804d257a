import {
  array,
  boolean,
  type GenericSchema,
  integer,
  maxLength,
  minLength,
  minValue,
  nullable,
  number,
  optional,
  pipe,
  regex,
  strictObject,
  string,
} from 'valibot';
import type { Command } from '../../lib/command.js';
import type {
  CopyInput,
  RapidExportInput,
  RapidImportInput,
  RapidPutInput,
} from '../../lib/copy-protocol.js';
import type { CommandFor } from '../../lib/protocol.js';
import type { Copies } from './copies.js';
import { placeName } from '../place-names.js';
import type { Rapid } from './rapid.js';

/** In one request. */
const MOST_FILES = 2000;

const wholeNumber = pipe(number(), integer('must be a whole number'), minValue(0, 'must not be negative'));
const someNames = pipe(array(placeName), minLength(1, 'must not be empty'));
const localPath = pipe(string(), regex(/^\//, 'must be an absolute path of this machine'));
const newName = pipe(string(), regex(/^(?!\.{1,2}$)[^/\0]+$/, 'must be a name'));
const hash = (digits: number) =>
  nullable(pipe(string(), regex(new RegExp(`^[0-9A-F]{${digits}}$`), `must be ${digits} upper-case digits`)));
/** A path below the folder. */
const relativePath = pipe(
  string(),
  regex(/^(?!\.{1,2}(\/|$))[^/\0]+(\/(?!\.{1,2}(\/|$))[^/\0]+)*$/, 'must be a path such as Show/a.mkv'),
);

const putInput: GenericSchema<unknown, RapidPutInput> = strictObject({
  to: placeName,
  files: pipe(array(localPath), minLength(1, 'must not be empty')),
  name: optional(newName),
  orUpload: boolean(),
  maxSize: optional(wholeNumber),
  dryRun: boolean(),
});

const exportInput: GenericSchema<unknown, RapidExportInput> = strictObject({
  paths: someNames,
  heads: boolean(),
});

const importInput: GenericSchema<unknown, RapidImportInput> = strictObject({
  to: placeName,
  files: pipe(
    array(
      strictObject({ name: relativePath, size: wholeNumber, sha1: hash(40), preid: hash(40), md5: hash(32) }),
    ),
    minLength(1, 'must not be empty'),
    maxLength(MOST_FILES, `must be ${MOST_FILES} at most`),
  ),
  from: optional(placeName),
  dryRun: boolean(),
  before: optional(wholeNumber),
});

const copyInput: GenericSchema<unknown, CopyInput> = strictObject({
  from: someNames,
  to: placeName,
  wait: optional(boolean()),
});

/** What a daemon can be asked about files from hashes. */
export function rapidCommands(rapid: Rapid): readonly Command[] {
  const put: CommandFor<'POST /v1/rapid/put'> = {
    name: 'rapid/put',
    method: 'POST',
    path: '/v1/rapid/put',
    summary: 'Make files of this machine in a drive, without sending them where the cloud knows them',
    input: putInput,
    run: (input, { signal, progress }) => rapid.put(input, progress, { signal, urgency: 'lookup' }),
  };
  const exported: CommandFor<'POST /v1/rapid/export'> = {
    name: 'rapid/export',
    method: 'POST',
    path: '/v1/rapid/export',
    summary: 'List the hashes of files',
    input: exportInput,
    run: (input, { signal, progress }) => rapid.export(input, progress, { signal, urgency: 'lookup' }),
  };
  const imported: CommandFor<'POST /v1/rapid/import'> = {
    name: 'rapid/import',
    method: 'POST',
    path: '/v1/rapid/import',
    summary: 'Make files from a list of hashes',
    input: importInput,
    run: (input, { signal, progress }) => rapid.import(input, progress, { signal, urgency: 'lookup' }),
  };
  return [put, exported, imported];
}

/** What a daemon can be asked about copies. */
export function copyCommands(copies: Copies): readonly Command[] {
  const copy: CommandFor<'POST /v1/copy'> = {
    name: 'copy',
    method: 'POST',
    path: '/v1/copy',
    summary: 'Copy files and folders into a drive, the cheapest way there is',
    input: copyInput,
    run: (input, { signal, progress }) => copies.copy(input, progress, { signal, urgency: 'lookup' }),
  };
  const move: CommandFor<'POST /v1/move'> = {
    name: 'move',
    method: 'POST',
    path: '/v1/move',
    summary: 'Move files and folders between drives: the source goes when the copy is confirmed',
    input: copyInput,
    run: (input, { signal, progress }) => copies.move(input, progress, { signal, urgency: 'lookup' }),
  };
  return [copy, move];
}
