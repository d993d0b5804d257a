import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { python } from '../../programs.js';
import { eventually, type House } from '../house.js';

const WALK = `
import hashlib
for above, directories, files in os.walk(at):
  for name in directories: print(os.path.relpath(os.path.join(above, name), at) + '/')
  for name in files:
    path = os.path.join(above, name)
    with open(path, 'rb') as bytes: sha1 = hashlib.sha1(bytes.read())
    print(os.path.relpath(path, at), os.stat(path).st_size, sha1.hexdigest().upper())`;

/**
 * Waits until the cloud is owed nothing, then compares a folder of the mount with the cloud: every name once, of the
 * same size and SHA-1. Nothing may be left in the queue and in the spool.
 */
export async function assertSameInCloud(house: House, folder: string): Promise<void> {
  await house.idle();
  const { files, drafts, changes, refused } = await house.transfers();
  assert.deepEqual({ files, drafts, changes, refused }, { files: [], drafts: [], changes: [], refused: [] });
  // The bytes go after the row that says so.
  await eventually(
    () => Promise.resolve(readdirSync(join(house.folder, 'state', 'spool', 'films'))),
    (left) => left.length === 0,
  );
  const shown = (await python(house.at(folder), WALK)).split('\n').filter((line) => line !== '');
  const { id } = await house.cloud.item({ path: folder });
  assert.deepEqual(await inCloud(house, id, ''), shown.sort());
}

async function inCloud(house: House, id: string, above: string): Promise<readonly string[]> {
  const lines: string[] = [];
  for (const item of await house.cloud.children({ id })) {
    const path = above + item.name;
    if (item.kind === 'directory') lines.push(`${path}/`, ...(await inCloud(house, item.id, `${path}/`)));
    else lines.push(`${path} ${item.size} ${await house.cloud.hash({ id: item.id }, 'sha1')}`);
  }
  return lines.sort();
}
