import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import type { MadeOutput, MadeRow } from '../../src/lib/copy-protocol.js';
import { CopiesHouse } from './copies-house.js';

/** Files of this size and above must be proved: those of four groups of the library. */
const CHALLENGED = 1800;
const GROUP = 50;
const FILES = 1000;

/** How often each outcome is among the rows: `known 50`. */
function outcomes({ files }: MadeOutput): readonly string[] {
  const names = [...new Set(files.map(({ outcome }) => outcome))].sort();
  return names.map((name) => `${name} ${files.filter(({ outcome }) => outcome === name).length}`);
}

/** `upload/init 1200, …`. */
function named(calls: Readonly<Record<string, number>>): string {
  return Object.entries(calls)
    .map(([name, count]) => `${count} ${name}`)
    .join(', ');
}

/** The only row. */
function only({ files }: MadeOutput): MadeRow {
  const [row] = files;
  assert.equal(files.length, 1, JSON.stringify(files));
  assert.ok(row !== undefined);
  return row;
}

describe('copies over the socket between two emulated accounts', function () {
  this.timeout(120_000);
  let house: CopiesHouse;

  before(async () => {
    house = await CopiesHouse.open(CHALLENGED);
    // Before anybody looks: a name that is missing from a fresh listing is believed to be.
    await house.films.addFile({ name: 'clash.bin', size: 10 });
  });
  after(() => house.close());
  beforeEach(async () => {
    await Promise.all([house.films, house.backup].map((cloud) => cloud.clearFigures()));
    await house.backup.clearStorageFigures();
  });

  const copy = async (from: string, to: string, wait = false) =>
    await house.client.call('POST /v1/copy', { from: [from], to, wait });
  const move = async (from: string, to: string) =>
    await house.client.call('POST /v1/move', { from: [from], to });
  const namesIn = async (cloud: 'films' | 'backup', path: string): Promise<readonly string[]> =>
    (await house[cloud].children({ path })).map(({ name }) => name).sort();

  it('make a folder from hashes: no byte but proofs and what is read back', async () => {
    const made = await copy('films:/tree/group-19', 'backup:/');
    assert.deepEqual(outcomes(made), [`known ${GROUP}`]);
    assert.equal((await namesIn('backup', 'group-19')).length, GROUP);
    assert.equal(made.sent, 0);
    assert.equal(made.files.filter(({ readBack }) => readBack === true).length, 3);
    assert.equal((await house.films.figures()).bytesSent, made.proved);
    assert.equal((await house.backup.figures()).bytesSent, made.readBack);
    assert.equal((await house.backup.storageFigures()).bytesReceived, 0);
    const [source, copied] = await Promise.all([
      house.films.hash({ path: 'tree/group-19/file-07.bin' }, 'sha1'),
      house.backup.hash({ path: 'group-19/file-07.bin' }, 'sha1'),
    ]);
    assert.equal(copied, source);
  });

  it('of a folder of 1,000 files read proofs and 12 of them back', async () => {
    await house.backup.addDirectory('whole');
    const began = performance.now();
    const made = await copy('films:/tree', 'backup:/whole');
    const took = Math.round(performance.now() - began);
    assert.deepEqual(outcomes(made), [`known ${FILES}`]);
    const proved = made.files.filter((row) => row.proved > 0).length;
    const looked = made.files.filter(({ readBack }) => readBack === true).length;
    assert.deepEqual([proved, looked], [4 * GROUP, 12]);
    const [here, there] = [await house.films.figures(), await house.backup.figures()];
    assert.deepEqual([here.bytesSent, there.bytesSent, made.sent], [made.proved, made.readBack, 0]);
    assert.equal((await house.backup.storageFigures()).bytesReceived, 0);
    console.log(
      `      ${FILES} files in ${took} ms; source: ${named(here.calls.byName)}; target: ${named(there.calls.byName)}; ` +
        `${made.proved} bytes proved of ${proved} files, ${made.readBack} read back of ${looked}, 0 sent`,
    );
    assert.ok(there.calls.total < 1.3 * FILES && here.calls.total < 0.2 * FILES);
  });

  it('made again leave what is there already', async () => {
    await copy('films:/tree/group-01', 'backup:/');
    const made = await copy('films:/tree/group-01', 'backup:/');
    assert.deepEqual(outcomes(made), [`there ${GROUP}`]);
    assert.equal((await namesIn('backup', 'group-01')).length, GROUP);
  });

  it('give a file another name, and replace nothing', async () => {
    const row = only(await copy('films:/tree/group-00/file-00.bin', 'backup:/新.bin'));
    assert.deepEqual([row.outcome, row.to], ['known', 'backup:/新.bin']);
    const again = only(await copy('films:/tree/group-00/file-01.bin', 'backup:/新.bin'));
    assert.deepEqual([again.outcome, again.errno], ['failed', 'EEXIST']);
    assert.match(again.message ?? '', /^backup:\/新\.bin is there already/);
  });

  it('inside an account are made by the cloud, folders whole', async () => {
    const file = only(await copy('films:/tree/group-02/file-00.bin', 'films:/copy.bin'));
    const folder = only(await copy('films:/tree/group-02', 'part:/'));
    assert.deepEqual([file.outcome, folder.outcome, folder.kind], ['copied', 'copied', 'directory']);
    assert.equal((await namesIn('films', 'part/group-02')).length, GROUP);
    assert.equal((await house.films.figures()).bytesSent, 0);
    const again = only(await copy('films:/tree/group-02/file-00.bin', 'films:/copy.bin'));
    assert.equal(again.outcome, 'there');
  });

  it('refuse a folder inside itself, and sources and targets that are not there', async () => {
    const inside = only(await copy('films:/tree', 'films:/tree/group-03'));
    assert.deepEqual([inside.outcome, inside.errno], ['failed', 'EINVAL']);
    const nothing = only(await copy('films:/none', 'backup:/'));
    assert.deepEqual([nothing.outcome, nothing.errno], ['failed', 'ENOENT']);
    await assert.rejects(copy('films:/tree', 'backup:/none/none'), { errno: 'ENOENT' });
    await assert.rejects(copy('films:/tree', 'music:/'), { errno: 'ENOENT', message: /no drive music/ });
    const nowhere = house.client.call('POST /v1/copy', { from: [], to: 'films:/' });
    await assert.rejects(nowhere, { errno: 'EINVAL', message: /^from: must not be empty/ });
  });

  it('move between accounts: the source goes when the copy is confirmed', async () => {
    const made = await move('films:/tree/group-04', 'backup:/moved');
    assert.deepEqual(outcomes(made), [`known ${GROUP}`]);
    assert.equal((await namesIn('backup', 'moved')).length, GROUP);
    await house.client.call('POST /v1/transfers/wait', { timeout: 600_000 });
    assert.deepEqual(await namesIn('films', 'tree').then((names) => names.includes('group-04')), false);
    assert.equal((await house.films.bin()).length > 0, true);
  });

  it('move keeps a source that could not be copied', async () => {
    await house.backup.addFile({ name: 'clash.bin', size: 11 });
    const row = only(await move('films:/clash.bin', 'backup:/'));
    assert.equal(row.errno, 'EEXIST');
    assert.equal((await house.films.named('clash.bin')).length, 1);
  });

  it('move inside an account by the cloud, also to another drive of it', async () => {
    const { id } = await house.films.item({ path: 'tree/group-05' });
    const row = only(await move('films:/tree/group-05', 'part:/renamed'));
    assert.equal(row.outcome, 'moved');
    await house.client.call('POST /v1/transfers/wait', { timeout: 600_000 });
    assert.equal((await house.films.item({ path: 'part/renamed' })).id, id);
    const back = only(await move('part:/renamed', 'part:/again'));
    assert.equal(back.outcome, 'moved');
    await house.client.call('POST /v1/transfers/wait', { timeout: 600_000 });
    assert.equal((await house.films.item({ path: 'part/again' })).id, id);
    const local = house.client.call('POST /v1/move', { from: ['/etc/hosts'], to: 'films:/' });
    await assert.rejects(local, { errno: 'EINVAL', message: /file of this machine/ });
  });

  it('exported as a list make the same files elsewhere, with proofs from where they are', async () => {
    const { files, left } = await house.client.call('POST /v1/rapid/export', {
      paths: ['films:/tree/group-18', 'films:/tree/group-06'],
      heads: false,
    });
    assert.deepEqual([files.length, left], [2 * GROUP, []]);
    assert.ok(files.every(({ sha1, preid }) => sha1 !== null && sha1 === preid));
    assert.equal((await house.films.figures()).bytesSent, 0);
    const input = { to: 'backup:/', files, dryRun: false };
    const planned = await house.client.call('POST /v1/rapid/import', { ...input, dryRun: true });
    assert.deepEqual(outcomes(planned), [`planned ${2 * GROUP}`]);
    const without = await house.client.call('POST /v1/rapid/import', input);
    assert.deepEqual(outcomes(without), [`failed ${GROUP}`, `known ${GROUP}`]);
    assert.match(without.files[0]?.message ?? '', /wants proof of its bytes: name a folder that has them/);
    const made = await house.client.call('POST /v1/rapid/import', { ...input, from: 'films:/tree' });
    assert.deepEqual(outcomes(made), [`known ${GROUP}`, `there ${GROUP}`]);
    assert.equal((await house.films.figures()).bytesSent, made.proved);
    const again = await house.client.call('POST /v1/rapid/export', {
      paths: ['backup:/group-18', 'backup:/group-06'],
      heads: false,
    });
    assert.deepEqual(again.files, files);
  });

  it('by hash that cannot be read are told', async () => {
    await house.backup.fault('cdn-403');
    const row = only(await copy('films:/tree/group-07/file-00.bin', 'backup:/unreadable.bin'));
    await house.backup.clearFault('cdn-403');
    assert.deepEqual([row.outcome, row.errno], ['failed', 'EIO']);
    assert.match(row.message ?? '', /^it was made from its hashes, but cannot be read/);
  });

  it('tell how far they are', async () => {
    const told: string[] = [];
    await house.client.call(
      'POST /v1/copy',
      { from: ['films:/tree/group-08'], to: 'backup:/' },
      { onProgress: ({ stage, files }) => told.push(`${stage} of ${files}`) },
    );
    assert.ok(told.includes(`asking of ${GROUP}`) || told.includes(`hashing of ${GROUP}`), told.join());
  });

  it('of files that are too many or ask for too much are refused by field', async () => {
    const file = { name: '../a', size: 1, sha1: null, preid: null, md5: null };
    const escaped = house.client.call('POST /v1/rapid/import', {
      to: 'films:/',
      files: [file],
      dryRun: true,
    });
    await assert.rejects(escaped, { errno: 'EINVAL', message: /^files\.0\.name: must be a path/ });
    writeFileSync(house.local('a.txt'), 'a');
    const named = { to: 'films:/', files: [house.local('a.txt'), house.local('a.txt')], name: 'b' };
    const put = house.client.call('POST /v1/rapid/put', { ...named, orUpload: false, dryRun: true });
    await assert.rejects(put, { errno: 'EINVAL', message: /one file or folder alone/ });
  });

  it('of this machine are planned without asking anybody', async () => {
    writeFileSync(house.local('b.txt'), 'b');
    const made = await house.client.call('POST /v1/rapid/put', {
      to: 'films:/',
      files: [house.local('b.txt')],
      orUpload: false,
      dryRun: true,
    });
    assert.deepEqual(outcomes(made), ['planned 1']);
    const missing = house.client.call('POST /v1/rapid/put', {
      to: 'films:/',
      files: [house.local('none')],
      orUpload: false,
      dryRun: true,
    });
    await assert.rejects(missing, { errno: 'ENOENT' });
  });
});
