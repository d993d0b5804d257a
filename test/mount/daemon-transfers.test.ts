import assert from 'node:assert/strict';
import { closeSync, existsSync, openSync, readFileSync, renameSync, writeFileSync, writeSync } from 'node:fs';
import { panfuse } from './daemon/command-line.js';
import { eventually, House } from './daemon/house.js';

describe('transfers of the daemon', function () {
  this.timeout(120_000);
  let house: House;
  beforeEach(async () => {
    house = await House.open({ sections: { upload: { delay: '0s' } } });
    await house.tree();
  });
  afterEach(() => house.close());

  const said = async (...words: readonly string[]): Promise<string> => {
    const { code, stdout, stderr } = await panfuse(house, 'transfers', ...words);
    assert.equal(code, 0, stderr);
    return stdout;
  };

  /** The states of what is on its way, by path. */
  const states = async (): Promise<Readonly<Record<string, string>>> =>
    Object.fromEntries((await house.transfers()).files.map(({ path, state }) => [path, state]));

  /** A file that a program has open when the daemon dies. */
  const leaveDraft = async (path: string, text: string): Promise<void> => {
    const file = openSync(house.at(path), 'w');
    writeSync(file, text);
    await house.daemon.kill();
    assert.throws(() => closeSync(file), { code: 'ENOTCONN' });
    await house.start();
  };

  it('paused uploads wait, all of them or one, and go on when they are resumed', async () => {
    assert.match(await said('pause'), /^All uploads of main are paused$/m);
    writeFileSync(house.at('/新片 part one.mkv'), 'one');
    writeFileSync(house.at('/two.mkv'), 'two');
    const list = await said();
    assert.match(list, /waiting +3 B +films:\/新片 part one\.mkv/);
    assert.match(list, /waiting +3 B +films:\/two\.mkv/);
    assert.match(list, /! uploads of account main are paused: panfuse transfers resume/);
    assert.match((await panfuse(house, 'status')).stdout, /Writing: 2 files on the way \(6 B to go\)/);
    assert.match(await said('pause', house.at('/two.mkv')), /films:\/two\.mkv/);
    await said('resume');
    await eventually(states, (all) => !('/新片 part one.mkv' in all));
    assert.deepEqual(await states(), { '/two.mkv': 'paused' });
    assert.deepEqual(await house.cloud.named('two.mkv'), []);
    await said('resume', 'films:/two.mkv');
    await said('--wait');
    assert.equal((await house.cloud.item({ path: '/two.mkv' })).size, 3);
    assert.equal(await said(), 'Nothing waits for the clouds.\n');
  });

  it('cancelled upload keeps its bytes until it is tried again', async () => {
    await said('pause');
    writeFileSync(house.at('/a.txt'), 'bytes');
    const [row] = (await house.transfers()).files;
    const id = row?.id.replace('local-', '').slice(0, 8) ?? '';
    assert.match(await said('cancel', id), new RegExp(`${id} +films:/a\\.txt`));
    await said('resume');
    assert.match(await said(), /failed +5 B +films:\/a\.txt +it was cancelled/);
    const waited = await panfuse(house, 'transfers', '--wait');
    assert.deepEqual([waited.code, waited.stdout], [1, '']);
    assert.match(waited.stderr, /1 file could not be uploaded: panfuse transfers says why/);
    assert.equal(readFileSync(house.at('/a.txt'), 'utf8'), 'bytes');
    assert.deepEqual(await house.cloud.named('a.txt'), []);
    assert.match(await said('retry'), /1 transfer tried again\n.*films:\/a\.txt/);
    await said('--wait');
    assert.equal((await house.cloud.item({ path: '/a.txt' })).size, 5);
  });

  it('dropped upload is gone, and what it replaced is there again', async () => {
    await said('pause');
    writeFileSync(house.at('/readme.txt'), 'changed here');
    writeFileSync(house.at('/new.txt'), 'new here');
    assert.match(
      await said('drop', '--yes', 'films:/new.txt', house.at('/readme.txt')),
      /2 transfers dropped/,
    );
    await said('resume');
    await said('--wait');
    assert.equal(existsSync(house.at('/new.txt')), false);
    assert.equal(readFileSync(house.at('/readme.txt'), 'utf8'), 'hello');
    assert.deepEqual(await house.cloud.named('new.txt'), []);
    assert.equal((await house.cloud.item({ path: '/readme.txt' })).size, 5);
    assert.equal((await house.status()).spool.used, 0);
  });

  it('file that no program closed is a draft, to be kept or dropped', async () => {
    await leaveDraft('/kept.txt', 'as far as it came');
    assert.equal(existsSync(house.at('/kept.txt')), false);
    assert.match(await said(), /ago +17 B +films:\/kept\.txt\nNo program closed these/);
    assert.match(await said('--wait'), /Everything is in the cloud, but 1 draft/);
    assert.match(await said('keep', 'films:/kept.txt'), /1 transfer kept, and on the way/);
    await said('--wait');
    assert.equal((await house.cloud.item({ path: '/kept.txt' })).size, 17);
    assert.equal(readFileSync(house.at('/kept.txt'), 'utf8'), 'as far as it came');
    await leaveDraft('/dropped.txt', 'never mind');
    const [draft] = (await house.transfers()).drafts;
    assert.match(await said('drop', '-y', draft?.id ?? ''), /1 transfer dropped/);
    assert.equal(await said(), 'Nothing waits for the clouds.\n');
    assert.deepEqual(await house.cloud.named('dropped.txt'), []);
  });

  it('change that the cloud refuses is put back and shown apart from what is owed', async () => {
    await house.cloud.fault('api-error', { value: 20020, match: '/open/ufile/update' });
    await house.cloud.networkDown();
    renameSync(house.at('/readme.txt'), house.at('/manual.txt'));
    assert.match(await said(), /^CHANGE +PATH.*\nrename +films:\/manual\.txt/m);
    await house.cloud.networkUp();
    await house.idle();
    assert.ok((await house.cloud.fired('api-error')) > 0);
    assert.match(
      await said(),
      /^REFUSED +PATH.*\nrename +films:\/manual\.txt.*extension is not accepted.*\nThe cloud did not/m,
    );
    assert.equal(readFileSync(house.at('/readme.txt'), 'utf8'), 'hello');
    assert.equal(existsSync(house.at('/manual.txt')), false);
  });

  it('waiting has an end, and says how far it is to who watches', async () => {
    await house.cloud.networkDown();
    writeFileSync(house.at('/a.txt'), 'bytes');
    const waited = await panfuse(house, 'transfers', '--watch', '--timeout', '2s');
    assert.equal(waited.code, 5);
    assert.match(waited.stderr, /not everything is in the cloud yet/);
    const watched = await panfuse(house, 'transfers', '--watch', '--timeout', '1s', '--json');
    const steps = watched.stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { readonly progress?: { readonly files: number } });
    assert.equal(steps[0]?.progress?.files, 1);
    assert.ok('error' in (steps.at(-1) ?? {}));
    await house.cloud.networkUp();
    assert.match(await said('retry', 'films:/a.txt'), /1 transfer tried again/);
    const done = await panfuse(house, 'transfers', '--wait', '--timeout', '1m');
    assert.deepEqual([done.code, done.stdout], [0, 'Everything is in the cloud\n']);
  });

  it('names that mean nothing are told so', async () => {
    const unknown = await panfuse(house, 'transfers', 'retry', 'films:/none.txt');
    assert.deepEqual([unknown.code, unknown.stdout], [3, '']);
    assert.match(unknown.stderr, /films:\/none\.txt: no transfer; panfuse transfers lists them/);
    const elsewhere = await panfuse(house, 'transfers', '--drive', 'music');
    assert.equal(elsewhere.code, 3);
    assert.match(elsewhere.stderr, /there is no drive music in the configuration/);
  });
});
