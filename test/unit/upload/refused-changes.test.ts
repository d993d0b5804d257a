import assert from 'node:assert/strict';
import { MemoryDriver } from '../../../src/drivers/memory/driver.js';
import { ROOT_ID } from '../../../src/drivers/memory/tree.js';
import { MemoryWriter } from '../../../src/drivers/memory/writer.js';
import type { DirectoryEntry, Entry } from '../../../src/driver/entry.js';
import type { Call } from '../../../src/lib/call.js';
import { FsError } from '../../../src/lib/errors.js';
import { houseWith, makeDirectory, moveInto, shownDirectory } from './changes-house.js';
import type { UploadHouse } from './upload-house.js';

const SECOND = 1000;
const HOUR = 3_600_000;

/** Refuses to move what has this name, with all that is to be moved in the same call. */
class Picky extends MemoryWriter {
  override async move(entries: readonly Entry[], target: DirectoryEntry, call: Call): Promise<void> {
    if (entries.some(({ name }) => name === 'precious')) {
      await this.cloud.gate.pass(call, 'move');
      throw new FsError('EACCES', 'precious must stay where it is', { reason: 'refused' });
    }
    await super.move(entries, target, call);
  }
}

describe('Writes: changes that the cloud does not take', () => {
  it('puts one back that is refused, and makes the others of its call', async () => {
    const driver = (cloud: UploadHouse['cloud']): MemoryDriver =>
      new MemoryDriver(cloud, ROOT_ID, { write: new Picky(cloud) });
    const house = await houseWith(['a', 'b', 'c', 'precious'], { to: 0 }, { driver });
    for (const name of ['a', 'b', 'precious', 'c']) {
      await moveInto(house, house.shown(name), shownDirectory(house, 'to'));
    }
    await house.idle();
    assert.deepEqual(house.shownPaths(), ['/precious', '/to/', '/to/a', '/to/b', '/to/c']);
    assert.equal(house.cloudPaths().includes('/precious text of precious'), true);
    const { waiting, refused } = house.writes.transfers.status().changes;
    assert.deepEqual(waiting, []);
    assert.deepEqual(
      refused.map(({ kind, path, reason }) => [kind, path, reason]),
      [['move', '/precious', 'precious must stay where it is']],
    );
    const warnings = house.env.log.lines.filter(({ level }) => level === 'warn');
    assert.deepEqual(
      warnings.map(({ fields }) => fields['path']),
      ['/precious'],
    );
    await house.writes.close();
  });

  it('shows what was to be replaced again when the replacement is refused', async () => {
    const house = await houseWith(['a', 'what?'], {}, { cloud: { forbiddenCharacters: '?' } });
    await house.rename('a', 'what?');
    assert.deepEqual(house.shownPaths(), ['/what?']);
    await house.idle();
    assert.deepEqual(house.shownPaths(), ['/a', '/what?']);
    assert.deepEqual(house.cloudPaths(), ['/a text of a', '/what? text of what?']);
    assert.deepEqual(house.tree.unsettled, []);
    await house.writes.close();
  });

  it('hides what somebody else has removed, and says so', async () => {
    const house = await houseWith(['a']);
    house.cloud.remove(house.shown('a').id);
    await house.rename('a', 'b');
    await house.idle();
    assert.deepEqual(house.shownPaths(), []);
    const [refused] = house.writes.transfers.status().changes.refused;
    assert.equal(refused?.reason, 'it is in the cloud no more');
    await house.writes.close();
  });

  it('shows the name that the cloud chose instead', async () => {
    const house = await houseWith(['a'], {}, { cloud: { amendName: (name) => name.trimEnd() } });
    await house.rename('a', 'b ');
    await makeDirectory(house, 'd ');
    await house.idle();
    assert.deepEqual(house.cloudPaths(), ['/b text of a', '/d/']);
    assert.deepEqual(house.shownPaths(), ['/b', '/d/']);
    await house.writes.close();
  });

  it('asks again in an hour for a directory that is refused, and at once under another name', async () => {
    const house = await houseWith([], {}, { cloud: { forbiddenCharacters: '?' } });
    await makeDirectory(house, 'what?');
    await house.env.clock.advance(0.9 * HOUR);
    assert.equal(house.cloud.gate.calls('makeDirectory'), 1);
    await house.env.clock.advance(0.2 * HOUR);
    assert.equal(house.cloud.gate.calls('makeDirectory'), 2);
    assert.deepEqual(house.shownPaths(), ['/what?/']);
    const [waiting] = house.writes.transfers.status().changes.waiting;
    assert.match(waiting?.reason ?? '', /what\?/);
    await house.rename('what?', 'what');
    await house.env.clock.advance(2 * SECOND);
    assert.deepEqual(house.cloudPaths(), ['/what/']);
    await house.writes.close();
  });

  it('keeps what cannot be sent, tells why, and sends it when the cloud is back', async () => {
    const house = await houseWith(['a']);
    house.cloud.gate.outages.begin({ call: 'rename', kind: 'cut', times: 4 });
    await house.rename('a', 'b');
    await house.env.clock.advance(20 * SECOND);
    const { waiting, reason } = house.writes.transfers.status().changes;
    assert.deepEqual(waiting, [{ kind: 'rename', path: '/b', reason: null }]);
    assert.match(reason ?? '', /connection broke/);
    await house.idle();
    assert.deepEqual(house.cloudPaths(), ['/b text of a']);
    assert.equal(house.writes.transfers.status().changes.reason, null);
    await house.writes.close();
  });
});
