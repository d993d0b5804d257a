import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { main } from '../../src/cli/main.js';
import type { ControlServer } from '../../src/control/server.js';
import { FsError } from '../../src/lib/errors.js';
import { fakeEnv } from '../fakes/fake-env.js';
import { FakeTerminal } from '../fakes/fake-terminal.js';
import { FakeDaemon, serveFakeDaemon } from './fake-daemon.js';

const URL = 'https://cdnfhnfile.115cdn.net/1a2b/new.mkv?t=1767232800&c=2&f=1&k=0123456789abcdef';

describe('command line of links', () => {
  let directory: string;
  let daemon: FakeDaemon;
  let server: ControlServer;

  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'panfuse-links-'));
    const socket = join(directory, 'control.sock');
    const config = [
      'accounts: { main: { kind: 115-open, clientId: "1" } }',
      'drives: { films: { account: main } }',
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

  async function run(...argv: readonly string[]) {
    const terminal = new FakeTerminal({ variables: { PANFUSE_CONFIG: join(directory, 'config.yaml') } });
    return Object.assign(terminal, { code: await main(argv, terminal) });
  }

  describe('link', () => {
    it('shows the address first, then what it is bound to', async () => {
      const { code, said } = await run('link', 'films:/2026/a.mkv');
      assert.equal(code, 0);
      assert.deepEqual(daemon.asked, ['POST /v1/link {"path":"films:/2026/a.mkv"}']);
      const lines = said.trimEnd().split('\n');
      assert.deepEqual(lines.slice(0, 2), [URL, 'User-Agent: panfuse/0.1']);
      assert.match(lines[2] ?? '', /^For another .*; 2 connections at once$/);
      assert.match(
        lines[3] ?? '',
        /^For any player.*: http:\/\/127\.0\.0\.1:8115\/d\/films\/2026\/.*\?sign=/,
      );
    });

    it('is bound to the player that is named; a path of this machine is made whole', async () => {
      await run('link', 'a.mkv', '--user-agent', 'VLC/3');
      assert.deepEqual(daemon.asked, ['POST /v1/link {"path":"/work/here/a.mkv","userAgent":"VLC/3"}']);
    });

    it('is a command for a shell with --curl', async () => {
      const { said } = await run('link', 'films:/a', '--curl', '--user-agent', "it's me");
      assert.equal(said, `curl -fL -C - -o '新片.mkv' -A 'it'\\''s me' '${URL}'\n`);
    });

    it('is a playlist with --m3u', async () => {
      const { said, complained } = await run('link', 'films:/a', '--m3u');
      assert.equal(said, `#EXTM3U\n#EXTINF:-1,新片.mkv\n#EXTVLCOPT:http-user-agent=panfuse/0.1\n${URL}\n`);
      assert.equal(complained, '');
    });

    it('is the JSON of the daemon with --json', async () => {
      const { json } = await run('link', 'films:/a', '--json');
      assert.deepEqual((json as { readonly url: string }).url, URL);
    });

    it('ends as the daemon says, and takes one form only', async () => {
      daemon.failure = new FsError('EISDIR', 'films:/2026 is a folder, not a file');
      assert.equal((await run('link', 'films:/2026')).code, 4);
      assert.equal((await run('link', 'films:/a', '--curl', '--m3u')).code, 2);
      assert.equal((await run('link')).code, 2);
    });
  });

  describe('strm', () => {
    const out = (): string => join(directory, 'strm');
    const tree = (): readonly string[] =>
      readdirSync(out(), { recursive: true, encoding: 'utf8' })
        .filter((name) => !name.startsWith('.'))
        .sort();
    const read = (name: string): string => readFileSync(join(out(), name), 'utf8');

    it('writes a tree of signed addresses and says what it did', async () => {
      const { code, said } = await run('strm', 'films:/2026', out());
      assert.equal(code, 0);
      assert.equal(said, '3 files of 2 folders: 3 new, 0 changed, 0 as they were, 0 removed\n');
      assert.deepEqual(daemon.asked, [
        'POST /v1/links/folder {"path":"films:/2026"}',
        'POST /v1/links/folder {"path":"films:/2026/extras"}',
      ]);
      assert.deepEqual(tree(), ['a.strm', 'b.strm', 'extras', 'extras/making of.strm']);
      const address = 'http://127.0.0.1:8115/d/films/2026/a.mkv?sign=c2lnbmF0dXJlc2lnbmF0dQ\n';
      assert.equal(read('a.strm'), address);
    });

    it('brings one up to date, and tells a program', async () => {
      await run('strm', 'films:/2026', out());
      const { json } = await run(
        'strm',
        'films:/2026',
        out(),
        '--json',
        '--url-prefix',
        'https://media.example/f/',
      );
      assert.deepEqual(json, {
        ...{ source: 'films:/2026', folder: out(), folders: 2 },
        ...{ written: 0, rewritten: 3, unchanged: 0, removed: 0, problems: [] },
      });
      assert.match(
        read('extras/making of.strm'),
        /^https:\/\/media\.example\/f\/d\/films\/2026\/extras\/making%20of\.mkv/,
      );
    });

    it('writes paths of the mount with --mount', async () => {
      await run('strm', 'films:/2026', out(), '--mount', '--extensions', '.mkv, iso');
      assert.equal(read('extras/making of.strm'), '/mnt/films/2026/extras/making of.mkv\n');
      assert.equal(
        daemon.asked[0],
        'POST /v1/links/folder {"path":"films:/2026","extensions":["mkv","iso"]}',
      );
      daemon.linkedFolder = { mount: null };
      const { code, complained } = await run('strm', 'films:/2026', out(), '--mount');
      assert.deepEqual([code, /no mount shows films:\/2026/.test(complained)], [2, true]);
    });

    it('says what is missing when it is not known how players come to the files', async () => {
      daemon.linkedFolder = { origin: null, trouble: 'nobody listens for players: set links.listen' };
      const { code, complained } = await run('strm', 'films:/2026', out());
      assert.equal(code, 2);
      assert.equal(
        complained,
        'panfuse: nobody listens for players: set links.listen; or write paths of the mount, with --mount\n',
      );
    });

    it('refuses options of the wrong form', async () => {
      const cases: readonly (readonly [readonly string[], RegExp])[] = [
        [['--extensions', 'a/b'], /--extensions: write them with commas/],
        [['--url-prefix', 'media.example'], /--url-prefix: write a web address/],
        [['--mount', '--url-prefix', 'http://a'], /mutually exclusive/],
      ];
      for (const [options, words] of cases) {
        const { code, complained } = await run('strm', 'films:/2026', out(), ...options);
        assert.deepEqual([code, words.test(complained)], [2, true], complained);
      }
    });

    it('ends with an error when something was left as it is, after telling of all', async () => {
      await run('strm', 'films:/2026/extras', out());
      const { code, complained } = await run('strm', 'films:/2026', out());
      assert.equal(code, 1);
      assert.match(complained, /holds the \.strm files of films:\/2026\/extras/);
      const other = join(directory, 'other');
      await run('strm', 'films:/2026', other);
      rmSync(join(other, '.panfuse-strm.json'));
      writeFileSync(join(other, 'a.strm'), 'mine');
      const mixed = await run('strm', 'films:/2026', other);
      assert.deepEqual(
        [mixed.code, mixed.said.includes('! a.strm: there is one that panfuse did not write')],
        [1, true],
      );
    });
  });
});
