import assert from 'node:assert/strict';
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { House } from './daemon/house.js';
import { assertSameInCloud } from './daemon/programs/compare-with-cloud.js';
import { done } from './daemon/programs/done.js';

const WHO = ['-c', 'user.name=Somebody', '-c', 'user.email=somebody@example.org'] as const;
const FILES = 40;

describe('git inside a mount', function () {
  this.timeout(120_000);
  let house: House;
  let source: string;
  let clone: string;
  before(async () => {
    house = await House.open({ sections: { upload: { delay: '1s' } }, limit: 600_000 });
    mkdirSync(house.at('/work'));
    source = house.directory('source');
    clone = house.at('/work/clone');
    await makeRepository(source);
    await done('git', 'clone', '--quiet', '--no-local', source, clone);
  });
  after(() => house.close());

  const git = async (...parameters: readonly string[]): Promise<string> =>
    await done('git', '-C', clone, ...WHO, ...parameters);

  it('clones a repository', async () => {
    assert.equal(await git('status', '--porcelain'), '');
    assert.equal(await git('rev-parse', 'HEAD'), await done('git', '-C', source, 'rev-parse', 'HEAD'));
    assert.equal(await git('fsck', '--full', '--strict'), '');
    assert.equal((await git('ls-files')).trimEnd().split('\n').length, FILES);
    await assertSameInCloud(house, '/work');
  });

  it('commits on a branch, switches and merges', async () => {
    await git('checkout', '--quiet', '-b', 'other');
    appendFileSync(join(clone, 'file-1.txt'), 'one line more\n');
    writeFileSync(join(clone, 'new.txt'), 'new\n');
    assert.equal(await git('status', '--porcelain'), ' M file-1.txt\n?? new.txt\n');
    await git('add', '--all');
    await git('commit', '--quiet', '-m', 'on a branch');
    await git('mv', 'file-2.txt', 'moved.txt');
    await git('commit', '--quiet', '-m', 'moved');
    await git('checkout', '--quiet', '-');
    assert.ok(!(await git('ls-files')).includes('new.txt'));
    await git('merge', '--quiet', '--no-ff', '-m', 'merged', 'other');
    assert.equal(await git('status', '--porcelain'), '');
    assert.equal(await git('diff', '--stat', 'HEAD', 'other'), '');
    await assertSameInCloud(house, '/work');
  });

  it('packs everything and finds it whole', async () => {
    await git('gc', '--quiet', '--aggressive', '--prune=now');
    assert.equal(await git('fsck', '--full', '--strict'), '');
    assert.match(await git('count-objects', '-v'), /^count: 0$[^]*^packs: 1$[^]*^garbage: 0$/m);
    assert.equal(await git('status', '--porcelain'), '');
    await assertSameInCloud(house, '/work');
  });

  it('is cloned from', async () => {
    const copy = join(house.folder, 'copy');
    await done('git', 'clone', '--quiet', '--no-local', clone, copy);
    assert.equal(await done('git', '-C', copy, 'rev-parse', 'HEAD'), await git('rev-parse', 'HEAD'));
    assert.equal(await done('git', '-C', copy, 'fsck', '--full'), '');
  });
});

/** A repository of a few commits outside the mount. */
async function makeRepository(folder: string): Promise<void> {
  await done('git', 'init', '--quiet', folder);
  for (const commit of [1, 2, 3]) {
    for (let number = 1; number <= FILES; number += 1) {
      const lines = Array.from(
        { length: number * commit },
        (_, line) => `${commit} ${number} ${line * number}\n`,
      );
      writeFileSync(join(folder, `file-${number}.txt`), lines.join(''));
    }
    await done('git', '-C', folder, 'add', '--all');
    await done('git', '-C', folder, ...WHO, 'commit', '--quiet', '-m', `commit ${commit}`);
  }
}
