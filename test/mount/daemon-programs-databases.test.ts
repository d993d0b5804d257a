import assert from 'node:assert/strict';
import { mkdirSync, readdirSync } from 'node:fs';
import { House } from './daemon/house.js';
import { assertSameInCloud } from './daemon/programs/compare-with-cloud.js';
import { python } from './programs.js';

const PROCESSES = 3;
const ROUNDS = 8;

/** Several processes count in one database, kept in a journal mode; `at` is its path. */
const script = (mode: string): string => `
import sqlite3, subprocess
def opened(path):
  database = sqlite3.connect(path, timeout=50, isolation_level=None)
  database.execute('PRAGMA journal_mode=${mode}')
  return database
CHILD = '''
import sqlite3, sys
database = sqlite3.connect(sys.argv[1], timeout=50, isolation_level=None)
database.execute('PRAGMA journal_mode=${mode}')
for number in range(${ROUNDS}):
  database.execute('BEGIN IMMEDIATE')
  count, = database.execute('SELECT count FROM counter').fetchone()
  database.execute('UPDATE counter SET count = ?', (count + 1,))
  database.execute('INSERT INTO line VALUES (?, ?, ?)', (sys.argv[2], number, 'x' * 3000))
  database.execute('ROLLBACK' if number % 4 == 3 else 'COMMIT')
database.close()
'''
database = opened(at)
print(database.execute('PRAGMA journal_mode').fetchone()[0])
database.execute('CREATE TABLE counter (count)')
database.execute('INSERT INTO counter VALUES (0)')
database.execute('CREATE TABLE line (process, number, text)')
database.close()
processes = [subprocess.Popen([sys.executable, '-c', CHILD, at, str(number)]) for number in range(${PROCESSES})]
print([process.wait() for process in processes])
database = opened(at)
print(database.execute('PRAGMA integrity_check').fetchone()[0])
print(database.execute('SELECT count FROM counter').fetchone()[0])
print(database.execute('SELECT count(*) FROM line').fetchone()[0])
database.execute('DELETE FROM line WHERE number < 2')
database.execute('VACUUM')
print(database.execute('PRAGMA integrity_check').fetchone()[0])
database.close()`;

describe('an SQLite database inside a mount', function () {
  this.timeout(120_000);
  let house: House;
  before(async () => {
    house = await House.open({ sections: { upload: { delay: '0s' } }, limit: 600_000 });
  });
  after(() => house.close());

  for (const mode of ['delete', 'truncate', 'persist', 'wal']) {
    it(`is written by several processes in the journal mode ${mode}`, async () => {
      const folder = `/${mode}`;
      mkdirSync(house.at(folder));
      const committed = PROCESSES * (ROUNDS - Math.floor(ROUNDS / 4));
      assert.deepEqual((await python(house.at(`${folder}/a.db`), script(mode))).split('\n'), [
        mode,
        `[${Array.from({ length: PROCESSES }, () => 0).join(', ')}]`,
        'ok',
        String(committed),
        String(committed),
        'ok',
      ]);
      const left = mode === 'persist' || mode === 'truncate' ? ['a.db', 'a.db-journal'] : ['a.db'];
      assert.deepEqual(readdirSync(house.at(folder)), left);
      await assertSameInCloud(house, folder);
    });
  }
});
