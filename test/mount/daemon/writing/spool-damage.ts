import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { House } from '../house.js';
import { type SourceFile, sourceFile } from './content.js';
import { transfers } from './outcome.js';
import { Program } from './program.js';

const SIZE = 700_001;

/** Where the journal of a house lies. */
export function journalOf(house: House): string {
  return join(house.folder, 'state', 'journal.sqlite');
}

export function spoolOf(house: House): string {
  return join(house.folder, 'state', 'spool');
}

/** The spool file of a name that waits for the cloud. */
export function spoolFileOf(house: House, name: string): string {
  const folder = join(spoolOf(house), 'films');
  const found = readdirSync(folder).filter((one) => new RegExp(`^${name}~local-[0-9a-f-]+$`).test(one));
  if (found.length !== 1) throw new Error(`${found.length} spool files of ${name}`);
  return join(folder, found[0] ?? '');
}

/** Turns one letter of a text, wherever it stands in a file, into another. Throws when it is not there. */
export function damageText(path: string, text: string): void {
  const bytes = readFileSync(path);
  let places = 0;
  for (let at = bytes.indexOf(text); at >= 0; at = bytes.indexOf(text, at + 1)) {
    bytes.writeUInt8(bytes.readUInt8(at + 1) ^ 1, at + 1);
    places += 1;
  }
  if (places === 0) throw new Error(`${text} is not in ${path}`);
  writeFileSync(path, bytes);
}

/** Files that are closed and wait: nothing is uploaded before the next start, or until uploads are resumed. */
export async function waitingFiles(
  house: House,
  names: readonly string[],
): Promise<ReadonlyMap<string, SourceFile>> {
  await house.client.call('POST /v1/transfers/pause', { transfers: [] });
  const files = new Map<string, SourceFile>();
  for (const name of names) {
    const file = sourceFile(house, name, SIZE);
    await Program.run([['copy', file.path, house.at(`/${name}`)]]);
    files.set(name, file);
  }
  return files;
}

export async function resume(house: House): Promise<void> {
  await house.client.call('POST /v1/transfers/resume', { transfers: [] });
}

/** Why each file failed, by its path. */
export async function failures(house: House): Promise<Readonly<Record<string, string>>> {
  const { files } = await transfers(house);
  return Object.fromEntries(
    files.filter(({ state }) => state === 'failed').map(({ path, reason }) => [path, reason ?? '']),
  );
}
