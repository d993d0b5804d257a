import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MIGRATIONS, type Migrations, prepareSchema } from '../../../../src/upload/journal/schema.js';
import { SqliteRows } from '../../../../src/upload/journal/journal-rows.js';
import { SqliteConnection } from '../../../../src/upload/journal/sqlite-connection.js';
import { fileRow, newChange } from './rows.js';

const FIRST: Migrations = [['CREATE TABLE a (x)', 'INSERT INTO a VALUES (1)']];
const THIRD: Migrations = [...FIRST, ['ALTER TABLE a ADD COLUMN y'], ['UPDATE a SET y = x + 1']];

describe('schema of the journal', () => {
  let folder: string;
  let connection: SqliteConnection;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'panfuse-schema-'));
    await writeFile(join(folder, 'file'), '');
    connection = await SqliteConnection.open(join(folder, 'file'));
  });

  afterEach(async () => {
    await connection.close();
    await rm(folder, { recursive: true });
  });

  it('is brought from any older version to the newest, keeping what is there', async () => {
    assert.equal(await prepareSchema(connection, 'file', FIRST), 'empty');
    assert.equal(await prepareSchema(connection, 'file', THIRD), 'journal');
    assert.deepEqual(await connection.all('SELECT * FROM a'), [{ x: 1, y: 2 }]);
    assert.equal(await connection.scalar('PRAGMA user_version'), 3);
  });

  it('stays at the last version that was reached when a step fails', async () => {
    await prepareSchema(connection, 'file', FIRST);
    const broken: Migrations = [...FIRST, ['DELETE FROM a', 'no statement']];
    await assert.rejects(prepareSchema(connection, 'file', broken), /syntax error/);
    assert.equal(await connection.scalar('PRAGMA user_version'), 1);
    assert.deepEqual(await connection.all('SELECT * FROM a'), [{ x: 1 }]);
  });

  it('gets a table for the trash, and keeps what the first version wrote', async () => {
    assert.equal(await prepareSchema(connection, 'file', MIGRATIONS.slice(0, 1)), 'empty');
    const rows = new SqliteRows(connection);
    await rows.putFile(fileRow('local-a'));
    const change = await rows.addChange(newChange('a'));
    assert.equal(await prepareSchema(connection, 'file'), 'journal');
    assert.deepEqual(await rows.files('films'), [fileRow('local-a')]);
    assert.deepEqual(await rows.changes('films'), [change]);
    assert.deepEqual(await rows.trash('films'), []);
  });

  it('does not claim a file that is not ours', async () => {
    await connection.run('CREATE TABLE notes (x)');
    assert.equal(await prepareSchema(connection, 'file', FIRST), 'foreign');
  });
});
