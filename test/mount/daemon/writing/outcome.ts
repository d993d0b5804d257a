import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { DriveTransfers } from '../../../../src/lib/protocol.js';
import type { House } from '../house.js';
import type { Scene } from './scene.js';

/** What shall have become of the folder of a scene when nothing is owed any more. */
export interface Outcome {
  /** SHA-1 of every file below the folder, by its path there. */
  readonly files: Readonly<Record<string, string>>;
  /** SHA-1 of every file of the folder that is in the recycle bin. */
  readonly binned: readonly string[];
  /** Paths of what was never closed. */
  readonly drafts: readonly string[];
}

/** Waits until nothing is on its way. */
export async function settled(house: House, timeout = 60_000): Promise<void> {
  await house.client.call('POST /v1/transfers/wait', { timeout });
}

export async function transfers(house: House): Promise<DriveTransfers> {
  const [drive] = await house.client.call('GET /v1/transfers', {});
  if (drive === undefined) throw new Error('no drive is written to');
  return drive;
}

/** Compares cloud, recycle bin, drafts and mount with what shall be: each file once, nothing else. */
export async function assertOutcome(scene: Scene, outcome: Outcome): Promise<void> {
  const { house } = scene;
  const { drafts, files } = await transfers(house);
  const isHere = ({ path }: { readonly path: string }): boolean => path.startsWith(scene.inDrive(''));
  assert.deepEqual(files.filter(isHere), [], 'still waiting');
  assert.deepEqual(await filesBelow(scene.house, scene.id), listed(outcome.files), 'in the cloud');
  assert.deepEqual(await binned(scene), outcome.binned.toSorted(), 'in the recycle bin');
  assert.deepEqual(
    drafts.filter(isHere).map(({ path }) => path),
    outcome.drafts.map((name) => scene.inDrive(name)),
    'drafts',
  );
  const shown = (await house.tree(`/${scene.folder}`)).filter((line) => line.startsWith('f '));
  assert.equal(shown.length, Object.keys(outcome.files).length, `shown: ${shown.join(', ')}`);
  assertReadable(scene, outcome);
}

/** Every file of the outcome has its bytes in the mount, whether the cloud has them yet or not. */
export function assertReadable(scene: Scene, { files }: Outcome): void {
  for (const [name, sha1] of Object.entries(files)) assert.equal(hashAt(scene.at(name)), sha1, name);
}

/** Upper-case SHA-1 of a file of this machine or of a mount. */
export function hashAt(path: string): string {
  return createHash('sha1').update(readFileSync(path)).digest('hex').toUpperCase();
}

/** Every file below a folder of the cloud, `path sha1`: two of one name are two lines. */
async function filesBelow(house: House, id: string, above = ''): Promise<readonly string[]> {
  const found: string[] = [];
  for (const item of await house.cloud.children({ id })) {
    const path = `${above}${item.name}`;
    if (item.kind === 'directory') found.push(...(await filesBelow(house, item.id, `${path}/`)));
    else found.push(`${path} ${await house.cloud.hash({ id: item.id }, 'sha1')}`);
  }
  return found.sort();
}

async function binned({ house, id }: Scene): Promise<readonly string[]> {
  const found: string[] = [];
  for (const item of await house.cloud.bin()) {
    if (item.parent === id && item.kind === 'file') {
      found.push(await house.cloud.hash({ id: item.id }, 'sha1'));
    }
  }
  return found.sort();
}

function listed(files: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(files)
    .map(([path, sha1]) => `${path} ${sha1}`)
    .sort();
}
