import assert from 'node:assert/strict';
import type { TransferStatus } from '../../../src/upload/transfers-status.js';
import { UploadHouse } from './upload-house.js';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

function transfer(house: UploadHouse): TransferStatus {
  const [file] = house.writes.transfers.status().files;
  assert.ok(file !== undefined, 'nothing is on its way');
  return file;
}

/** The seconds at which calls of this name were made while so many seconds passed. */
async function momentsOf(house: UploadHouse, call: string, seconds: number): Promise<readonly number[]> {
  const { gate } = house.cloud;
  const begun = house.env.clock.monotonic();
  const moments: number[] = [];
  for (let before = gate.calls(call); house.env.clock.monotonic() - begun < seconds * SECOND;) {
    await house.env.clock.advance(SECOND);
    const now = gate.calls(call);
    if (now > before) moments.push((house.env.clock.monotonic() - begun) / SECOND);
    before = now;
  }
  return moments;
}

describe('Writes: troubles of uploads', () => {
  it('tries again after 5 seconds, then after twice as long each time up to 5 minutes, without end', async () => {
    const house = await UploadHouse.open();
    house.cloud.gate.outages.begin({ call: 'announce', kind: 'cut', times: 9 });
    await house.write('a', 'text');
    const moments = await momentsOf(house, 'announce', 1600);
    assert.deepEqual(moments, [5, 10, 20, 40, 80, 160, 320, 620, 920, 1220]);
    assert.deepEqual(house.cloudPaths(), ['/a text']);
    await house.writes.close();
  });

  it('tells why an upload waits and until when', async () => {
    const house = await UploadHouse.open();
    house.cloud.gate.outages.begin({ call: 'announce', kind: 'cut', times: 2 });
    await house.write('a', 'text');
    await house.env.clock.advance(11 * SECOND);
    const { attempts, reason, nextTry, state } = transfer(house);
    assert.equal(attempts, 2);
    assert.equal(state, 'waiting');
    assert.match(reason ?? '', /connection broke/);
    assert.equal(nextTry, house.env.clock.now() + 9 * SECOND);
    await house.idle();
    await house.writes.close();
  });

  it('tries once an hour while the cloud has no space, also after a restart', async () => {
    const house = await UploadHouse.open({ cloud: { total: 10 } });
    await house.write('a', 'more than ten bytes');
    await house.env.clock.advance(6 * SECOND);
    const { state, reason, nextTry } = transfer(house);
    assert.equal(state, 'failed');
    assert.match(reason ?? '', /no space/);
    assert.equal(nextTry, house.env.clock.now() + HOUR - SECOND);
    assert.deepEqual(await momentsOf(house, 'announce', 3600 - 2), []);
    assert.deepEqual(await momentsOf(house, 'announce', 2), [1]);
    await house.env.clock.advance(HOUR / 2);
    house.cloud.resize(1000);
    await house.restart();
    assert.deepEqual(await momentsOf(house, 'announce', 1790), []);
    await house.env.clock.advance(30 * SECOND);
    assert.deepEqual(house.cloudPaths(), ['/a more than ten bytes']);
    await house.writes.close();
  });

  it('goes on soon after the disk of this machine had no room', async () => {
    const house = await UploadHouse.open();
    await house.write('a', 'text');
    house.journal.full = true;
    await house.env.clock.advance(20 * SECOND);
    assert.deepEqual(house.cloudPaths(), []);
    house.journal.full = false;
    await house.env.clock.advance(20 * SECOND);
    assert.deepEqual(house.cloudPaths(), ['/a text']);
    await house.writes.close();
  });

  it('waits for nothing with a file that was removed while the cloud found no room for it', async () => {
    const house = await UploadHouse.open({ cloud: { total: 10 } });
    await house.write('a', 'more than ten bytes');
    house.cloud.gate.hold();
    await house.env.clock.advance(6 * SECOND);
    await house.remove('a');
    house.cloud.gate.release();
    await house.env.clock.advance(30 * SECOND);
    assert.equal(house.disk.size, 0);
    await house.run(house.writes.idle(new AbortController().signal), MINUTE);
    await house.writes.close();
  });

  it('waits for a person to log in, and goes on soon after', async () => {
    const house = await UploadHouse.open();
    house.cloud.gate.loseLogin('the login has expired');
    house.login = 'lost';
    await house.write('a', 'text');
    assert.deepEqual(await momentsOf(house, 'announce', 240), [5]);
    assert.match(transfer(house).reason ?? '', /login has expired/);
    house.cloud.gate.restoreLogin();
    house.login = 'ok';
    await house.env.clock.advance(6 * SECOND);
    assert.deepEqual(house.cloudPaths(), ['/a text']);
    await house.writes.close();
  });

  it('keeps the bytes of what the cloud refuses, and tries only when a person says so', async () => {
    const house = await UploadHouse.open({ cloud: { forbiddenCharacters: '?' } });
    await house.write('what?', 'text');
    await house.env.clock.advance(2 * HOUR);
    assert.equal(house.cloud.gate.calls('announce'), 1);
    const { id, state, reason, nextTry } = transfer(house);
    assert.deepEqual([state, nextTry], ['failed', null]);
    assert.match(reason ?? '', /refuses the character/);
    assert.deepEqual(house.shownPaths(), ['/what?']);
    assert.equal(house.disk.size, 1);
    await house.writes.transfers.retry(id);
    await house.env.clock.advance(SECOND);
    assert.equal(house.cloud.gate.calls('announce'), 2);
    await house.rename('what?', 'what');
    await house.idle();
    assert.deepEqual(house.cloudPaths(), ['/what text']);
    await house.writes.close();
  });

  it('uploads nothing of a damaged file and says which one it is', async () => {
    const house = await UploadHouse.open({}, (built) => void built.addFile('a', 'old'));
    const file = await house.overwrite('a', 'new text');
    const spooled = house.spool.open(file.id);
    assert.ok(spooled !== null);
    spooled.damaged = true;
    await house.env.clock.advance(2 * HOUR);
    const { path, state, reason } = transfer(house);
    assert.deepEqual([path, state, reason], ['/a', 'failed', 'its spool file was cut']);
    assert.equal(house.cloud.gate.calls('announce'), 0);
    assert.deepEqual(house.cloudPaths(), ['/a old']);
    await house.writes.close();
  });

  it('finds the file that the cloud made although its answer was lost', async () => {
    const house = await UploadHouse.open();
    house.cloud.gate.outages.begin({ call: 'complete', kind: 'lost' });
    await house.write('a', 'text');
    await house.idle();
    assert.deepEqual(house.cloudPaths(), ['/a text']);
    await house.writes.close();
  });

  it('changes nothing when the journal cannot be written', async () => {
    const house = await UploadHouse.open({}, (built) => void built.addFile('a', 'old'));
    house.journal.full = true;
    await assert.rejects(house.rename('a', 'b'), { errno: 'ENOSPC' });
    await assert.rejects(house.remove('a'), { errno: 'ENOSPC' });
    assert.deepEqual(house.shownPaths(), ['/a']);
    house.journal.full = false;
    await house.idle();
    assert.deepEqual(house.cloudPaths(), ['/a old']);
    await house.writes.close();
  });
});
