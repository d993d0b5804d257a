import assert from 'node:assert/strict';
import type { DirectoryEntry, Entry } from '../../../src/driver/entry.js';
import { callOf } from '../../fakes/calls.js';
import { houseWith } from './changes-house.js';
import type { HouseOptions, UploadHouse } from './upload-house.js';

/** A house with the trash folders of a file manager, which puts things in and takes them out. */
export class TrashHouse {
  readonly house: UploadHouse;

  private constructor(house: UploadHouse) {
    this.house = house;
  }

  static async open(
    ...options: [readonly string[], Record<string, number>?, HouseOptions?]
  ): Promise<TrashHouse> {
    const trash = new TrashHouse(await houseWith(...options));
    const { house } = trash;
    const top = await house.writes.makeDirectory(house.place('.Trash-0'), callOf());
    for (const name of ['files', 'info']) {
      const place = { directory: top, name, path: `/.Trash-0/${name}` };
      await house.writes.makeDirectory(place, callOf());
    }
    return trash;
  }

  /** The trash folder in which things are. */
  get files(): DirectoryEntry {
    const top = this.house.shown('.Trash-0');
    const files = this.house.shown('files', top.id);
    assert.ok(files.kind === 'directory');
    return files;
  }

  /** Names in it. */
  get names(): readonly string[] {
    return this.house.tree
      .in(this.files.id)
      .map(({ name }) => name)
      .sort();
  }

  in(name: string): Entry {
    return this.house.shown(name, this.files.id);
  }

  async put(entry: Entry, name = entry.name): Promise<string> {
    const place = { directory: this.files, name, path: `/.Trash-0/files/${name}` };
    return await this.house.run(this.house.writes.move(entry, place, null, callOf()));
  }

  /** Puts something of the root folder into the trash, and lets the cloud know. */
  async putForGood(name: string): Promise<void> {
    await this.put(this.house.shown(name));
    await this.house.idle();
  }

  /** Takes something out, to the root folder unless another is named. */
  async takeOut(name: string, to = name, directory: DirectoryEntry = this.house.root): Promise<string> {
    const { house } = this;
    const replaced = house.tree.in(directory.id).find((entry) => entry.name === to) ?? null;
    const place = house.place(to, directory);
    return await house.run(house.writes.move(this.in(name), place, replaced, callOf()));
  }

  /** Names in the cloud's recycle bin. */
  get bin(): readonly string[] {
    return this.house.cloud.bin.entries().map(({ name }) => name);
  }
}
