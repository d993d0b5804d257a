import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { folders, paths, type Proposals } from '../../src/cli/completion/names.js';
import { PLACES, VALUES } from '../../src/cli/completion/table.js';
import { main } from '../../src/cli/main.js';
import type { ControlServer } from '../../src/control/server.js';
import { fakeEnv } from '../fakes/fake-env.js';
import { FakeTerminal } from '../fakes/fake-terminal.js';
import { FakeDaemon, serveFakeDaemon } from './fake-daemon.js';

/** How a verb is called once, by way of example. */
interface Sample {
  /** `@` stands for a folder of the test. */
  readonly words: readonly string[];
  /** Whether it works without a daemon. */
  readonly alone?: true;
}

/** Every verb of the command line. One that is missing here fails the test: a new verb needs a line. */
const SAMPLES: Readonly<Record<string, Sample>> = {
  'cache evict': { words: ['films:/2026'] },
  'cache pin': { words: ['films:/2026'] },
  'cache pins': { words: [] },
  'cache stats': { words: [] },
  'cache sweep': { words: [] },
  'cache unpin': { words: ['films:/2026'] },
  'cache verify': { words: [] },
  'cache warm': { words: ['films:/2026'] },
  completion: { words: ['bash'], alone: true },
  'config check': { words: [], alone: true },
  'config options': { words: [], alone: true },
  'config path': { words: [], alone: true },
  'config show': { words: [], alone: true },
  cp: { words: ['films:/2026/a.mkv', 'films:/new'] },
  doctor: { words: [], alone: true },
  drives: { words: [] },
  du: { words: ['films:/2026'] },
  dupes: { words: ['films:/2026'] },
  link: { words: ['films:/2026/a.mkv'] },
  'log level': { words: ['debug'] },
  mount: { words: ['films:/2026', '/mnt/new'] },
  mounts: { words: [] },
  mv: { words: ['films:/2026/a.mkv', 'films:/new'] },
  'offline add': { words: ['films:/2026', 'https://example.org/a.iso'] },
  'offline clear': { words: ['done'] },
  'offline list': { words: [] },
  'offline quota': { words: [] },
  'offline remove': { words: ['0b2ed1c6'] },
  'offline retry': { words: ['0b2ed1c6'] },
  'offline show': { words: ['0b2ed1c6'] },
  'rapid export': { words: ['films:/2026'] },
  'rapid import': { words: ['@/list.jsonl', 'films:/2026'] },
  'rapid put': { words: ['@/config.yaml', 'films:/2026'] },
  refresh: { words: ['films:/2026'] },
  search: { words: ['a', 'films:/2026'] },
  status: { words: [] },
  strm: { words: ['films:/2026', '@/strm'] },
  transfers: { words: [] },
  'transfers cancel': { words: ['8d11c0de'] },
  'transfers drop': { words: ['8d11c0de', '--yes'] },
  'transfers keep': { words: ['8d11c0de'] },
  'transfers pause': { words: ['8d11c0de'] },
  'transfers resume': { words: ['8d11c0de'] },
  'transfers retry': { words: ['8d11c0de'] },
  'trash list': { words: [] },
  'trash purge': { words: ['films:/2026/a.mkv', '--yes'] },
  'trash restore': { words: ['films:/2026/a.mkv'] },
  unmount: { words: ['/mnt/films'] },
};

/** They begin something that does not end, or need a person and a cloud: tests of their own call them. */
const UNCALLED: readonly string[] = ['events', 'login', 'run'];

/** What they say is JSON for a person too. */
const IN_JSON: readonly string[] = ['rapid export'];

/** The help of some words. */
interface Page {
  readonly words: string;
  readonly help: string;
  /** Whether there are verbs below. */
  readonly isGroup: boolean;
}

/** Of a help page: what stands under a heading. */
function sectionOf(help: string, heading: string): readonly string[] {
  const [, section = ''] = new RegExp(`(?:^|\\n)${heading}\\n(.*?)(?:\\n\\n|$)`, 's').exec(help) ?? [];
  return section.split('\n').filter((line) => line !== '');
}

describe('every verb of the command line', function () {
  // Each test calls all of them.
  this.timeout(60_000);
  let directory: string;
  let config: string;
  let daemon: FakeDaemon;
  let server: ControlServer;
  /** The help of verbs, and of words that only stand before verbs. */
  let pages: readonly Page[];
  let verbs: readonly Page[];

  before(async () => {
    directory = mkdtempSync(join(tmpdir(), 'panfuse-verbs-'));
    config = join(directory, 'config.yaml');
    const socket = join(directory, 'control.sock');
    const written = [
      'accounts: { main: { kind: 115-open, clientId: "1" } }',
      'drives: { films: { account: main }, 纪录片: { account: main } }',
      `state: { path: "${directory}/state" }`,
      `cache: { path: "${directory}/cache" }`,
      `control: { socket: "${socket}" }`,
    ];
    writeFileSync(config, written.join('\n'));
    const listed = { name: 'a.mkv', size: 5, sha1: '20E1307DE838FB67C28577C7EC9D1C6288EB2883' };
    writeFileSync(join(directory, 'list.jsonl'), `${JSON.stringify(listed)}\n`);
    daemon = new FakeDaemon();
    server = await serveFakeDaemon(fakeEnv(), socket, daemon);
    pages = (await pagesBelow([])).slice(1);
    verbs = pages.filter(({ words, isGroup }) => !isGroup || words in SAMPLES);
  });

  after(async () => {
    await server.close();
    rmSync(directory, { recursive: true });
  });

  async function run(...argv: readonly string[]): Promise<FakeTerminal & { readonly code: number }> {
    const terminal = new FakeTerminal({ variables: { PANFUSE_CONFIG: config } });
    const code = await main(argv, terminal);
    return Object.assign(terminal, { code });
  }

  /** The help of everything below some words, theirs included. */
  async function pagesBelow(path: readonly string[]): Promise<readonly Page[]> {
    const help = (await run(...path, '--help')).said;
    const names = sectionOf(help, 'Commands:').flatMap((line) => {
      const [, usage] = /^ {2}panfuse (.+?)(?: {2,}|$)/.exec(line) ?? [];
      const word = usage?.split(' ').slice(path.length)[0];
      return word === undefined ? [] : [word];
    });
    const below = await Promise.all(names.map((name) => pagesBelow([...path, name])));
    return [{ words: path.join(' '), help, isGroup: names.length > 0 }, ...below.flat()];
  }

  /** The words that a verb takes, as help names them. */
  function positionalsOf(help: string): readonly string[] {
    return sectionOf(help, 'Positionals:').flatMap((line) => /^ {2}(\S+)/.exec(line)?.slice(1) ?? []);
  }

  /** The words of an example, with another path in some place. */
  function wordsOf({ words }: Sample, place = -1, path = ''): readonly string[] {
    return words.map((word, index) => (index === place ? path : word.replace('@', directory)));
  }

  /** Runs the check for each verb, or for each of the pages, and tells of all that fail at once. */
  async function failing(
    check: (words: string, help: string) => unknown,
    of: readonly Page[] = verbs,
  ): Promise<readonly string[]> {
    const found: string[] = [];
    for (const { words, help } of of) if ((await check(words, help)) !== true) found.push(words);
    return found;
  }

  it('has a line in the table', () => {
    const listed = [...Object.keys(SAMPLES), ...UNCALLED].sort();
    assert.deepEqual(verbs.map(({ words }) => words).sort(), listed);
  });

  it('has examples in its help, and says what its words and options are', async () => {
    const bad = await failing((verb, help) => {
      const examples = sectionOf(help, 'Examples:');
      const described = [...sectionOf(help, 'Positionals:'), ...sectionOf(help, 'Options:')];
      const silent = described.filter((line) => /^ {2,6}\S+ {2,}\[/.test(line));
      return examples.some((line) => line.includes(`panfuse ${verb}`)) && silent.length === 0;
    }, pages);
    assert.deepEqual(bad, []);
  });

  it('says where to look when an option is wrong', async () => {
    const bad = await failing(async (verb) => {
      const { code, complained } = await run(...verb.split(' '), '--no-such-option');
      return code === 2 && complained.endsWith(`\nTry: panfuse ${verb} --help\n`);
    }, pages);
    assert.deepEqual(bad, []);
  });

  it('answers with JSON alone when that is asked for', async () => {
    const bad = await failing(async (verb) => {
      const sample = SAMPLES[verb];
      if (sample === undefined) return UNCALLED.includes(verb);
      const { said, complained } = await run(...verb.split(' '), ...wordsOf(sample), '--json');
      const lines = said.trimEnd().split('\n');
      return complained === '' && lines.every((line) => typeof JSON.parse(line) === 'object');
    });
    assert.deepEqual(bad, []);
  });

  it('puts words of its own for a person', async () => {
    const bad = await failing(async (verb) => {
      const sample = SAMPLES[verb];
      if (sample === undefined || verb === 'doctor') return true;
      const { code, said } = await run(...verb.split(' '), ...wordsOf(sample));
      return code === 0 && said !== '' && (IN_JSON.includes(verb) || !/^[{[]/.test(said));
    });
    assert.deepEqual(bad, []);
  });

  it('can be completed in all its words and options', async () => {
    const bad = await failing((verb, help) => {
      const options = [...sectionOf(help, 'Options:')].flatMap((line) =>
        line.includes('[string]') ? (/--[a-z-]+/.exec(line) ?? []) : [],
      );
      const words = positionalsOf(help).length;
      const most = /^panfuse .*\.\.[>\]]/.test(help) ? Infinity : words;
      const places = PLACES[verb]?.length ?? 0;
      return (words === 0 || (places > 0 && places <= most)) && options.every((option) => option in VALUES);
    });
    assert.deepEqual(bad, []);
  });

  it('takes a path as DRIVE:/PATH and as a path inside a mount', async () => {
    const isPath = (proposals: Proposals | undefined): boolean =>
      proposals === folders || proposals === paths;
    const bad = await failing(async (verb) => {
      const place = (PLACES[verb] ?? []).findIndex(isPath);
      const sample = SAMPLES[verb];
      if (place < 0 || sample === undefined) return true;
      const asked: string[] = [];
      for (const path of ['films:/a b', 'here/a b']) {
        daemon.asked.length = 0;
        await run(...verb.split(' '), ...wordsOf(sample, place, path));
        asked.push(daemon.asked.join('\n'));
      }
      return (
        asked[0]?.includes('"films:/a b"') === true && asked[1]?.includes('"/work/here/here/a b"') === true
      );
    });
    assert.deepEqual(bad, []);
  });

  it('ends with 8 when no daemon runs, and tells how to start one', async () => {
    await server.close();
    const bad = await failing(async (verb) => {
      const sample = SAMPLES[verb];
      if (sample === undefined || sample.alone === true) return true;
      const { code, complained } = await run(...verb.split(' '), ...wordsOf(sample));
      return code === 8 && complained.includes('\nStart one with: panfuse run');
    });
    assert.deepEqual(bad, []);
  });
});
