import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { main } from '../../src/cli/main.js';
import type { ControlServer } from '../../src/control/server.js';
import { FsError } from '../../src/lib/errors.js';
import { fakeEnv } from '../fakes/fake-env.js';
import { FakeTerminal } from '../fakes/fake-terminal.js';
import { FakeDaemon, serveFakeDaemon } from './fake-daemon.js';
import { RUNNING } from './fake-offline.js';

const LINK = 'https://example.org/a.iso';

describe('command line of offline downloads', () => {
  let directory: string;
  let daemon: FakeDaemon;
  let server: ControlServer;

  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'panfuse-offline-'));
    const socket = join(directory, 'control.sock');
    writeFileSync(
      join(directory, 'config.yaml'),
      [
        'accounts: { main: { kind: 115-open, clientId: "1" } }',
        'drives: { films: { account: main }, 纪录片: { account: main } }',
        `control: { socket: "${socket}" }`,
      ].join('\n'),
    );
    daemon = new FakeDaemon();
    server = await serveFakeDaemon(fakeEnv(), socket, daemon);
  });

  afterEach(async () => {
    await server.close();
    rmSync(directory, { recursive: true });
  });

  async function run(argv: readonly string[], lines: readonly string[] = []) {
    const terminal = new FakeTerminal({
      lines,
      variables: { PANFUSE_CONFIG: join(directory, 'config.yaml') },
    });
    return Object.assign(terminal, { code: await main(['offline', ...argv], terminal) });
  }

  it('add asks for links and tells what became of them and of the quota', async () => {
    const { code, said } = await run(['add', 'films:/2026', LINK, 'magnet:?xt=urn:btih:' + 'A'.repeat(40)]);
    assert.equal(code, 0);
    const links = `["${LINK}","magnet:?xt=urn:btih:${'A'.repeat(40)}"]`;
    assert.deepEqual(daemon.asked, [`POST /v1/offline/add {"to":"films:/2026","links":${links}}`]);
    assert.match(said, /^ID +OUTCOME +LINK +WHY\n0b2ed1c6 +added +https:\/\/example\.org\/a\.iso\n/);
    assert.match(said, /\nQuota of main: 1480 of 1500 left\n$/);
  });

  it('add says that a task was there already', async () => {
    daemon.linkOutcome = 'exists';
    const { code, said } = await run(['add', 'films:', LINK]);
    assert.deepEqual([code, /0b2ed1c6 +is there already/.test(said)], [0, true]);
  });

  it('add ends with an error when links were refused, after telling of all', async () => {
    daemon.linkOutcome = 'refused';
    const { code, said, complained } = await run(['add', 'films:', LINK]);
    assert.equal(code, 1);
    assert.match(said, /refused +https:\/\/example\.org\/a\.iso +the quota of offline downloads is used up/);
    assert.equal(complained, 'panfuse: 1 of 1 link refused: the quota of offline downloads is used up\n');
  });

  it('add takes a list on standard input and a folder of this machine', async () => {
    await run(['add', '2026', '-'], ['# films', LINK, '', '  ftp://example.org/b  ']);
    assert.deepEqual(daemon.asked, [
      `POST /v1/offline/add {"to":"/work/here/2026","links":["${LINK}","ftp://example.org/b"]}`,
    ]);
  });

  it('add looks at links before anybody is asked', async () => {
    const { code, complained } = await run(['add', 'films:', LINK, 'a.iso', 'magnet:?dn=x']);
    assert.equal(code, 2);
    assert.match(
      complained,
      /^panfuse: a\.iso: a link begins with http:.*\nmagnet:\?dn=x: a magnet link needs/,
    );
    assert.equal((await run(['add', 'films:', '-'])).code, 2);
    assert.deepEqual(daemon.asked, []);
  });

  it('add sends the bytes of a torrent and counts its files from 1', async () => {
    const path = join(directory, '片.torrent');
    writeFileSync(path, 'torrent');
    const { said } = await run(['add', 'films:', path, '--files', '2,1,4-5']);
    const content = Buffer.from('torrent').toString('base64');
    assert.deepEqual(daemon.asked, [
      `POST /v1/offline/torrent {"to":"films:","torrent":{"name":"片.torrent","content":"${content}"},"files":[0,1,3,4],"add":true}`,
    ]);
    assert.match(
      said,
      /^Film: 2 files, \* is chosen\n.*\n\* +1 +700 MiB +Film\/a\.mkv\n +2 +3\.13 KiB +Film\/a\.nfo\n/,
    );
  });

  it('add only tells what a torrent of a drive holds with --show-files', async () => {
    const { said } = await run(['add', 'films:', 'films:/a.torrent', '--show-files']);
    assert.deepEqual(daemon.asked, [
      'POST /v1/offline/torrent {"to":"films:","torrent":{"path":"films:/a.torrent"},"add":false}',
    ]);
    assert.match(said, /Choose with --files/);
    await run(['add', 'films:', 'films:/a.torrent', '--files', 'all']);
    assert.match(daemon.asked[1] ?? '', /"files":"all","add":true/);
  });

  it('add refuses a torrent that is not there, and choices that mean nothing', async () => {
    const cases: readonly (readonly [readonly string[], RegExp])[] = [
      [['none.torrent'], /none\.torrent cannot be read/],
      [[LINK, '--files', '1'], /belong to a \.torrent file/],
      [['films:/a.torrent', '--files', '0'], /write numbers as they are shown/],
      [['films:/a.torrent', '--files', '3-1'], /write numbers as they are shown/],
      [['films:/a.torrent', LINK, '--show-files'], /\.torrent files alone/],
    ];
    for (const [argv, words] of cases) {
      const { code, complained } = await run(['add', 'films:', ...argv]);
      assert.deepEqual([code, words.test(complained)], [2, true], complained);
    }
  });

  it('add --watch goes on until nothing runs', async () => {
    await run(['add', 'films:/2026', LINK, '--watch']);
    assert.equal(daemon.asked[1], 'POST /v1/offline/watch {"drive":"films"}');
  });

  it('list shows them in aligned columns', async () => {
    const { said } = await run(['list', '--drive', 'films']);
    assert.deepEqual(daemon.asked, ['GET /v1/offline {"drive":"films"}']);
    assert.match(said, /^0b2ed1c6 +running +42% +700 MiB +新片\.iso +films:\/2026$/m);
    assert.match(said, /^aaaaaaaa +failed +\? +Film +\(account main\) +115 could not download it/m);
  });

  it('list --watch tells a program each step', async () => {
    const { said } = await run(['list', '--watch', '--json']);
    const [step, end] = said
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown);
    assert.deepEqual(step, { progress: [RUNNING] });
    assert.deepEqual(end, [{ ...RUNNING, state: 'done', progress: 1 }]);
  });

  it('show and quota tell all there is', async () => {
    const { said } = await run(['show', '0b2ed1c6']);
    assert.match(said, /^id +0b2ed1c6c5e4.*\nname +新片\.iso\nlink +https.*\nstate +running 42%\nsize/);
    assert.match(
      (await run(['quota'])).said,
      /^main: 1480 of 1500 left\n {2}VIP: 1480 of 1500, for another 30d\n$/,
    );
    assert.deepEqual(daemon.asked, ['GET /v1/offline/show {"task":"0b2ed1c6"}', 'GET /v1/offline/quota {}']);
  });

  const acts: readonly (readonly [readonly string[], string, RegExp])[] = [
    [
      ['remove', 'aaaaaaaa'],
      'remove {"tasks":["aaaaaaaa"],"files":false}',
      /their files stay\naaaaaaaa {2}Film\n/,
    ],
    [['remove', '--files', 'a', 'b'], 'remove {"tasks":["a","b"],"files":true}', /in the recycle bin/],
    [['retry'], 'retry {"tasks":[]}', /^1 download begun again\n/],
    [
      ['clear', 'done', '--drive', 'films'],
      'clear {"state":"done","drive":"films"}',
      /done has left the list of main/,
    ],
  ];
  for (const [argv, asked, words] of acts) {
    it(`${argv.join(' ')} asks the daemon`, async () => {
      const { code, said } = await run(argv);
      assert.equal(code, 0);
      assert.deepEqual(daemon.asked, [`POST /v1/offline/${asked}`]);
      assert.match(said, words);
    });
  }

  it('refuses to clear what is no state, and to do nothing', async () => {
    assert.equal((await run(['clear', 'finished'])).code, 2);
    assert.equal((await run([])).code, 2);
    assert.equal((await run(['remove'])).code, 2);
    assert.deepEqual(daemon.asked, []);
  });

  it('passes on what the daemon says, with its exit code', async () => {
    daemon.failure = new FsError('EOPNOTSUPP', 'the cloud of x does not download by itself; these do: films');
    const { code, complained } = await run(['add', 'x:', LINK]);
    assert.equal(code, 1);
    assert.match(complained, /these do: films/);
  });

  for (const word of ['', 'add', 'list', 'show', 'remove', 'retry', 'clear', 'quota']) {
    it(`help of ${`offline ${word}`.trim()} has examples`, async () => {
      const { code, said } = await run([...word.split(' ').filter((one) => one !== ''), '--help']);
      assert.equal(code, 0);
      assert.match(said, new RegExp(`Examples:\\n {2}.*panfuse offline ${word}`));
    });
  }

  it('completion offers words, drives, tasks and states', async () => {
    const complete = async (...words: readonly string[]): Promise<readonly string[]> => {
      const terminal = new FakeTerminal({ variables: { PANFUSE_CONFIG: join(directory, 'config.yaml') } });
      assert.equal(await main(['--get-yargs-completions', 'panfuse', 'offline', ...words], terminal), 0);
      return terminal.said.split('\n').filter((line) => line !== '');
    };
    assert.ok((await complete('')).includes('add'));
    assert.deepEqual(await complete('add', ''), ['films:/', '纪录片:/', '/mnt/films/']);
    assert.deepEqual(await complete('add', 'films:/', ''), []);
    assert.deepEqual(await complete('remove', '0b'), ['0b2ed1c6']);
    assert.deepEqual(await complete('clear', 'f'), ['failed']);
    assert.ok((await complete('list', '--')).includes('--watch'));
  });
});
