import assert from 'node:assert/strict';
import { readdir, readFile, truncate, writeFile } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import type { MadeOutput } from '../../src/lib/copy-protocol.js';
import { type CloudProcess, startCloud } from '../clouds/process.js';
import { panfuse } from './daemon/command-line.js';
import { House } from './daemon/house.js';

const MIB = 1024 ** 2;
/** A file of zeros, of the size that is asked for. */
const ZEROS = Number(process.env['PANFUSE_RAPID_SIZE'] ?? 16 * MIB);
const GROUP = 50;
/** Files of this size and above must be proved: four groups of the library. */
const settings = { challengeFrom: 1800 };
const PACE = { calls: { perSecond: 20, burst: 100, perDay: 1_000_000 } };

describe('copies and rapid uploads between two accounts', function () {
  this.timeout(120_000 + ZEROS / 20_000);
  let house: House;
  let other: CloudProcess;

  before(async () => {
    // The same library: what one account has the other cloud knows.
    other = await startCloud({ library: 'tree-1000', settings });
    await other.addDirectory('imported');
    const { clientId, refreshToken } = other.login;
    const second = { kind: '115-open', clientId, refreshToken, endpoints: other.endpoints, ...PACE };
    house = await House.open({
      cloud: { library: 'tree-1000', settings },
      account: PACE,
      accounts: { second },
      sections: {
        drives: { films: { account: 'main' }, backup: { account: 'second' } },
        upload: { delay: '0s' },
      },
      limit: 300_000 + ZEROS / 20_000,
    });
  });

  after(async () => {
    await house.close();
    await other.stop();
  });

  const cli = async (...words: readonly string[]): Promise<MadeOutput> => {
    const { code, stdout, stderr } = await panfuse(house, ...words, '--json');
    assert.equal(code, 0, `${stdout}\n${stderr}`);
    return JSON.parse(stdout) as MadeOutput;
  };

  it('rapid put makes a file that the cloud knows without sending a byte of it', async () => {
    const path = `${house.folder}/零.iso`;
    await writeFile(path, '');
    await truncate(path, ZEROS);
    const sha1 = await zerosHash(ZEROS);
    await house.cloud.makeKnown({ content: { kind: 'modulo', modulus: 1 }, size: ZEROS, sha1 });
    await house.cloud.clearStorageFigures();
    const began = performance.now();
    const input = { to: 'films:/', files: [path], orUpload: false, dryRun: false };
    const made = await house.client.call('POST /v1/rapid/put', input);
    const took = Math.round(performance.now() - began);
    const [row] = made.files;
    assert.deepEqual([row?.outcome, row?.sent, row?.readBack], ['known', 0, true]);
    const { bytesReceived, calls } = await house.cloud.storageFigures();
    assert.deepEqual([bytesReceived, calls.total], [0, 0]);
    console.log(`      ${ZEROS / MIB} MiB: ${row?.proved} bytes proved, 0 sent, ${took} ms`);
    const shown = await readFile(house.at('/零.iso')).catch(() => null);
    if (ZEROS <= 16 * MIB) assert.ok(shown?.equals(Buffer.alloc(ZEROS)));
  });

  it('rapid put tells of what the cloud does not know, and uploads it when it shall', async () => {
    const path = `${house.folder}/own.bin`;
    await writeFile(path, createHash('sha512').update('own').digest());
    const { code, stdout } = await panfuse(house, 'rapid', 'put', path, 'films:/', '--json');
    assert.deepEqual(
      [code, (JSON.parse(stdout.split('\n')[0] ?? '') as MadeOutput).files[0]?.outcome],
      [1, 'unknown'],
    );
    assert.equal((await cli('rapid', 'put', '--or-upload', path, 'films:/')).files[0]?.outcome, 'queued');
    await house.idle();
    assert.deepEqual(await readFile(house.at('/own.bin')), await readFile(path));
    assert.equal((await house.cloud.named('own.bin')).length, 1);
  });

  it('cp copies a folder of a mount with proofs and what is read back alone', async () => {
    await Promise.all([house.cloud.clearFigures(), other.clearFigures(), other.clearStorageFigures()]);
    const made = await cli('cp', house.at('/tree/group-18'), 'backup:/');
    assert.equal(made.files.filter(({ outcome }) => outcome === 'known').length, GROUP);
    const [here, there] = [await house.cloud.figures(), await other.figures()];
    const { bytesReceived } = await other.storageFigures();
    assert.deepEqual([here.bytesSent, there.bytesSent, bytesReceived], [made.proved, made.readBack, 0]);
    assert.equal(made.files.filter(({ readBack }) => readBack === true).length, 3);
  });

  it('cp sends what the other cloud does not know, and waits when it shall', async () => {
    const bytes = createHash('sha512').update('secret').digest();
    await writeFile(house.at('/secret.bin'), bytes);
    await house.idle();
    await other.clearStorageFigures();
    const [row] = (await cli('cp', house.at('/secret.bin'), 'backup:/', '--wait')).files;
    assert.deepEqual([row?.outcome, row?.sent, row?.readBack], ['uploaded', bytes.length, null]);
    assert.ok(bytes.equals(await other.bytes({ path: 'secret.bin' }, 0, bytes.length)));
    assert.ok((await other.storageFigures()).bytesReceived >= bytes.length);
  });

  it('mv between the accounts is seen in the mount', async () => {
    const made = await cli('mv', house.at('/tree/group-03'), 'backup:/moved');
    assert.equal(made.files.length, GROUP);
    await assert.rejects(readFile(house.at('/tree/group-03/file-00.bin')), { code: 'ENOENT' });
    assert.equal((await other.children({ path: 'moved' })).length, GROUP);
  });

  it('mv from this machine removes a folder when the cloud has all of it', async () => {
    const folder = house.directory('本机');
    const bytes = createHash('sha512').update('moved').digest();
    await writeFile(`${folder}/a.bin`, bytes);
    const made = await cli('mv', folder, 'films:/');
    assert.deepEqual(
      made.files.map(({ outcome, to }) => [outcome, to]),
      [['uploaded', 'films:/本机/a.bin']],
    );
    assert.deepEqual(await readFile(house.at('/本机/a.bin')), bytes);
    await assert.rejects(readdir(folder), { code: 'ENOENT' });
  });

  it('export and import lead back to the same files', async () => {
    const list = `${house.folder}/list.jsonl`;
    assert.equal((await panfuse(house, 'rapid', 'export', 'films:/tree/group-02', '-o', list)).code, 0);
    assert.equal((await panfuse(house, 'rapid', 'import', list, 'backup:/none')).code, 3);
    const all = await cli('rapid', 'import', list, 'backup:/imported', '--from', 'films:/tree');
    assert.ok(all.files.every(({ outcome }) => outcome === 'known'));
    const again = await panfuse(house, 'rapid', 'export', 'backup:/imported/group-02');
    assert.deepEqual(again.stdout, await readFile(list, 'utf8'));
  });
});

async function zerosHash(size: number): Promise<string> {
  const hash = createHash('sha1');
  const piece = Buffer.alloc(MIB);
  for (let at = 0; at < size; at += MIB) {
    hash.update(piece.subarray(0, Math.min(MIB, size - at)));
    if (at % (64 * MIB) === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  return hash.digest('hex').toUpperCase();
}
