import { array, optional, strictObject, string } from 'valibot';
import type { Command } from '../../src/lib/command.js';
import type { LinkOutput, LinksFolderOutput } from '../../src/lib/links-protocol.js';
import type { CommandFor } from '../../src/lib/protocol.js';
import type { Answering } from './fake-offline.js';

const STARTED = Date.UTC(2026, 0, 1);

const LINK: LinkOutput = {
  drive: 'films',
  path: '/2026/新片.mkv',
  size: 4294967296,
  url: 'https://cdnfhnfile.115cdn.net/1a2b/new.mkv?t=1767232800&c=2&f=1&k=0123456789abcdef',
  headers: { 'User-Agent': 'panfuse/0.1' },
  expiresAt: STARTED + 7_200_000,
  connections: 2,
  player: 'http://127.0.0.1:8115/d/films/2026/%E6%96%B0%E7%89%87.mkv?sign=Zm9vYmFyYmF6cXV4cXV1eA',
};

/** Two films in films:/2026 and one below it. */
export function fakeFolder(path: string, below: Partial<LinksFolderOutput> = {}): LinksFolderOutput {
  const files = path.endsWith('/extras') ? ['making of.mkv'] : ['a.mkv', 'b.mp4'];
  const inside = path.replace(/^films:/, '');
  return {
    ...{ drive: 'films', path: inside, origin: 'http://127.0.0.1:8115', trouble: null },
    mount: `/mnt/films${inside}`,
    folders: path.endsWith('/extras') ? [] : ['extras'],
    files: files.map((name) => ({
      name,
      address: `/d/films${inside}/${encodeURIComponent(name)}?sign=c2lnbmF0dXJlc2lnbmF0dQ`,
    })),
    ...below,
  };
}

/** Links of a daemon without clouds. */
export function fakeLinkCommands(
  answer: Answering,
  changes: () => Partial<LinksFolderOutput>,
): readonly Command[] {
  const link: CommandFor<'POST /v1/link'> = {
    name: 'link',
    method: 'POST',
    path: '/v1/link',
    summary: 'A link',
    input: strictObject({ path: string(), userAgent: optional(string()) }),
    run: (input) => {
      const headers = { 'User-Agent': input.userAgent ?? 'panfuse/0.1' };
      return answer('POST /v1/link', input, { ...LINK, headers });
    },
  };
  const folder: CommandFor<'POST /v1/links/folder'> = {
    name: 'links/folder',
    method: 'POST',
    path: '/v1/links/folder',
    summary: 'A folder for players',
    input: strictObject({ path: string(), extensions: optional(array(string())) }),
    run: (input) => answer('POST /v1/links/folder', input, fakeFolder(input.path, changes())),
  };
  return [link, folder];
}
