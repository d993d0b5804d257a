import assert from 'node:assert/strict';
import { appendFile, rename, rm, truncate, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isUnchanged } from '../../../../src/upload/journal/rows.js';
import { SqliteConnection } from '../../../../src/upload/journal/sqlite-connection.js';
import type { SpoolFile } from '../../../../src/upload/spool/spool-file.js';
import { callOf } from '../../../fakes/calls.js';
import { MIB, SpoolHouse, textOf, write } from './spool-house.js';

describe('spool at its start', () => {
  let house: SpoolHouse;

  beforeEach(async () => {
    house = await SpoolHouse.open();
    house.env.log.lines.length = 0;
  });

  afterEach(() => house.close());

  function found(id: string): SpoolFile {
    const file = house.spool.open(id);
    assert.ok(file !== null, `${id} is not there`);
    return file;
  }

  function levels(): readonly string[] {
    return house.env.log.lines.map(({ level }) => level);
  }

  async function tamper(statement: string): Promise<void> {
    const connection = await SqliteConnection.open(join(house.directory, 'journal.sqlite'));
    await connection.run(statement);
    await connection.close();
  }

  it('goes on with what was closed', async () => {
    const { id } = await house.closed('abc');
    await house.journal.patchFile(id, { state: 'parts' });
    await house.restart();
    assert.deepEqual([await textOf(found(id)), (await house.row(id)).state], ['abc', 'parts']);
    assert.equal((await house.spool.contentOf(id)).size, 3);
    assert.deepEqual(levels(), []);
  });

  it('keeps what was not closed as a draft, with the bytes that it has', async () => {
    const file = await house.create();
    await write(file, 0, 'abc');
    await house.restart();
    const draft = found(file.id);
    const row = await house.row(file.id);
    assert.deepEqual([await textOf(draft), draft.phase, row.state, row.size], ['abc', 'draft', 'writing', 3]);
    assert.deepEqual(levels(), ['warn']);
  });

  it('does not close a draft that is only opened and closed', async () => {
    const { id } = await house.create();
    await house.restart();
    found(id).retain();
    await found(id).flush(callOf());
    found(id).release();
    await house.restart();
    assert.equal((await house.row(id)).state, 'writing');
  });

  it('closes a draft that a person accepts, or that is written again', async () => {
    const [first, second] = [await house.create(), await house.create()];
    await write(first, 0, 'abc');
    await house.restart();
    await found(first.id).accept(callOf());
    await write(found(second.id), 0, 'def');
    await found(second.id).flush(callOf());
    assert.equal((await house.spool.contentOf(first.id)).size, 3);
    assert.equal((await house.spool.contentOf(second.id)).size, 3);
  });

  it('says nothing of the copy of a file of the cloud in which nothing was changed', async () => {
    const { file } = await house.edit(1000);
    await house.restart();
    assert.equal(found(file.id).phase, 'draft');
    assert.ok(isUnchanged(await house.row(file.id)));
    assert.deepEqual(levels(), []);
    await write(found(file.id), 10, 'changed');
    await house.restart();
    assert.ok(!isUnchanged(await house.row(file.id)));
    assert.deepEqual(levels(), ['warn']);
  });

  it('knows which bytes of a draft were changed', async () => {
    const { file, base } = await house.edit(1000);
    await write(file, 10, 'changed');
    const expected = Buffer.from(base.bytes);
    expected.write('changed', 10);
    await house.restart();
    assert.deepEqual(Buffer.from(await found(file.id).read(0, 1000, callOf())), expected);
    assert.deepEqual((await house.row(file.id)).missing, [
      { start: 0, end: 10 },
      { start: 17, end: 1000 },
    ]);
  });

  const damages: readonly (readonly [string, RegExp, (path: string) => Promise<void>])[] = [
    ['cut', /cut or grew: 2 B in place of 3 B/, (path) => truncate(path, 2)],
    ['longer', /cut or grew/, (path) => appendFile(path, 'x')],
    ['written by something else', /changed by something else/, (path) => writeFile(path, 'abd')],
    ['missing', /is missing/, (path) => rm(path)],
  ];
  for (const [what, words, damage] of damages) {
    it(`finds a closed file ${what}: failed, named, never given to be uploaded`, async () => {
      const { id } = await house.closed('abc');
      const { path } = await house.spool.contentOf(id);
      await house.restart(() => damage(path));
      const row = await house.row(id);
      assert.equal(row.state, 'failed');
      assert.match(row.reason ?? '', words);
      assert.deepEqual(levels(), ['error']);
      await assert.rejects(house.spool.contentOf(id), { errno: 'EIO', message: words });
    });

    it(`finds a closed file ${what} before it is uploaded`, async () => {
      const { id } = await house.closed('abc');
      await damage((await house.spool.contentOf(id)).path);
      await assert.rejects(house.spool.contentOf(id), { errno: 'EIO', message: words });
      assert.equal((await house.row(id)).state, 'failed');
    });
  }

  it('lets a person accept a file that was changed by something else', async () => {
    const { id } = await house.closed('abc');
    const { path } = await house.spool.contentOf(id);
    await house.restart(() => writeFile(path, 'abcdef'));
    await found(id).accept(callOf());
    assert.equal((await house.spool.contentOf(id)).size, 6);
    assert.deepEqual([(await house.row(id)).size, (await house.row(id)).generation], [6, 2]);
  });

  it('does not take a file that was restored from a backup for changed', async () => {
    const { id } = await house.closed('abc');
    const { path } = await house.spool.contentOf(id);
    const { seal } = await house.row(id);
    await house.restart(async () => {
      await writeFile(`${path}.copy`, 'abc');
      await utimes(`${path}.copy`, 0, (seal?.modifiedAt ?? 0) / 1000);
      await rename(`${path}.copy`, path);
    });
    assert.equal((await house.row(id)).state, 'closed');
  });

  it('does not take a file for damaged whose missing bytes were being fetched', async () => {
    const { file } = await house.edit(9 * MIB);
    await write(file, 0, 'x');
    await file.flush(callOf());
    const row = await house.row(file.id);
    await file.complete(callOf());
    const { path } = await house.spool.contentOf(file.id);
    await house.journal.putFile(row);
    await house.restart(() => utimes(path, 1, 1));
    assert.equal((await house.row(file.id)).state, 'closed');
    await found(file.id).complete(callOf());
    assert.equal((await house.spool.contentOf(file.id)).size, 9 * MIB);
  });

  it('keeps bytes without a row as a draft', async () => {
    const { id } = await house.closed('abc');
    await house.journal.removeFile(id);
    await house.restart();
    const row = await house.row(id);
    assert.deepEqual([row.state, row.path, row.name, row.size], ['writing', '/影片/Film.mkv', 'Film.mkv', 3]);
    assert.equal(await textOf(found(id)), 'abc');
    assert.deepEqual(levels(), ['warn']);
  });

  it('ends what was being dropped, and takes back what was only about to be', async () => {
    const [first, second] = [await house.closed('abc'), await house.closed('def')];
    for (const { id } of [first, second]) {
      const { path } = await house.spool.contentOf(id);
      await rename(path, `${path}.dropped`);
    }
    await house.journal.removeFile(first.id);
    await house.restart();
    assert.equal(house.spool.open(first.id), null);
    assert.equal(await textOf(found(second.id)), 'def');
    assert.equal((await house.names()).length, 2);
    assert.deepEqual(levels(), []);
  });

  it('leaves what is not ours alone, and clears what is left of nothing', async () => {
    await house.restart(async () => {
      await writeFile(join(house.path, 'notes.txt'), 'mine');
      await writeFile(join(house.path, 'x~local-9.json'), '{}');
    });
    assert.deepEqual(await house.names(), ['notes.txt']);
  });

  it('loses no bytes when the journal cannot be read: every file is failed and says so', async () => {
    const closed = await house.closed('abc');
    const { file: edited } = await house.edit(1000);
    await write(edited, 10, 'changed');
    const dropped = (await house.spool.contentOf(closed.id)).path;
    await house.restart(async () => {
      await writeFile(join(house.directory, 'journal.sqlite'), 'damage'.repeat(1000));
      await rename(dropped, `${dropped}.dropped`);
    });
    for (const id of [closed.id, edited.id]) {
      const row = await house.row(id);
      assert.equal(row.state, 'failed');
      assert.match(row.reason ?? '', /record in the journal was lost/);
      assert.equal(row.path, '/影片/Film.mkv');
    }
    assert.equal(await textOf(found(closed.id)), 'abc');
    assert.equal((await house.row(edited.id)).base?.size, 1000);
    assert.equal(Buffer.from(await found(edited.id).read(10, 7, callOf())).toString(), 'changed');
    assert.deepEqual(levels(), ['error', 'error', 'error']);
    await found(closed.id).accept(callOf());
    assert.equal((await house.spool.contentOf(closed.id)).size, 3);
  });

  it('is not fooled by a journal that is gone', async () => {
    const { id } = await house.closed('abc');
    await house.restart(async () => {
      for (const suffix of ['', '-wal', '-shm']) {
        await rm(join(house.directory, `journal.sqlite${suffix}`), { force: true });
      }
    });
    assert.equal((await house.row(id)).state, 'failed');
  });

  it('rebuilds one damaged record, and names one whose bytes are lost too', async () => {
    const [kept, lost] = [await house.closed('abc'), await house.closed('def')];
    const { path } = await house.spool.contentOf(lost.id);
    await house.restart(async () => {
      await tamper("UPDATE files SET body = body || ' '");
      await rm(path);
      await rm(`${path}.json`);
    });
    assert.equal((await house.row(kept.id)).state, 'failed');
    assert.equal(await textOf(found(kept.id)), 'abc');
    assert.equal(house.spool.open(lost.id), null);
    assert.deepEqual(await house.journal.damagedFiles(), []);
    assert.deepEqual(levels(), ['error', 'error']);
  });

  it('shows a file whose origin is lost under the name that its bytes have', async () => {
    const { id } = await house.closed('abc');
    const { path } = await house.spool.contentOf(id);
    await house.journal.removeFile(id);
    await house.restart(() => writeFile(`${path}.json`, '{"half'));
    const row = await house.row(id);
    assert.deepEqual([row.name, row.path, row.parentId], ['Film.mkv', 'Film.mkv', '']);
  });

  it('counts what lies there against the budget', async () => {
    await house.closed('x'.repeat(10_000));
    const { file } = await house.edit(1 * MIB);
    await write(file, 0, 'x');
    const used = house.space.used;
    assert.equal(used, 10_000 + MIB);
    await house.restart();
    assert.deepEqual([house.space.used, house.spool.used], [used, used]);
  });
});
