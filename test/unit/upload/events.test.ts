import assert from 'node:assert/strict';
import { MemoryDriver } from '../../../src/drivers/memory/driver.js';
import { ROOT_ID } from '../../../src/drivers/memory/tree.js';
import { MemoryWriter } from '../../../src/drivers/memory/writer.js';
import { FsError } from '../../../src/lib/errors.js';
import type { UploadEvent } from '../../../src/upload/upload-event.js';
import { houseWith, moveInto, shownDirectory } from './changes-house.js';
import { UploadHouse } from './upload-house.js';

/** Takes no upload and no move. */
class Refusing extends MemoryWriter {
  override upload(): Promise<never> {
    return Promise.reject(new FsError('EACCES', 'not here', { reason: 'refused' }));
  }

  override move(): Promise<never> {
    return Promise.reject(new FsError('EACCES', 'it stays', { reason: 'refused' }));
  }
}

function refusing(cloud: UploadHouse['cloud']): MemoryDriver {
  return new MemoryDriver(cloud, ROOT_ID, { write: new Refusing(cloud) });
}

describe('Writes: what listeners hear', () => {
  let heard: UploadEvent[];
  beforeEach(() => {
    heard = [];
  });
  const tell = (event: UploadEvent): void => void heard.push(event);
  const kinds = (): readonly string[] => heard.map(({ kind }) => kind);

  it('an upload that is begun and done, once each', async () => {
    const house = await UploadHouse.open({ tell });
    await house.write('a', 'text');
    await house.idle();
    const id = heard[0]?.kind === 'begun' ? heard[0].id : '';
    assert.match(id, /^local-/);
    const file = { id, path: '/a', size: 4, reason: null };
    assert.deepEqual(heard, [
      { kind: 'begun', ...file },
      { kind: 'done', ...file },
    ]);
    await house.writes.close();
  });

  it('why an upload waits, each time, and that it is begun again', async () => {
    const house = await UploadHouse.open({ tell });
    house.cloud.gate.outages.begin({ call: 'announce', kind: 'cut', times: 2 });
    await house.write('a', 'text');
    await house.idle();
    assert.deepEqual(kinds(), ['begun', 'waits', 'begun', 'waits', 'begun', 'done']);
    assert.match((heard[1]?.kind === 'waits' && heard[1].reason) || '', /connection broke/);
    await house.writes.close();
  });

  it('that an upload failed for good', async () => {
    const house = await UploadHouse.open({ tell, driver: refusing });
    await house.write('a', 'text');
    await house.idle();
    assert.deepEqual(kinds(), ['begun', 'failed']);
    assert.equal(heard[1]?.kind === 'failed' && heard[1].reason, 'not here');
    await house.writes.close();
  });

  it('nothing more of a file that was removed on its way', async () => {
    const house = await UploadHouse.open({ tell });
    house.cloud.gate.outages.begin({ call: 'announce', kind: 'cut', times: 1 });
    await house.write('a', 'text');
    await house.env.clock.advance(6000);
    await house.remove('a');
    await house.idle();
    assert.deepEqual(kinds().slice(0, 2), ['begun', 'waits']);
    assert.equal(kinds().includes('done'), false);
    await house.writes.close();
  });

  it('a change that the cloud refused', async () => {
    const house = await houseWith(['a'], { to: 0 }, { tell, driver: refusing });
    await moveInto(house, house.shown('a'), shownDirectory(house, 'to'));
    await house.idle();
    const [event] = heard;
    assert.ok(event?.kind === 'refused' && heard.length === 1);
    const { kind, path, reason } = event.change;
    assert.deepEqual([kind, path, reason], ['move', '/a', 'it stays']);
    await house.writes.close();
  });
});
