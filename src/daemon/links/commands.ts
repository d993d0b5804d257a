import {
  array,
  type GenericSchema,
  maxLength,
  minLength,
  optional,
  pipe,
  regex,
  strictObject,
  string,
} from 'valibot';
import type { Command } from '../../lib/command.js';
import type { LinkInput, LinksFolderInput } from '../../lib/links-protocol.js';
import type { CommandFor } from '../../lib/protocol.js';
import type { Links } from './links.js';
import { placeName } from '../place-names.js';

const LONGEST_USER_AGENT = 512;

const userAgent = pipe(
  string(),
  minLength(1, 'must not be empty'),
  maxLength(LONGEST_USER_AGENT, `must be ${LONGEST_USER_AGENT} characters at most`),
  regex(/^[\x20-\x7e\x80-\xff]+$/, 'must be text that fits into a header'),
);

const linkInput: GenericSchema<unknown, LinkInput> = strictObject({
  path: placeName,
  userAgent: optional(userAgent),
});

const extension = pipe(string(), regex(/^[^./\0]+$/, 'must be an extension without a dot, such as mkv'));

const folderInput: GenericSchema<unknown, LinksFolderInput> = strictObject({
  path: placeName,
  extensions: optional(pipe(array(extension), minLength(1, 'must not be empty'))),
});

/** What a daemon can be asked about links to files. */
export function linkCommands(links: Links): readonly Command[] {
  return [linkCommand(links), folderCommand(links)];
}

function linkCommand(links: Links): CommandFor<'POST /v1/link'> {
  return {
    name: 'link',
    method: 'POST',
    path: '/v1/link',
    summary: 'A download link of a file, with all that it is bound to',
    input: linkInput,
    run: (input, { signal }) => links.link(input, { signal, urgency: 'lookup' }),
  };
}

function folderCommand(links: Links): CommandFor<'POST /v1/links/folder'> {
  return {
    name: 'links/folder',
    method: 'POST',
    path: '/v1/links/folder',
    summary: 'What players may want of a folder, and how they get it',
    input: folderInput,
    // Whoever asks goes through a whole tree: programs that wait for one folder come first.
    run: (input, { signal }) => links.folder(input, { signal, urgency: 'probe' }),
  };
}
