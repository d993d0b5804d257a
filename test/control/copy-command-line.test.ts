import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { main } from '../../src/cli/main.js';
import type { MadeOutput } from '../../src/lib/copy-protocol.js';
import type { ControlServer } from '../../src/control/server.js';
import { formatListedFile } from '../../src/lib/rapid-list.js';
import { fakeEnv } from '../fakes/fake-env.js';
import { FakeTerminal } from '../fakes/fake-terminal.js';
import { LISTED, madeOutput, madeRow } from './fake-copies.js';
import { FakeDaemon, serveFakeDaemon } from './fake-daemon.js';

describe('command line of copies and rapid uploads', () => {
  let directory: string;
  let daemon: FakeDaemon;
  let server: ControlServer;

  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'panfuse-copies-'));
    const socket = join(directory, 'control.sock');
    const config = [
      'accounts: { main: { kind: 115-open, clientId: "1" } }',
      'drives: { films: { account: main }, 纪录片: { account: main } }',
      `control: { socket: "${socket}" }`,
    ];
    writeFileSync(join(directory, 'config.yaml'), config.join('\n'));
    daemon = new FakeDaemon();
    server = await serveFakeDaemon(fakeEnv(), socket, daemon);
  });

  afterEach(async () => {
    await server.close();
    rmSync(directory, { recursive: true });
  });

  async function run(argv: readonly string[], lines: readonly string[] = []) {
    const variables = { PANFUSE_CONFIG: join(directory, 'config.yaml') };
    const terminal = new FakeTerminal({ lines, variables });
    return Object.assign(terminal, { code: await main(argv, terminal) });
  }

  it('rapid put asks for files of this machine and tells that no byte was sent', async () => {
    const { code, said } = await run(['rapid', 'put', 'a.mkv', '/films/b', 'films:/2026']);
    assert.equal(code, 0);
    const files = '["/work/here/a.mkv","/films/b"]';
    assert.deepEqual(daemon.asked, [
      `POST /v1/rapid/put {"to":"films:/2026","files":${files},"orUpload":false,"dryRun":false}`,
    ]);
    assert.match(
      said,
      /^OUTCOME +SIZE +FROM +TO +WHY\nby hash +5\.00 GiB +\/home\/me\/片\.mkv +films:\/2026/,
    );
    assert.match(
      said,
      /\n1 by hash \(5\.00 GiB\); 0 B sent, 151 B read as proof, 128 KiB to read back 1 file: right\n$/,
    );
  });

  it('rapid put passes on how it shall be done', async () => {
    const options = ['--or-upload', '--max-size', '1GiB', '--name', '新.mkv', '--dry-run'];
    await run(['rapid', 'put', ...options, 'a.mkv', '2026']);
    assert.deepEqual(daemon.asked, [
      'POST /v1/rapid/put {"to":"/work/here/2026","files":["/work/here/a.mkv"],"name":"新.mkv","orUpload":true,"maxSize":1073741824,"dryRun":true}',
    ]);
  });

  it('rapid put ends with 1 when the cloud does not know a file', async () => {
    daemon.made = madeOutput(
      madeRow(),
      madeRow({ outcome: 'unknown', message: 'the cloud does not know it' }),
    );
    const { code, said, complained } = await run(['rapid', 'put', 'a', 'b', 'films:/']);
    assert.equal(code, 1);
    assert.match(said, /^unknown +5\.00 GiB .* the cloud does not know it$/m);
    assert.equal(complained, 'panfuse: 1 of 2 files unknown to the cloud\n');
  });

  it('rapid put ends as what stopped it says', async () => {
    const stopped = { errno: 'EACCES', reason: 'login', message: 'the login is lost' };
    daemon.made = { ...madeOutput(), stopped };
    const { code, complained } = await run(['rapid', 'put', 'a', 'films:/']);
    assert.deepEqual([code, /ended before the last file: the login is lost/.test(complained)], [7, true]);
  });

  it('rapid put refuses sizes that are none and sources without a target', async () => {
    assert.equal((await run(['rapid', 'put', 'a', 'films:/', '--max-size', 'big'])).code, 2);
    assert.equal((await run(['rapid', 'put', 'films:/'])).code, 2);
    assert.deepEqual(daemon.asked, []);
  });

  it('rapid export writes a JSON object a line, and says what it leaves out', async () => {
    const { said, complained } = await run(['rapid', 'export', 'films:/Show', '--heads']);
    assert.deepEqual(daemon.asked, ['POST /v1/rapid/export {"paths":["films:/Show"],"heads":true}']);
    assert.deepEqual(JSON.parse(said), LISTED);
    assert.equal(complained, 'films:/Show/new.mkv: left out: it is not in the cloud yet\n');
  });

  it('rapid export writes to a file, and one document for a program', async () => {
    const output = join(directory, 'list.jsonl');
    const { said } = await run(['rapid', 'export', 'films:/', '-o', output]);
    assert.equal(said, `1 file in ${output}\n`);
    assert.equal(readFileSync(output, 'utf8'), `${formatListedFile(LISTED)}\n`);
    const { json } = await run(['rapid', 'export', 'films:/', '--json']);
    assert.deepEqual((json as { files: unknown }).files, [LISTED]);
  });

  it('rapid import reads a list and asks in portions', async () => {
    const list = Array.from({ length: 501 }, (_, number) =>
      formatListedFile({ ...LISTED, name: `${number}` }),
    );
    const { code } = await run(['rapid', 'import', '-', 'films:/2026', '--from', 'backup:/'], ['{', ...list]);
    assert.equal(code, 0);
    const inputs = daemon.asked.map(
      (one) => JSON.parse(one.replace('POST /v1/rapid/import ', '')) as Record<string, unknown>,
    );
    assert.deepEqual(
      inputs.map(({ to, from, dryRun, before, files }) => [to, from, dryRun, before, (files as []).length]),
      [
        ['films:/2026', 'backup:/', false, 0, 500],
        ['films:/2026', 'backup:/', false, 1, 1],
      ],
    );
  });

  it('rapid import refuses what is no list, or not there', async () => {
    assert.equal((await run(['rapid', 'import', '-', 'films:/'], ['nothing'])).code, 2);
    assert.equal((await run(['rapid', 'import', 'none.jsonl', 'films:/'])).code, 2);
    assert.deepEqual(daemon.asked, []);
  });

  it('cp names what goes where and says which way it took', async () => {
    daemon.made = madeOutput(madeRow({ outcome: 'copied', proved: 0, readBack: null }));
    const { said } = await run(['cp', '-r', 'films:/a', '/mnt/films/b', '纪录片:/']);
    assert.deepEqual(daemon.asked, [
      'POST /v1/copy {"from":["films:/a","/mnt/films/b"],"to":"纪录片:/","wait":false}',
    ]);
    assert.match(said, /\n1 copied by the cloud \(5\.00 GiB\); 0 B sent\n$/);
    await run(['cp', 'films:/a', 'films:/b', '--wait']);
    assert.match(daemon.asked[1] ?? '', /"wait":true}$/);
  });

  it('cp tells where what is on its way can be seen', async () => {
    daemon.made = madeOutput(madeRow({ outcome: 'queued', sent: 10, readBack: null }));
    const { said } = await run(['cp', 'a', 'films:/']);
    assert.match(
      said,
      /^1 on its way \(5\.00 GiB\); 0 B sent, 151 B read as proof\npanfuse transfers shows what is on its way\n$/m,
    );
  });

  it('mv between drives is one request', async () => {
    await run(['mv', 'films:/a', '/mnt/films/b', '纪录片:/']);
    assert.deepEqual(daemon.asked, [
      'GET /v1/mounts {}',
      'POST /v1/move {"from":["films:/a","/mnt/films/b"],"to":"纪录片:/"}',
    ]);
  });

  it('mv from this machine removes what the cloud has, and nothing else', async () => {
    const folder = join(directory, 'Show');
    mkdirSync(join(folder, 'empty'), { recursive: true });
    const [one, two] = [join(folder, 'one'), join(folder, 'two')];
    for (const path of [one, two]) writeFileSync(path, path);
    daemon.made = madeOutput(
      madeRow({ from: one, outcome: 'uploaded' }),
      madeRow({ from: two, outcome: 'failed', errno: 'EIO', message: 'no' }),
    );
    const failed = await run(['mv', folder, 'films:/']);
    assert.match(daemon.asked.at(-1) ?? '', /^POST \/v1\/copy .*"wait":true}$/);
    assert.deepEqual([failed.code, existsSync(one), existsSync(two)], [1, false, true]);
    daemon.made = madeOutput(madeRow({ from: two, outcome: 'known' }));
    assert.equal((await run(['mv', folder, 'films:/'])).code, 0);
    assert.equal(existsSync(folder), false);
  });

  it('mv from this machine keeps what was written to meanwhile', async () => {
    const path = join(directory, 'one');
    writeFileSync(path, 'one');
    const made = madeOutput(madeRow({ from: path, outcome: 'uploaded' }));
    const get = (): MadeOutput => {
      utimesSync(path, 1, 1);
      return made;
    };
    Object.defineProperty(daemon, 'made', { get });
    const { code, complained } = await run(['mv', path, 'films:/']);
    assert.deepEqual([code, existsSync(path)], [1, true]);
    assert.match(complained, /one was changed meanwhile: it stays/);
  });

  it('mv refuses to mix what is here with what is in drives', async () => {
    const { code } = await run(['mv', '/home/me/a', 'films:/b', 'films:/c']);
    assert.equal(code, 2);
    assert.deepEqual(daemon.asked, ['GET /v1/mounts {}']);
  });

  for (const words of ['cp', 'mv', 'rapid', 'rapid put', 'rapid export', 'rapid import']) {
    it(`help of ${words} has examples`, async () => {
      const { code, said } = await run([...words.split(' '), '--help']);
      assert.equal(code, 0);
      assert.match(said, new RegExp(`Examples:\\n {2}.*panfuse ${words}`));
    });
  }
});
