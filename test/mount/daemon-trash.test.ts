import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { House } from './daemon/house.js';
import { hashAt } from './daemon/writing/outcome.js';
import { fileManager, TRASH } from './file-manager.js';

/** Where a daemon is killed while a film goes into the trash or comes out of it. */
const POINTS = [
  { point: 'writes:moved', script: `trash('film.mkv')` },
  { point: 'changes:remove', script: `trash('film.mkv')` },
  { point: 'trash:back', script: `restore('film.mkv')` },
] as const;

describe('kill -9 while a file manager uses the trash', function () {
  this.timeout(120_000);
  let house: House;
  let sha1: string;
  before(async () => {
    house = await House.open();
    const { id } = await house.cloud.addFile({ name: 'film.mkv', size: 300_000 });
    sha1 = await house.cloud.hash({ id }, 'sha1');
  });
  after(() => house.close());

  const manager = (script: string): Promise<string> => fileManager(house.mountPoint, script);
  const isBinned = async (): Promise<boolean> =>
    (await house.cloud.bin()).some(({ name }) => name === 'film.mkv');

  for (const { point, script } of POINTS) {
    it(`at ${point} the film is in the trash, and comes out of it as it was`, async () => {
      await house.refresh();
      if (script.startsWith('restore')) await manager(`trash('film.mkv')`);
      await house.idle();
      await house.daemon.stop();
      await house.start({ stopAt: point });
      const cut = manager(script).catch(() => undefined);
      await house.daemon.said(new RegExp(`^checkpoint ${point} reached`));
      await house.daemon.kill();
      await cut;
      await house.start();
      assert.ok(existsSync(house.at(`${TRASH}/files/film.mkv`)));
      await house.idle();
      // What the cloud had given back already may be there, or go again: it comes out all the same.
      if (point !== 'trash:back') assert.ok(await isBinned());
      await manager(
        `os.rename(top + '/files/film.mkv', at + '/film.mkv'); os.unlink(top + '/info/film.mkv.trashinfo')`,
      );
      assert.equal(hashAt(house.at('/film.mkv')), sha1);
      await house.idle();
      assert.equal(await isBinned(), false);
      assert.equal((await house.cloud.named('film.mkv')).length, 1);
      assert.deepEqual(await house.cloud.named(TRASH.slice(1)), []);
    });
  }
});
