import assert from 'node:assert/strict';
import { callOf } from '../../fakes/calls.js';
import { UploadHouse } from './upload-house.js';

const SECOND = 1000;

describe('Writes: files', () => {
  it('uploads a closed file five seconds after its last close, and its bytes here go', async () => {
    const house = await UploadHouse.open();
    await house.write('a', 'text');
    assert.deepEqual(house.shownPaths(), ['/a']);
    await house.env.clock.advance(4.9 * SECOND);
    assert.deepEqual(house.cloudPaths(), []);
    await house.idle();
    assert.deepEqual(house.cloudPaths(), ['/a text']);
    assert.deepEqual(house.shownPaths(), ['/a']);
    assert.equal(house.disk.size, 0);
    assert.deepEqual(house.tree.unsettled, []);
    assert.deepEqual(
      house.uploaded.map(({ name }) => name),
      ['a'],
    );
    await house.writes.close();
  });

  it('uploads nothing while a program has the file open for writing', async () => {
    const house = await UploadHouse.open();
    const file = await house.write('a', 'text');
    file.retain();
    await house.env.clock.advance(60 * SECOND);
    assert.deepEqual(house.cloudPaths(), []);
    file.release();
    await house.idle();
    assert.deepEqual(house.cloudPaths(), ['/a text']);
    await house.writes.close();
  });

  it('makes no call for a file that is removed or replaced before its turn', async () => {
    const house = await UploadHouse.open();
    await house.write('short-lived', 'x');
    await house.remove('short-lived');
    await house.write('a.tmp', 'text');
    await house.rename('a.tmp', 'a');
    await house.idle();
    assert.deepEqual(house.cloudPaths(), ['/a text']);
    assert.equal(house.cloud.gate.calls('rename') + house.cloud.gate.calls('remove'), 0);
    assert.equal(house.disk.size, 0);
    await house.writes.close();
  });

  it('uploads a replacement first and removes the old file last', async () => {
    const house = await UploadHouse.open({}, (built) => void built.addFile('a', 'old'));
    await house.overwrite('a', 'new');
    assert.deepEqual(house.shownPaths(), ['/a']);
    const seen: string[] = [];
    while (house.writes.transfers.status().files.length > 0) {
      await house.env.clock.advance(SECOND);
      seen.push(house.cloudPaths().join());
    }
    await house.idle();
    assert.ok(seen.includes('/a new,/a old'), seen.join(' | '));
    assert.deepEqual(house.cloudPaths(), ['/a new']);
    await house.writes.close();
  });

  it('uploads nothing when the bytes are those that the cloud has', async () => {
    const house = await UploadHouse.open({}, (built) => void built.addFile('a', 'same'));
    const [before] = house.inCloud();
    await house.overwrite('a', 'same');
    await house.idle();
    assert.deepEqual(
      house.inCloud().map(({ id }) => id),
      [before?.id],
    );
    assert.equal(house.cloud.gate.calls('announce'), 0);
    assert.equal(house.shown('a').id, before?.id);
    assert.deepEqual(house.tree.unsettled, []);
    await house.writes.close();
  });

  it('keeps junk here, uploads it when it gets another name, and takes it back', async () => {
    const house = await UploadHouse.open();
    await house.write('film.mkv.part', 'text');
    await house.write('.DS_Store', 'finder');
    await house.env.clock.advance(60 * SECOND);
    assert.deepEqual(house.cloudPaths(), []);
    await house.rename('film.mkv.part', 'film.mkv');
    await house.idle();
    assert.deepEqual(house.cloudPaths(), ['/film.mkv text']);
    assert.deepEqual(house.shownPaths(), ['/.DS_Store', '/film.mkv']);
    await house.restart();
    assert.deepEqual(house.shownPaths(), ['/.DS_Store', '/film.mkv']);
    await house.writes.close();
  });

  it('keeps an empty file here where the cloud takes none, until it has bytes', async () => {
    const house = await UploadHouse.open({ cloud: { emptyFiles: false } });
    const file = await house.writes.create(house.place('lock'), callOf());
    await file.flush(callOf());
    await house.env.clock.advance(60 * SECOND);
    assert.deepEqual(
      house.writes.transfers.status().files.map(({ state }) => state),
      ['local'],
    );
    await house.restart('killed');
    assert.deepEqual(house.shownPaths(), ['/lock']);
    const local = house.writes.local(house.shown('lock').id);
    assert.ok(local !== null);
    await house.fill(local, 'now');
    await house.idle();
    assert.deepEqual(house.cloudPaths(), ['/lock now']);
    await house.writes.close();
  });

  it('goes on after a kill with what was closed, and lists what was not as a draft', async () => {
    const house = await UploadHouse.open();
    await house.write('closed', 'safe');
    const open = await house.writes.create(house.place('open'), callOf());
    await open.write(0, Buffer.from('half'), callOf());
    await house.restart('killed');
    assert.deepEqual(house.shownPaths(), ['/closed']);
    await house.idle();
    assert.deepEqual(house.cloudPaths(), ['/closed safe']);
    const [draft] = house.writes.transfers.status().drafts;
    assert.equal(draft?.path, '/open');
    await house.writes.transfers.keep(draft.id);
    assert.deepEqual(house.shownPaths(), ['/closed', '/open']);
    await house.idle();
    assert.deepEqual(house.cloudPaths(), ['/closed safe', '/open half']);
    await house.writes.close();
  });
});

describe('Writes: files that change on their way', () => {
  /** Ten bytes a part, ten bytes a second. */
  const cloud = { partSize: 10, uploadRate: 10 };
  const LONG = 'a text of forty bytes, in four parts each';

  it('uploads under the last name without a rename when it was renamed in time', async () => {
    const house = await UploadHouse.open();
    await house.write('a', 'text');
    await house.rename('a', 'b');
    await house.rename('b', 'c');
    await house.idle();
    assert.deepEqual(house.cloudPaths(), ['/c text']);
    assert.equal(house.cloud.gate.calls('rename'), 0);
    await house.writes.close();
  });

  it('renames in the cloud what was renamed during its upload', async () => {
    const house = await UploadHouse.open({ cloud });
    await house.write('a', LONG);
    await house.env.clock.advance(7 * SECOND);
    await house.rename('a', 'b');
    assert.deepEqual(house.shownPaths(), ['/b']);
    await house.idle();
    assert.deepEqual(house.cloudPaths(), [`/b ${LONG}`]);
    assert.deepEqual(house.shownPaths(), ['/b']);
    await house.writes.close();
  });

  it('stops at once when the file is written again, and uploads what was closed last', async () => {
    const house = await UploadHouse.open({ cloud });
    const file = await house.write('a', LONG);
    await house.env.clock.advance(7 * SECOND);
    file.retain();
    await file.write(0, Buffer.from('A'), callOf());
    const sent = house.cloud.gate.calls('part');
    await house.env.clock.advance(60 * SECOND);
    assert.equal(house.cloud.gate.calls('part'), sent);
    await file.flush(callOf());
    file.release();
    await house.idle();
    assert.deepEqual(house.cloudPaths(), [`/a A${LONG.slice(1)}`]);
    await house.writes.close();
  });

  it('uploads what was closed last in whatever turn of its beginning it is written again', async () => {
    for (let turns = 0; turns < 60; turns += 1) {
      const house = await UploadHouse.open();
      house.slots.pause();
      const file = await house.write('a', 'one');
      await house.env.clock.advance(6 * SECOND);
      house.slots.resume();
      for (let turn = 0; turn < turns; turn += 1) await Promise.resolve();
      file.retain();
      await file.write(0, Buffer.from('other'), callOf());
      const [row] = await house.journal.files('films');
      assert.equal(row?.state ?? 'writing', 'writing', `after ${turns} turns`);
      await file.flush(callOf());
      file.release();
      await house.idle();
      assert.deepEqual(house.cloudPaths(), ['/a other'], `after ${turns} turns`);
      await house.writes.close();
    }
  });

  it('leaves nothing anywhere of a file that is removed in whatever turn of its beginning', async () => {
    for (let turns = 0; turns < 60; turns += 1) {
      const house = await UploadHouse.open();
      house.slots.pause();
      await house.write('a', 'one');
      await house.env.clock.advance(6 * SECOND);
      house.slots.resume();
      for (let turn = 0; turn < turns; turn += 1) await Promise.resolve();
      await house.remove('a');
      await house.restart('killed');
      await house.idle();
      assert.deepEqual(house.cloudPaths(), [], `after ${turns} turns`);
      assert.deepEqual(await house.journal.files('films'), [], `after ${turns} turns`);
      assert.equal(house.disk.size, 0, `after ${turns} turns`);
      await house.writes.close();
    }
  });

  it('leaves nothing in the cloud of a file that is removed during its upload', async () => {
    for (const seconds of [5, 7, 9, 10]) {
      const house = await UploadHouse.open({ cloud: { ...cloud, latency: 300 } });
      await house.write('a', LONG);
      await house.env.clock.advance(seconds * SECOND);
      await house.remove('a');
      await house.idle();
      assert.deepEqual(house.cloudPaths(), []);
      assert.equal(house.disk.size, 0);
      await house.writes.close();
    }
  });
});

describe('Writes: close waits for the cloud', () => {
  const SYNC = { upload: { close: 'sync' } } as const;

  it('answers when the cloud has the file', async () => {
    const house = await UploadHouse.open(SYNC);
    await house.run(house.write('a', 'text'));
    assert.deepEqual(house.cloudPaths(), ['/a text']);
    await house.idle();
    assert.equal(house.disk.size, 0);
    await house.writes.close();
  });

  it('tells the program that the cloud refuses the file, and keeps its bytes', async () => {
    const house = await UploadHouse.open({ ...SYNC, cloud: { largestFile: 3 } });
    await assert.rejects(house.run(house.write('a', 'text')), { errno: 'EFBIG' });
    assert.equal(house.writes.transfers.status().files[0]?.state, 'failed');
    assert.equal(house.disk.size, 1);
    await house.writes.close();
  });

  it('does not wait for an empty file, which a shell closes once before it writes', async () => {
    const house = await UploadHouse.open(SYNC);
    const file = await house.writes.create(house.place('a'), callOf());
    file.retain();
    await file.flush(callOf());
    assert.deepEqual(house.cloudPaths(), []);
    await file.write(0, Buffer.from('text'), callOf());
    await house.run(file.flush(callOf()));
    assert.deepEqual(house.cloudPaths(), ['/a text']);
    assert.equal(house.cloud.gate.calls('announce'), 1);
    file.release();
    await house.idle();
    await house.writes.close();
  });

  it('ends with the program that waits, and uploads all the same', async () => {
    const house = await UploadHouse.open(SYNC);
    house.cloud.gate.outages.begin({ call: 'announce', kind: 'cut', times: 3 });
    const file = await house.writes.create(house.place('a'), callOf());
    await file.write(0, Buffer.from('text'), callOf());
    const leaving = new AbortController();
    const flushed = file.flush(callOf('lookup', leaving.signal));
    await house.env.clock.advance(SECOND);
    leaving.abort(new Error('interrupted'));
    await assert.rejects(flushed, /interrupted/);
    await house.idle();
    assert.deepEqual(house.cloudPaths(), ['/a text']);
    await house.writes.close();
  });
});
