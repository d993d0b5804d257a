import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseSegmentFile } from '../../../../src/content/block-cache/content-folder.js';
import {
  decodeHeader,
  HEADER_BYTES,
  SEGMENT_UNITS,
  slotOffset,
  sumOf,
} from '../../../../src/content/block-cache/segment-format.js';
import { UNIT, unitBytes } from '../../../../src/content/block-cache/units.js';
import { expectedBytes } from '../../../clouds/house/content.js';
import { run } from '../../programs.js';
import type { FileVersion } from './soak-files.js';

const CHECK = `
import sqlite3, sys
for row in sqlite3.connect(sys.argv[1]).execute('PRAGMA integrity_check'): print(*row)
`;

/** What lies in a block cache that nobody uses. */
export interface BlocksOnDisk {
  segments: number;
  units: number;
  /** Segments whose first writing a kill has cut short: they have no header yet and count for nothing. */
  unfinished: number;
  /** What has a header or a checksum that is not its own. */
  readonly damaged: string[];
  /** What would be believed and is not what the cloud has. */
  readonly wrong: string[];
}

/** Compares every block in the directory of a block cache with its content. `contents`: by lower-case SHA-1. */
export async function inspectBlocks(
  directory: string,
  contents: ReadonlyMap<string, FileVersion>,
): Promise<BlocksOnDisk> {
  const found: BlocksOnDisk = { segments: 0, units: 0, unfinished: 0, damaged: [], wrong: [] };
  for (const path of await filesBelow(directory)) {
    const place = path.slice(directory.length + 1);
    const [, sha1 = ''] = /\/sha1-([0-9a-f]{40})-\d+\//i.exec(place) ?? [];
    const version = contents.get(sha1.toLowerCase());
    if (version === undefined) found.wrong.push(`${place} belongs to no file of the cloud`);
    else await inspectSegment(directory, place, version, found);
  }
  return found;
}

async function inspectSegment(
  directory: string,
  place: string,
  version: FileVersion,
  found: BlocksOnDisk,
): Promise<void> {
  const folder = place.slice(0, place.lastIndexOf('/'));
  const parsed = parseSegmentFile(place.slice(folder.length + 1));
  const file = await readFile(join(directory, place));
  const header = file.subarray(0, HEADER_BYTES);
  const sums = decodeHeader(place, header);
  found.segments += 1;
  if (header.every((byte) => byte === 0)) {
    found.unfinished += 1;
    return;
  }
  if (sums === null || parsed === null) {
    found.damaged.push(place);
    return;
  }
  for (const [slot, sum] of sums.entries()) {
    if (sum === 0) continue;
    found.units += 1;
    const unit = parsed.index * SEGMENT_UNITS + slot;
    const length = unitBytes(version.size, unit, 1);
    const block = file.subarray(slotOffset(slot), slotOffset(slot) + length);
    const right = await expectedBytes({ kind: 'seeded', seed: version.seed }, unit * UNIT, length);
    if (sumOf(folder, unit, block) !== sum) found.damaged.push(`${place} unit ${unit}`);
    else if (!block.equals(right)) found.wrong.push(`${place} unit ${unit}`);
  }
}

/** What SQLite finds wrong with the databases below a folder; `ok` where that is nothing. */
export async function inspectDatabases(folder: string): Promise<Readonly<Record<string, string>>> {
  const found: Record<string, string> = {};
  for (const path of (await filesBelow(folder)).filter((name) => name.endsWith('.sqlite'))) {
    const { stdout, stderr } = await run('python3', '-c', CHECK, path);
    found[path.slice(folder.length + 1)] = `${stdout}${stderr}`.trim();
  }
  return found;
}

async function filesBelow(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}
