import assert from 'node:assert/strict';
import { readFile, stat } from 'node:fs/promises';
import { FsError } from '../../../../src/lib/errors.js';
import { callOf } from '../../../fakes/calls.js';
import { settle } from '../../../fakes/fake-clock.js';
import { contentOf, MIB, SpoolHouse, write } from './spool-house.js';

const GONE = new FsError('ESTALE', 'the file was replaced', { reason: 'gone' });

describe('spool file of a file of the cloud', () => {
  let house: SpoolHouse;

  beforeEach(async () => {
    house = await SpoolHouse.open({ size: 64 * MIB });
  });

  afterEach(() => house.close());

  it('fetches nothing when it is begun, and takes no space', async () => {
    const { file, base } = await house.edit(20 * MIB);
    assert.deepEqual([base.asked, file.size, house.space.used], [[], 20 * MIB, 0]);
    assert.ok((await stat(`${house.path}/${(await house.names())[0] ?? ''}`)).blocks < 16);
  });

  it('reads what was not changed from its base, and only that', async () => {
    const { file, base } = await house.edit(1000);
    await write(file, 100, 'changed');
    base.asked.length = 0;
    const expected = Buffer.from(base.bytes);
    expected.write('changed', 100);
    assert.deepEqual(Buffer.from(await file.read(90, 50, callOf())), expected.subarray(90, 140));
    assert.deepEqual(base.asked, [
      { start: 90, end: 100 },
      { start: 107, end: 140 },
    ]);
    assert.deepEqual(await contentOf(file), expected);
  });

  it('is closed without fetching; its row names what is missing', async () => {
    const { file, base } = await house.edit(1000);
    await write(file, 100, 'changed');
    await write(file, 990, 'beyond the end');
    await file.flush(callOf());
    const row = await house.row(file.id);
    assert.deepEqual(
      [row.state, row.size, row.missing],
      [
        'closed',
        1004,
        [
          { start: 0, end: 100 },
          { start: 107, end: 990 },
        ],
      ],
    );
    assert.deepEqual(base.asked, []);
  });

  it('has nothing to close when it was only opened', async () => {
    const { file } = await house.edit(1000);
    file.retain();
    await file.flush(callOf());
    file.release();
    await settle();
    assert.deepEqual([file.phase, house.told], ['draft', [`released ${file.id}`]]);
  });

  it('needs nothing of its base when it is emptied', async () => {
    const { file, base } = await house.edit(1000);
    await file.truncate(0, callOf());
    await write(file, 0, 'new');
    await file.flush(callOf());
    assert.deepEqual([(await house.row(file.id)).missing, base.asked, base.closed], [[], [], 1]);
  });

  it('that was cut and grown has zeros where it was cut', async () => {
    const { file, base } = await house.edit(1000);
    await file.truncate(400, callOf());
    await file.truncate(900, callOf());
    const expected = Buffer.concat([base.bytes.subarray(0, 400), Buffer.alloc(500)]);
    assert.deepEqual(await contentOf(file), expected);
    await house.restart();
    const found = house.spool.open(file.id);
    assert.deepEqual(found === null ? null : await contentOf(found), expected, 'a draft as well');
  });

  it('claims all of its space at the first write', async () => {
    const { file, base } = await house.edit(65 * MIB);
    await assert.rejects(write(file, 0, 'x'), { errno: 'ENOSPC', message: /spool of 64\.0 MiB is full/ });
    assert.deepEqual([house.space.used, (await file.read(0, 1, callOf()))[0]], [0, base.bytes[0]]);
    await assert.rejects(file.truncate(64.5 * MIB, callOf()), { errno: 'ENOSPC' });
    await file.truncate(10 * MIB, callOf());
    await write(file, 0, 'x');
    assert.equal(house.space.used, 10 * MIB);
  });

  it('is completed once, in few requests, before it is uploaded', async () => {
    const { file, base } = await house.edit(9 * MIB);
    for (let place = 0; place < 100; place += 1) await write(file, 3 * MIB + place * 1000, 'island');
    await write(file, 7 * MIB, 'x'.repeat(200_000));
    await file.flush(callOf());
    const expected = await contentOf(file);
    await assert.rejects(house.spool.contentOf(file.id), { message: /not all here/ });
    base.asked.length = 0;
    await file.complete(callOf());
    assert.deepEqual(base.asked, [
      { start: 0, end: 4 * MIB },
      { start: 4 * MIB, end: 7 * MIB },
      { start: 7 * MIB + 200_000, end: 9 * MIB },
    ]);
    await file.complete(callOf());
    assert.equal(base.asked.length, 3);
    const { path } = await house.spool.contentOf(file.id);
    assert.ok((await readFile(path)).equals(expected));
    assert.deepEqual([(await house.row(file.id)).missing, base.closed], [[], 1]);
  });

  it('keeps what is written while it is being completed', async () => {
    const { file, base } = await house.edit(1000);
    await write(file, 0, 'first');
    await file.flush(callOf());
    let open = (): void => undefined;
    base.gate = new Promise((resolve) => (open = resolve));
    const completed = file.complete(callOf());
    while (base.asked.length === 0) await settle();
    await write(file, 500, 'second');
    open();
    await completed;
    const expected = Buffer.from(base.bytes);
    expected.write('first', 0);
    expected.write('second', 500);
    assert.deepEqual(await contentOf(file), expected);
    assert.equal((await house.row(file.id)).state, 'writing');
    await file.flush(callOf());
    assert.deepEqual((await house.row(file.id)).missing, []);
  });

  it('is completed after a restart', async () => {
    const { file } = await house.edit(1000);
    await write(file, 100, 'changed');
    await file.flush(callOf());
    const expected = await contentOf(file);
    await house.restart();
    const found = house.spool.open(file.id);
    assert.equal(found?.phase, 'closed');
    await found.complete(callOf());
    assert.deepEqual(await readFile((await house.spool.contentOf(file.id)).path), expected);
  });

  it('goes on where completing was interrupted', async () => {
    const { file, base } = await house.edit(40 * MIB);
    await write(file, 0, 'x');
    await file.flush(callOf());
    const abort = new AbortController();
    const reason = new Error('stop');
    base.gate = new Promise((resolve) => setImmediate(resolve));
    const completed = file.complete(callOf('background', abort.signal));
    while (base.asked.length < 3) await settle();
    abort.abort(reason);
    await assert.rejects(completed, reason);
    const asked = base.asked.length;
    await file.complete(callOf());
    assert.ok(base.asked[asked]?.start !== 1, 'from the beginning');
    const expected = Buffer.from(base.bytes);
    expected.write('x');
    assert.ok((await contentOf(file)).equals(expected));
  });

  it('is failed with its reason, bytes kept, when its base is gone', async () => {
    const { file, base } = await house.edit(1000);
    await write(file, 100, 'changed');
    await file.flush(callOf());
    base.failure = GONE;
    await assert.rejects(file.complete(callOf()), GONE);
    const row = await house.row(file.id);
    assert.deepEqual(
      [row.state, row.reason],
      [...['failed', 'the bytes that were not changed are gone: the file was replaced']],
    );
    await house.restart();
    const kept = await house.spool.open(file.id)?.read(100, 7, callOf());
    assert.equal(Buffer.from(kept ?? []).toString(), 'changed');
  });

  it('is tried again when its base only does not answer', async () => {
    const { file, base } = await house.edit(1000);
    await write(file, 100, 'changed');
    await file.flush(callOf());
    base.failure = new FsError('ETIMEDOUT', 'no answer', { reason: 'network' });
    await assert.rejects(file.complete(callOf()), { errno: 'ETIMEDOUT' });
    assert.equal((await house.row(file.id)).state, 'closed');
    base.failure = null;
    await file.complete(callOf());
  });

  it('never takes a short answer for the bytes', async () => {
    const { file, base } = await house.edit(1000);
    await write(file, 0, 'x');
    await file.flush(callOf());
    base.read = () => Promise.resolve(Buffer.alloc(10));
    await assert.rejects(file.read(10, 100, callOf()), { errno: 'EIO', message: /10 bytes in place of 100/ });
    await assert.rejects(file.complete(callOf()), { errno: 'EIO' });
    assert.ok(file.missingBytes > 0);
  });
});
