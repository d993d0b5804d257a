import assert from 'node:assert/strict';
import { readFile, rm, stat } from 'node:fs/promises';
import { callOf } from '../../../fakes/calls.js';
import { settle } from '../../../fakes/fake-clock.js';
import { MIB, SpoolHouse, textOf, write } from './spool-house.js';

describe('spool file', () => {
  let house: SpoolHouse;

  beforeEach(async () => {
    house = await SpoolHouse.open({ largest: 64 * MIB });
  });

  afterEach(() => house.close());

  it('reads what was written, wherever it was written', async () => {
    const file = await house.create();
    await write(file, 0, 'abcdef');
    await write(file, 2, 'XY');
    await write(file, 10, 'end');
    assert.equal(await textOf(file), 'abXYef....end');
    assert.equal(file.size, 13);
    assert.equal(Buffer.from(await file.read(11, 100, callOf())).toString(), 'nd');
    assert.equal((await file.read(13, 10, callOf())).length, 0);
    assert.equal((await file.read(99, 10, callOf())).length, 0);
  });

  it('appends each write as a whole, many at once', async () => {
    const file = await house.create();
    const words = Array.from({ length: 40 }, (_none, index) => `<${String(index).padStart(5, '0')}>`);
    await Promise.all(words.map((word) => write(file, null, word)));
    const text = await textOf(file);
    assert.equal(text.length, 280);
    assert.deepEqual([...new Set(text.match(/<\d{5}>/g))].sort(), words);
  });

  it('is cut and grown by truncate, with zeros where nothing was', async () => {
    const file = await house.create();
    await write(file, 0, 'abcdef');
    await file.truncate(3, callOf());
    await file.truncate(5, callOf());
    assert.equal(await textOf(file), 'abc..');
    await file.truncate(0, callOf());
    assert.equal(file.size, 0);
  });

  it('tells the time of the last change', async () => {
    const file = await house.create();
    await house.env.clock.advance(5000);
    await write(file, 0, 'a');
    assert.equal(file.modifiedAt, house.env.clock.now());
  });

  it('has a row that says writing from the beginning, without one for each write', async () => {
    const file = await house.create();
    const before = await house.row(file.id);
    await write(file, 0, 'abc');
    await file.sync(callOf());
    assert.deepEqual(await house.row(file.id), before);
    assert.deepEqual([before.state, before.generation, before.closedAt], ['writing', 1, null]);
  });

  it('is closed in its row when flush answers', async () => {
    const file = await house.create();
    await write(file, 0, 'abc');
    await file.flush(callOf());
    const row = await house.row(file.id);
    const now = house.env.clock.now();
    assert.deepEqual(
      [row.state, row.size, row.modifiedAt, row.closedAt, row.generation],
      [...['closed', 3, now, now, 1]],
    );
    assert.equal((await stat((await house.spool.contentOf(file.id)).path)).mtimeMs, row.seal?.modifiedAt);
    assert.deepEqual(house.told, [`closed ${file.id}`]);
  });

  it('that is new and empty is closed by its first flush', async () => {
    const file = await house.create();
    await file.flush(callOf());
    assert.equal((await house.row(file.id)).state, 'closed');
  });

  it('has nothing to close without a change', async () => {
    const file = await house.closed('abc');
    house.told.length = 0;
    await file.flush(callOf());
    assert.deepEqual(house.told, []);
  });

  it('lets close wait for whoever uploads', async () => {
    let open = (): void => undefined;
    house.closing = new Promise((resolve) => (open = resolve));
    const file = await house.create();
    let answered = false;
    const flushed = file.flush(callOf()).then(() => (answered = true));
    while (house.told.length === 0) await settle();
    assert.equal(answered, false);
    open();
    await flushed;
  });

  it('says writing again before a later write is answered, in a new generation', async () => {
    const file = await house.closed('abc');
    await house.journal.patchFile(file.id, {
      ...{ state: 'parts', attempts: 2, reason: 'busy', checkpoint: { uploadId: 'x' } },
      hashes: { sha1: 'A', headSha1: 'A', md5: 'A' },
    });
    await write(file, 0, 'X');
    const row = await house.row(file.id);
    assert.deepEqual(
      [row.state, row.generation, row.hashes, row.attempts, row.reason, row.closedAt, row.seal],
      [...['writing', 2, null, 0, null, null, null]],
    );
    assert.deepEqual(row.checkpoint, { uploadId: 'x' }, 'what was begun has to be ended');
    await write(file, 1, 'Y');
    await file.flush(callOf());
    assert.deepEqual([(await house.row(file.id)).state, file.generation], ['closed', 2]);
    assert.equal(await textOf(file), 'XYc');
  });

  it('tells whoever uploads before a byte is changed', async () => {
    const file = await house.closed('abc');
    const content = await house.spool.contentOf(file.id);
    const signal = new AbortController().signal;
    assert.equal(Buffer.from(await content.read({ start: 1, end: 3 }, signal)).toString(), 'bc');
    house.told.length = 0;
    await write(file, 0, 'X');
    assert.deepEqual(house.told, [`dirty ${file.id}`]);
    assert.equal(content.unchanged, false);
    await assert.rejects(content.read({ start: 1, end: 3 }, signal), { errno: 'ESTALE' });
  });

  it('is as before when the row cannot say writing', async () => {
    const file = await house.closed('abc');
    await house.journal.removeFile(file.id);
    await assert.rejects(write(file, 0, 'X'), { errno: 'ESTALE' });
    await assert.rejects(file.truncate(1, callOf()), { errno: 'ESTALE' });
    assert.deepEqual([await textOf(file), file.generation, file.phase], ['abc', 1, 'closed']);
  });

  it('is released when the last handle is gone', async () => {
    const file = await house.create();
    file.retain();
    file.retain();
    await file.flush(callOf());
    file.release();
    await settle();
    assert.deepEqual([house.told, file.held], [[`closed ${file.id}`], true]);
    file.release();
    await settle();
    assert.deepEqual([house.told.at(-1), file.held], [`released ${file.id}`, false]);
  });

  it('is closed by its last release when pages of a mapping came after close', async () => {
    const file = await house.create();
    file.retain();
    await file.flush(callOf());
    await write(file, 0, 'late');
    file.release();
    await house.end();
    await house.begin();
    const row = await house.row(file.id);
    assert.deepEqual([row.state, row.size], ['closed', 4]);
    assert.deepEqual(house.told.slice(-1), [`released ${file.id}`]);
  });

  it('takes no more than the cloud does, and is as before', async () => {
    const file = await house.create();
    await write(file, 0, 'abc');
    await assert.rejects(write(file, 64 * MIB, 'x'), { errno: 'EFBIG', message: /64\.0 MiB/ });
    await assert.rejects(file.truncate(64 * MIB + 1, callOf()), { errno: 'EFBIG' });
    assert.equal(await textOf(file), 'abc');
  });

  it('does nothing for a call that is aborted already', async () => {
    const file = await house.create();
    const reason = new Error('gone');
    const call = callOf('lookup', AbortSignal.abort(reason));
    await assert.rejects(file.write(0, Buffer.from('abc'), call), reason);
    await assert.rejects(file.flush(call), reason);
    assert.deepEqual([file.size, (await house.row(file.id)).state], [0, 'writing']);
  });

  it('is found by a person: its name, and where it belongs beside it', async () => {
    const file = await house.closed('abc', { name: 'a/b.mkv' });
    assert.deepEqual(await house.names(), [`a_b.mkv~${file.id}`, `a_b.mkv~${file.id}.json`]);
    const origin = JSON.parse(await readFile(`${house.path}/a_b.mkv~${file.id}.json`, 'utf8')) as object;
    assert.deepEqual(origin, {
      ...{ path: '/影片/Film.mkv', name: 'a/b.mkv', drive: 'films', parentId: '0', id: file.id },
      ...{ replaces: [], base: null },
    });
  });

  it('has no open descriptor when nobody has used it for a while', async () => {
    const file = await house.closed('abc');
    assert.ok(file.open);
    await house.env.clock.advance(5000);
    assert.ok(!file.open);
    assert.equal(await textOf(file), 'abc');
  });

  it('that was removed keeps its bytes for those who have it open', async () => {
    const file = await house.create();
    file.retain();
    await write(file, 0, 'abc');
    await house.spool.drop(file.id);
    assert.deepEqual([await house.names(), await house.journal.files('films')], [[], []]);
    assert.equal(house.spool.open(file.id), null);
    await write(file, 3, 'def');
    await file.sync(callOf());
    await file.flush(callOf());
    assert.equal(await textOf(file), 'abcdef');
    file.release();
    await house.env.clock.advance(60_000);
    await assert.rejects(textOf(file), { errno: 'ESTALE' });
    assert.deepEqual([house.spool.used, house.space.used], [0, 0]);
  });

  it('has nothing to lose at fsync once it was removed and nobody may write to it', async () => {
    const file = await house.closed('abc');
    await house.env.clock.advance(5000);
    await house.spool.drop(file.id);
    await file.sync(callOf());
  });

  it('stays when its row cannot be removed', async () => {
    const file = await house.closed('abc');
    const failure = new Error('no');
    await assert.rejects(
      house.spool.drop(file.id, () => Promise.reject(failure)),
      failure,
    );
    assert.equal(house.spool.open(file.id), file);
    assert.equal(await textOf(file), 'abc');
    await house.restart();
    assert.equal((await house.row(file.id)).state, 'closed');
  });

  it('is no damaged one while it is taken away', async () => {
    const file = await house.closed('abc');
    let go = (): void => undefined;
    const gate = new Promise<void>((resolve) => (go = resolve));
    const dropped = house.spool.drop(file.id, async () => {
      await gate;
      await house.journal.removeFile(file.id);
    });
    const gone = assert.rejects(house.spool.contentOf(file.id), { errno: 'ESTALE', expected: true });
    await settle();
    go();
    await Promise.all([dropped, gone]);
    await assert.rejects(house.spool.contentOf(file.id), { errno: 'ESTALE', expected: true });
  });

  it('is made in a new folder when somebody has removed that of the spool', async () => {
    await house.closed('abc');
    await rm(house.path, { recursive: true });
    const file = await house.closed('def');
    assert.equal((await house.spool.contentOf(file.id)).size, 3);
    assert.equal((await house.names()).length, 2);
  });

  it('passes its crash points in order', async () => {
    const file = await house.closed('abc');
    await file.sync(callOf());
    await house.spool.drop(file.id);
    assert.deepEqual(house.env.checkpoints, [
      ...['spool:created', 'spool:written', 'spool:sealed', 'spool:closed', 'spool:synced'],
      ...['spool:dropped', 'spool:forgotten'],
    ]);
  });
});
