import assert from 'node:assert/strict';
import { ROOT_ID } from '../../../src/drivers/memory/tree.js';
import type { DirectoryEntry, Entry } from '../../../src/driver/entry.js';
import { callOf } from '../../fakes/calls.js';
import { type HouseOptions, UploadHouse } from './upload-house.js';

/** A house whose cloud has these files, and these directories with so many files in each. */
export async function houseWith(
  files: readonly string[],
  directories: Readonly<Record<string, number>> = {},
  options: HouseOptions = {},
): Promise<UploadHouse> {
  return await UploadHouse.open(options, (house) => {
    for (const name of files) house.addFile(name, `text of ${name}`);
    for (const [name, count] of Object.entries(directories)) {
      const { id } = house.cloud.addDirectory(ROOT_ID, name);
      for (let index = 0; index < count; index += 1) house.addFile(`f${index}`, `${index}`, id);
    }
  });
}

/** The shown directory of a name, in the root folder. */
export function shownDirectory(house: UploadHouse, name: string): DirectoryEntry {
  const entry = house.shown(name);
  assert.ok(entry.kind === 'directory');
  return entry;
}

/** A new directory in the root folder. */
export async function makeDirectory(house: UploadHouse, name: string): Promise<DirectoryEntry> {
  return await house.writes.makeDirectory(house.place(name), callOf());
}

/** Removes a directory of the root folder. */
export async function removeDirectory(house: UploadHouse, name: string): Promise<void> {
  await house.run(house.writes.removeDirectory(shownDirectory(house, name), `/${name}`, callOf()));
}

/** Moves something into a directory, under the name that it has. */
export async function moveInto(house: UploadHouse, entry: Entry, directory: DirectoryEntry): Promise<void> {
  await house.writes.move(entry, house.place(entry.name, directory), null, callOf());
}
