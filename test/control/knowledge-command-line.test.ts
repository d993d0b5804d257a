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

const UNKNOWN =
  '2 folders not known yet, such as films:/2026/a: panfuse refresh --recursive --unknown films:/2026 lists them\n';

describe('command line of trees, recycle bins and the block cache', () => {
  let directory: string;
  let daemon: FakeDaemon;
  let server: ControlServer;

  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'panfuse-known-'));
    const socket = join(directory, 'control.sock');
    writeFileSync(
      join(directory, 'config.yaml'),
      [
        'accounts: { main: { kind: 115-open, clientId: "1" } }',
        'drives: { films: { account: main } }',
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
    return Object.assign(terminal, { code: await main(argv, terminal) });
  }

  describe('search', () => {
    it('shows names with their sizes, how many more there are and what is not known', async () => {
      const { code, said } = await run(['search', '新片 2026', 'films:/', '--limit', '2']);
      assert.equal(code, 0);
      assert.deepEqual(daemon.asked, ['GET /v1/search {"text":"新片 2026","path":"films:/","limit":2}']);
      assert.match(
        said,
        /^SIZE +CHANGED +PATH\nfolder .*films:\/2026\/\n4\.00 GiB .*films:\/2026\/新片\.mkv\n/,
      );
      assert.ok(said.endsWith(`\n1 more: --limit shows them\n${UNKNOWN}`), said);
    });

    it('makes a path of this machine absolute, and refuses a limit that is none', async () => {
      await run(['search', 'x', '2026']);
      assert.deepEqual(daemon.asked, ['GET /v1/search {"text":"x","path":"/work/here/2026"}']);
      const { code, complained } = await run(['search', 'x', '--limit', 'many']);
      assert.deepEqual([code, complained], [2, 'panfuse: --limit: write a number such as 100, not many\n']);
    });
  });

  it('du shows folders, the whole last', async () => {
    const { said } = await run(['du', 'films:/', '--depth', '2']);
    assert.deepEqual(daemon.asked, ['GET /v1/du {"path":"films:/","depth":2}']);
    assert.equal(
      said,
      `${[
        'SIZE      FILES  FOLDERS  NOT KNOWN  PATH',
        '3.00 TiB  412    31       2          films:/2026',
        '4.00 TiB  700    40       2          films:/',
      ].join('\n')}\n${UNKNOWN}`,
    );
  });

  it('dupes shows groups and what they waste', async () => {
    const { said } = await run(['dupes', '--smallest', '1MiB']);
    assert.deepEqual(daemon.asked, ['GET /v1/dupes {"smallest":1048576}']);
    assert.equal(
      said,
      `${[
        '4.00 GiB × 2  sha1 6C1DD4FE0B7D2AB17A7F1E1BC5C13F1D38A6E0A3',
        '  archive:/新片.mkv',
        '  films:/2026/新片.mkv',
        '1 group of equal files; one copy of each would save 4.00 GiB',
      ].join('\n')}\n${UNKNOWN}`,
    );
    assert.equal((await run(['dupes', '--smallest', 'big'])).code, 2);
  });

  it('refresh takes a path of a drive, and what is not known alone', async () => {
    const { said } = await run(['refresh', '-r', '--unknown', 'films:/2026']);
    assert.deepEqual(daemon.asked, [
      'POST /v1/refresh {"path":"films:/2026","recursive":true,"unknown":true}',
    ]);
    assert.equal(said, '3 folders, 300 entries: 2 added, 1 removed, 0 changed\n');
  });

  describe('trash', () => {
    it('list shows what was removed and where it was', async () => {
      const { said } = await run(['trash', 'list', '--drive', 'films']);
      assert.deepEqual(daemon.asked, ['GET /v1/trash {"drive":"films"}']);
      assert.match(
        said,
        /^ID +REMOVED +SIZE +NAME +WAS IN\n2890000000000000001 .* 4\.00 GiB +新片\.mkv +films:\/2026\n/,
      );
      assert.match(said, /\n2890000000000000002 .* folder +old +\(account main\)\n$/);
    });

    it('restore names what it put back', async () => {
      const { said } = await run([
        'trash',
        'restore',
        'films:/2026/新片.mkv',
        './2026/a',
        '2890000000000000002',
      ]);
      assert.deepEqual(daemon.asked, [
        'POST /v1/trash/restore {"entries":["films:/2026/新片.mkv","/work/here/2026/a","2890000000000000002"]}',
      ]);
      assert.equal(said, '1 item restored\n新片.mkv  films:/2026\n');
    });

    it('purge asks first, and destroys nothing without a yes', async () => {
      const refused = await run(['trash', 'purge', 'a.mkv'], ['n']);
      assert.deepEqual([refused.code, daemon.asked], [6, []]);
      assert.match(refused.complained, /nothing was destroyed: answer y, or give --yes\n$/);
      const { said } = await run(['trash', 'purge', 'a.mkv'], ['y']);
      assert.deepEqual(daemon.asked, ['POST /v1/trash/purge {"entries":["a.mkv"],"all":false}']);
      assert.equal(said, '1 item destroyed\n新片.mkv  films:/2026\n');
    });

    it('purge takes entries or --all, not both and not neither', async () => {
      assert.equal((await run(['trash', 'purge'])).code, 2);
      assert.equal((await run(['trash', 'purge', 'a', '--all', '-y'])).code, 2);
      const { said } = await run(['trash', 'purge', '--all', '--yes', '--drive', 'films']);
      assert.deepEqual(daemon.asked, ['POST /v1/trash/purge {"entries":[],"drive":"films","all":true}']);
      assert.equal(said, 'The recycle bin of main is empty\n');
    });
  });

  describe('cache', () => {
    it('stats shows what is kept and of what use it was', async () => {
      const { said } = await run(['cache', 'stats']);
      assert.match(said, /^path +\/var\/cache\/panfuse\/blocks\nkept +3\.00 GiB of 20\.0 GiB\n/);
      assert.match(said, /\npinned +2 files, 5\.00 GiB\nhits +60\.0 GiB\n/);
      assert.match(said, /\nevicted +31 pieces\n$/);
    });

    it('warm says how far it is, and what came of it', async () => {
      const { code, said } = await run(['cache', 'warm', 'films:/2026', '--head']);
      assert.deepEqual([code, daemon.asked], [0, ['POST /v1/cache/warm {"path":"films:/2026","head":true}']]);
      assert.equal(said, '2 files, 2.00 MiB read, 1.00 MiB there already\n');
      const { said: lines } = await run(['cache', 'warm', 'films:/2026', '--json']);
      const [progress, result] = lines
        .trim()
        .split('\n')
        .map(
          (line) =>
            JSON.parse(line) as { readonly progress?: { readonly of: number }; readonly files?: number },
        );
      assert.deepEqual([progress?.progress?.of, result?.files], [2, 2]);
    });

    it('warm ends with an error when a file could not be read, after telling of all', async () => {
      const { code, said, complained } = await run(['cache', 'warm', 'films:/broken']);
      assert.deepEqual([code, said], [1, '2 files, 2.00 MiB read, 1.00 MiB there already\n']);
      assert.equal(
        complained,
        'panfuse: 1 of 2 files could not be read\nfilms:/2026/新片.mkv: it was changed\n',
      );
    });

    it('pin says what it could not pin, pins shows how much of it is there', async () => {
      const { said } = await run(['cache', 'pin', 'films:/kids']);
      assert.match(
        said,
        /^12 files pinned, 5\.00 GiB: panfuse cache warm reads what is missing\n1 folder not known/,
      );
      assert.match(
        (await run(['cache', 'pins'])).said,
        /^SIZE +CACHED +PATH\n4\.00 GiB +25% +films:\/kids\/a\.mkv\n$/,
      );
    });

    it('unpin and evict take a path or --all', async () => {
      for (const word of ['unpin', 'evict']) {
        daemon.asked.length = 0;
        assert.equal((await run(['cache', word])).code, 2);
        assert.equal((await run(['cache', word, 'films:/a', '--all'])).code, 2);
        await run(['cache', word, 'films:/a']);
        await run(['cache', word, '--all']);
        assert.deepEqual(daemon.asked, [
          `POST /v1/cache/${word} {"path":"films:/a","all":false}`,
          `POST /v1/cache/${word} {"all":true}`,
        ]);
      }
      assert.equal(
        (await run(['cache', 'evict', '--all'])).said,
        '3 files evicted, 2.00 GiB free; 1 file pinned, and kept\n',
      );
    });

    it('verify and sweep say what went', async () => {
      assert.equal((await run(['cache', 'verify'])).said, '4.00 GiB checked: 128 KiB damaged and removed\n');
      assert.equal((await run(['cache', 'sweep'])).said, 'films: 31 folders forgotten, 412 entries\n');
    });
  });

  it('each answers a program with JSON, and with the exit code of what went wrong', async () => {
    const commands = ['search x', 'du', 'dupes', 'trash list', 'cache stats', 'cache pins', 'cache sweep'];
    for (const command of commands) {
      const { said } = await run([...command.split(' '), '--json']);
      assert.equal(typeof JSON.parse(said), 'object', command);
    }
    daemon.failure = new FsError('ENOENT', 'films:/none: no such file or directory');
    for (const command of [...commands, 'cache warm films:/none', 'trash restore none'])
      assert.equal((await run(command.split(' '))).code, 3, command);
  });

  it('without a word each says which there are', async () => {
    assert.match((await run(['trash'])).complained, /Say what to do: list, restore or purge/);
    assert.match((await run(['cache'])).complained, /Say what to do: stats, warm, pin/);
  });
});
