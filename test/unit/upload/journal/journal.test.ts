import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FsError } from '../../../../src/lib/errors.js';
import { Journal } from '../../../../src/upload/journal/journal.js';
import { SqliteConnection } from '../../../../src/upload/journal/sqlite-connection.js';
import { type FakeEnv, fakeEnv } from '../../../fakes/fake-env.js';
import { fileEntry, fileRow, newChange, trashRow } from './rows.js';

describe('journal', () => {
  let folder: string;
  let path: string;
  let env: FakeEnv;
  let journal: Journal;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'panfuse-journal-'));
    path = join(folder, 'state', 'journal.sqlite');
    env = fakeEnv();
    journal = await Journal.open(env, path);
  });

  afterEach(async () => {
    await journal.close();
    await rm(folder, { recursive: true });
  });

  async function reopen(): Promise<void> {
    await journal.close();
    journal = await Journal.open(env, path);
  }

  /** Changes the file behind the journal's back, and opens it again. */
  async function tamper(...statements: readonly string[]): Promise<void> {
    await journal.close();
    const connection = await SqliteConnection.open(path);
    for (const statement of statements) await connection.run(statement);
    await connection.close();
    journal = await Journal.open(env, path);
  }

  it('keeps rows of files across restarts, as they were and in order', async () => {
    const rows = [
      fileRow('local-b', {
        state: 'parts',
        replaces: [fileEntry('5', 9)],
        base: fileEntry('5', 9),
        missing: [{ start: 1, end: 4 }],
        hashes: { sha1: 'A', headSha1: 'B', md5: 'C' },
        checkpoint: { uploadId: 'x', parts: [1, 2] },
        reason: '网络',
        seal: { size: 9, modifiedAt: 2000 },
      }),
      fileRow('local-a', { path: '/影片/片.mkv' }),
      fileRow('local-other', { drive: 'music' }),
    ];
    for (const row of rows) await journal.putFile(row);
    await reopen();
    assert.deepEqual(await journal.files('films'), rows.slice(0, 2));
    assert.deepEqual(await journal.file('local-other'), rows[2]);
    assert.equal(await journal.file('local-none'), null);
  });

  it('patches a row only in the generation that is named', async () => {
    await journal.putFile(fileRow('local-a', { generation: 2 }));
    assert.equal(await journal.patchFile('local-a', { state: 'hashing' }, 1), null);
    assert.equal((await journal.file('local-a'))?.state, 'writing');
    assert.equal((await journal.patchFile('local-a', { state: 'closed' }, 2))?.state, 'closed');
    assert.equal((await journal.patchFile('local-a', { name: 'b' }))?.state, 'closed');
    assert.equal(await journal.patchFile('local-none', { state: 'closed' }), null);
  });

  it('keeps the order of files when a row is written again', async () => {
    for (const id of ['local-a', 'local-b']) await journal.putFile(fileRow(id));
    await journal.putFile(fileRow('local-a', { state: 'closed' }));
    assert.deepEqual(
      (await journal.files('films')).map(({ id }) => id),
      ['local-a', 'local-b'],
    );
  });

  it('numbers changes upwards for ever, removed ones included', async () => {
    const first = await journal.addChange(newChange('a'));
    const second = await journal.addChange(newChange('b', { kind: 'remove' }));
    await journal.removeChanges([first.sequence, second.sequence]);
    await reopen();
    const third = await journal.addChange(newChange('c'));
    assert.ok(first.sequence < second.sequence && second.sequence < third.sequence);
    assert.deepEqual(await journal.changes('films'), [third]);
    await journal.patchChange(third.sequence, { attempts: 3, reason: 'refused' });
    assert.deepEqual(await journal.changes('films'), [{ ...third, attempts: 3, reason: 'refused' }]);
    assert.deepEqual(await journal.changes('music'), []);
  });

  it('does all of a transaction, or nothing when its work rejects', async () => {
    await journal.putFile(fileRow('local-a'));
    const failing = journal.transaction(async (rows) => {
      await rows.removeFile('local-a');
      await rows.addChange(newChange('a'));
      throw new FsError('EINVAL', 'no');
    });
    await assert.rejects(failing, { errno: 'EINVAL', message: 'no' });
    assert.equal((await journal.file('local-a'))?.id, 'local-a');
    assert.deepEqual(await journal.changes('films'), []);
    const answer = await journal.transaction(async (rows) => {
      await rows.removeFile('local-a');
      return (await rows.addChange(newChange('a'))).name;
    });
    assert.equal(answer, 'a');
    assert.equal(await journal.file('local-a'), null);
  });

  it('keeps the order of what is asked at once, transactions included', async () => {
    const asked: Promise<unknown>[] = [];
    for (let turn = 0; turn < 30; turn += 1) {
      asked.push(journal.putFile(fileRow('local-a', { attempts: turn, generation: turn })));
      if (turn % 7 === 0) {
        asked.push(journal.transaction(async (rows) => await rows.patchFile('local-a', { name: `${turn}` })));
      }
      asked.push(journal.patchFile('local-a', { size: turn }, turn));
    }
    await Promise.all(asked);
    const { attempts, size, name } = (await journal.file('local-a')) ?? fileRow('local-none');
    assert.deepEqual([attempts, size, name], [29, 29, 'local-a.bin']);
  });

  it('writes what else was asked together when one of them is refused', async () => {
    const bad = { ...fileRow('local-bad'), drive: null } as never;
    const asked = [
      journal.putFile(fileRow('local-a')),
      journal.putFile(bad),
      journal.noteFile(fileRow('local-b')),
    ];
    const outcomes = await Promise.allSettled(asked);
    assert.deepEqual(
      outcomes.map(({ status }) => status),
      ['fulfilled', 'rejected', 'fulfilled'],
    );
    assert.deepEqual(
      (await journal.files('films')).map(({ id }) => id),
      ['local-a', 'local-b'],
    );
  });

  it('refuses the file of a newer version, and leaves it as it is', async () => {
    await journal.putFile(fileRow('local-a'));
    await assert.rejects(tamper('PRAGMA user_version=99'), {
      errno: 'EINVAL',
      message: /version 99.*upgrade panfuse/,
    });
    assert.deepEqual(
      (await readdir(join(folder, 'state'))).filter((name) => name.includes('damaged')),
      [],
    );
    const connection = await SqliteConnection.open(path);
    assert.equal(await connection.scalar('SELECT count(*) FROM files'), 1);
    await connection.close();
  });

  it('says whether it was found, made or damaged, and sets a damaged file aside', async () => {
    assert.equal(journal.beginning, 'made');
    await journal.putFile(fileRow('local-a'));
    await reopen();
    assert.equal(journal.beginning, 'found');
    await journal.close();
    await writeFile(path, 'this is no database, and long enough to be looked at'.repeat(30));
    journal = await Journal.open(env, path);
    assert.equal(journal.beginning, 'damaged');
    assert.deepEqual(await journal.files('films'), []);
    const names = await readdir(join(folder, 'state'));
    assert.equal(names.filter((name) => name.startsWith('journal.sqlite.damaged-')).length, 1);
    assert.deepEqual(
      env.log.lines.map(({ level }) => level),
      ['error'],
    );
  });

  it('finds a file that was cut damaged', async () => {
    for (let row = 0; row < 200; row += 1) void journal.putFile(fileRow(`local-${row}`));
    await journal.close();
    await truncate(path, (await stat(path)).size / 2);
    journal = await Journal.open(env, path);
    assert.equal(journal.beginning, 'damaged');
  });

  it('names a damaged record and still answers the others', async () => {
    for (const id of ['local-a', 'local-b']) await journal.putFile(fileRow(id));
    await tamper("UPDATE files SET body = replace(body, 'writing', 'closed ') WHERE id = 'local-a'");
    assert.deepEqual(
      (await journal.files('films')).map(({ id }) => id),
      ['local-b'],
    );
    assert.equal(await journal.file('local-a'), null);
    assert.deepEqual(await journal.damagedFiles(), [{ id: 'local-a', drive: 'films' }]);
  });

  it('does not take a record for that of another file', async () => {
    for (const id of ['local-a', 'local-b']) await journal.putFile(fileRow(id));
    await tamper(
      "UPDATE files SET (body, crc) = (SELECT body, crc FROM files WHERE id = 'local-b') WHERE id = 'local-a'",
    );
    assert.deepEqual(await journal.damagedFiles(), [{ id: 'local-a', drive: 'films' }]);
  });

  it('tells of a damaged change and forgets it', async () => {
    const [first, second] = [
      await journal.addChange(newChange('a')),
      await journal.addChange(newChange('b')),
    ];
    await tamper(`UPDATE changes SET body = body || ' ' WHERE sequence = ${first.sequence}`);
    assert.deepEqual(await journal.changes('films'), [second]);
    const [line] = env.log.lines;
    assert.equal(line?.level, 'error');
    assert.equal(line.fields['sequence'], first.sequence);
  });

  it('keeps what is in the trash across restarts, and tells of what is damaged', async () => {
    const rows = ['local-top', 'local-film', 'local-other'].map((id) => trashRow(id));
    for (const row of rows) await journal.putTrash(row);
    const moved = { ...trashRow('local-film'), removedAt: 1 };
    await journal.putTrash(moved);
    await journal.putTrash({ ...trashRow('local-music'), drive: 'music' });
    await reopen();
    assert.deepEqual(await journal.trash('films'), [rows[0], moved, rows[2]]);
    await journal.removeTrash('local-other');
    await tamper("UPDATE trash SET body = body || ' ' WHERE id = 'local-film'");
    assert.deepEqual(await journal.trash('films'), [rows[0]]);
    assert.deepEqual(
      env.log.lines.map(({ level, fields }) => [level, fields['drive']]),
      [['error', 'films']],
    );
    await reopen();
    assert.equal(env.log.lines.length, 1);
  });

  it('is readable by its owner alone', async () => {
    await journal.putFile(fileRow('local-a'));
    for (const name of await readdir(join(folder, 'state'))) {
      assert.equal((await stat(join(folder, 'state', name))).mode & 0o777, 0o600, name);
    }
  });

  it('rejects in words once it is closed', async () => {
    await journal.close();
    await assert.rejects(journal.files('films'), { name: 'FsError', message: /closed/ });
  });
});
