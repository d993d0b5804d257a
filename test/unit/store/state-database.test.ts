import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, open, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { FsError } from '../../../src/lib/errors.js';
import { StateDatabase } from '../../../src/store/state-database.js';
import { type FakeEnv, fakeEnv } from '../../fakes/fake-env.js';

const WRITER = fileURLToPath(new URL('./endless-writer.ts', import.meta.url));

describe('StateDatabase', () => {
  let folder: string;
  let path: string;
  let env: FakeEnv;
  const opened: StateDatabase[] = [];

  const openDatabase = async (version = 1): Promise<StateDatabase> => {
    const database = await StateDatabase.open(env, path, version);
    opened.push(database);
    return database;
  };

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'panfuse-store-'));
    path = join(folder, 'deep', 'state.db');
    env = fakeEnv();
  });

  afterEach(async () => {
    for (const database of opened.splice(0)) await database.close();
    await rm(folder, { recursive: true, force: true });
  });

  it('keeps values across restarts, apart by namespace', async () => {
    const first = await openDatabase();
    await first.store('a').set('a:key', { n: 1 });
    await first.store('a:b').set('key', [2]);
    await first.store('电影_%').set('key', '三');
    await first.close();
    const second = await openDatabase();
    assert.deepEqual(await second.store('a').get('a:key'), { n: 1 });
    assert.deepEqual(await second.store('a').get('b:key'), undefined);
    assert.deepEqual(await second.store('a').getMany(['b:key', 'a:key']), [undefined, { n: 1 }]);
    assert.deepEqual([...(await second.store('a').entries())], [['a:key', { n: 1 }]]);
    assert.deepEqual([...(await second.store('电影_%').entries())], [['key', '三']]);
  });

  it('clears one namespace and deletes one key', async () => {
    const database = await openDatabase();
    const [one, two] = [database.store<number>('x_y'), database.store<number>('xay')];
    await one.set('k', 1);
    await two.set('k', 2);
    await two.set('l', 3);
    await one.clear();
    await two.delete('l');
    assert.deepEqual([await one.entries(), await two.entries()], [new Map(), new Map([['k', 2]])]);
  });

  it('expires values by the clock it was given', async () => {
    const store = (await openDatabase()).store<string>('links');
    await store.set('short', 'a', 1000);
    await store.set('long', 'b');
    await env.clock.advance(999);
    assert.equal(await store.get('short'), 'a');
    await env.clock.advance(1);
    assert.equal(await store.get('short'), undefined);
    assert.deepEqual([...(await store.entries()).keys()], ['long']);
  });

  it('is readable by its owner alone', async () => {
    const database = await openDatabase();
    await database.store('x').set('k', 'secret');
    for (const name of await readdir(join(folder, 'deep'))) {
      assert.equal((await stat(join(folder, 'deep', name))).mode & 0o777, 0o600, name);
    }
  });

  it('reads 30,000 keys with one query', async () => {
    const database = await openDatabase();
    await database.query(
      `WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 29999)
       INSERT INTO keyv SELECT 'many:' || i, '{"value":{"number":' || i || '}}' FROM n`,
    );
    const started = performance.now();
    const found = await database.store<{ number: number }>('many').entries();
    assert.equal(found.size, 30_000);
    assert.deepEqual(found.get('29999'), { number: 29_999 });
    assert.ok(performance.now() - started < 4000, 'as slow as paging by offset');
  });

  it('finds many keys in the order asked', async () => {
    const store = (await openDatabase()).store<number>('n');
    await Promise.all(Array.from({ length: 250 }, (_, index) => store.set(String(index), index)));
    const keys = Array.from({ length: 260 }, (_, index) => String(259 - index));
    const expected = keys.map((key) => (Number(key) < 250 ? Number(key) : undefined));
    assert.deepEqual(await store.getMany(keys), expected);
  });

  it('sets a file of rubbish aside and begins anew', async () => {
    await (await openDatabase()).close();
    await writeFile(path, Buffer.alloc(8192, 'not a database '));
    const database = await openDatabase();
    await database.store('x').set('k', 1);
    assert.equal(await database.store('x').get('k'), 1);
    assert.ok((await readdir(join(folder, 'deep'))).some((name) => name.startsWith('state.db.damaged-')));
    assert.deepEqual(
      env.log.lines.map((line) => line.level),
      ['error'],
    );
  });

  it('sets a database of somebody else aside', async () => {
    const first = await openDatabase();
    await first.query('CREATE TABLE theirs (a)');
    await first.query('PRAGMA user_version=0');
    await first.close();
    const second = await openDatabase();
    assert.deepEqual(await second.query("SELECT name FROM sqlite_master WHERE name = 'theirs'"), []);
    assert.ok((await readdir(join(folder, 'deep'))).some((name) => name.startsWith('state.db.damaged-')));
  });

  it('names damage found while running and begins anew at the next start', async () => {
    const first = await openDatabase();
    for (let index = 0; index < 200; index += 1) await first.store('x').set(`k${index}`, 'v'.repeat(500));
    await first.close();
    const file = await open(path, 'r+');
    await file.write(Buffer.alloc((await file.stat()).size - 8192, 0x5a), 0, undefined, 8192);
    await file.close();
    const second = await openDatabase();
    await assert.rejects(
      second.store('x').entries(),
      (error: unknown) => error instanceof FsError && error.errno === 'EIO' && error.message.includes(path),
    );
    await second.close();
    const third = await openDatabase();
    assert.deepEqual(await third.store('x').entries(), new Map());
  });

  it('refuses a newer version in words and leaves it as it is', async () => {
    const newer = await openDatabase(2);
    await newer.store('x').set('k', 1);
    await newer.close();
    await assert.rejects(openDatabase(1), (error: unknown) => {
      assert.ok(error instanceof FsError);
      assert.equal(error.errno, 'EINVAL');
      assert.match(error.message, /newer panfuse/);
      assert.match(error.message, /upgrade/);
      return error.message.includes(path);
    });
    assert.equal(await (await openDatabase(2)).store('x').get('k'), 1);
  });

  it('begins anew over an older version', async () => {
    const older = await openDatabase(1);
    await older.store('x').set('k', 1);
    await older.close();
    const newer = await openDatabase(2);
    assert.equal(await newer.store('x').get('k'), undefined);
    assert.deepEqual(
      (await readdir(join(folder, 'deep'))).filter((name) => name.includes('damaged')),
      [],
    );
  });

  it('says ENOSPC when the disk is full and still answers what it has', async () => {
    const database = await openDatabase();
    const store = database.store<string>('x');
    await store.set('k', 'kept');
    const [pages] = await database.query<{ page_count: number }>('PRAGMA page_count');
    await database.query(`PRAGMA max_page_count=${(pages?.page_count ?? 0) + 2}`);
    await assert.rejects(
      store.set('big', 'v'.repeat(100_000)),
      (error: unknown) =>
        error instanceof FsError && error.errno === 'ENOSPC' && error.message.includes(path),
    );
    assert.equal(await store.get('k'), 'kept');
  });

  it('names the file when its folder cannot be made', async () => {
    await writeFile(join(folder, 'deep'), 'a file');
    await assert.rejects(
      openDatabase(),
      (error: unknown) => error instanceof FsError && error.errno === 'EIO' && error.message.includes(path),
    );
  });

  it('throws after it was closed, and closes twice in peace', async () => {
    const database = await openDatabase();
    await database.close();
    await database.close();
    await assert.rejects(database.store('x').get('k'), /is closed/);
  });

  it('opens with all that was answered after a kill in the middle of writing', async () => {
    const child = spawn(process.execPath, ['--import', 'tsx', WRITER, path], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let answered = 0;
    let text = '';
    for await (const chunk of child.stdout) {
      text += String(chunk);
      answered = text.split('\n').length - 1;
      if (answered >= 50) child.kill('SIGKILL');
    }
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    assert.equal(child.signalCode, 'SIGKILL');
    const database = await openDatabase();
    const found = await database.store<string>('written').entries();
    assert.ok(found.size >= answered, `${found.size} kept of ${answered}`);
    assert.deepEqual(await database.query('PRAGMA integrity_check'), [{ integrity_check: 'ok' }]);
    assert.deepEqual(env.log.lines, []);
  }).timeout(30_000);
});
