import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { exactOptional, optional, pipe, regex, strictObject, string } from 'valibot';
import type { Config } from '../../../src/config/config.js';
import { controlSocket } from '../../../src/config/control-socket.js';
import { loadConfig } from '../../../src/config/load.js';
import type { Host } from '../../../src/config/paths.js';
import { showConfig } from '../../../src/config/show.js';
import { FsError } from '../../../src/lib/errors.js';
import { JUNK_PATTERNS } from '../../../src/upload/junk.js';

const ROOT: Host = { uid: 0, gid: 0, home: '/root', variables: {} };
const USER: Host = {
  uid: 1000,
  gid: 100,
  home: '/home/me',
  variables: { XDG_RUNTIME_DIR: '/run/user/1000' },
};

const KINDS = [
  {
    kind: 'paper',
    root: pipe(string(), regex(/^\d+$/, 'write the number of a sheet')),
    schema: strictObject({
      secretToken: exactOptional(string()),
      region: optional(string('write the region in quotes'), 'north'),
      endpoints: optional(strictObject({ api: optional(string(), 'https://api.example') }), {}),
    }),
  },
];

const WHOLE = `accounts:
  main: { kind: paper, region: south }
drives:
  films: { account: main, root: "2849501234567890123", listingTtl: 2d, close: sync, downloadProxy: https://proxy.example/ }
  纪录片: { account: main }
mounts:
  - { path: /mnt/films/, drive: films, umask: "027", readAhead: 1MiB, allowOther: false, readOnly: true }
  - { path: /mnt/all, drives: [films, 纪录片], uid: 33, gid: 33 }
cache: { path: /srv/cache, size: 1TiB, probes: 0, keepFree: 10GiB, memory: 64MiB }
links:
  { ahead: 5, listen: "[::1]:8115", url: "https://m.example/f/", stream: [Web*], strm: [mkv] }
offline: { autoClear: true }
upload:
  delay: 0s
  parallel: 3
  bandwidth: 08:00,2M 23:00,off
  spool: { path: /srv/spool, size: 1GiB, keepFree: 1GiB }
  junk: ["*.tmp"]
timeouts: { read: 90s }
state: { path: /srv/panfuse }
control: { socket: /srv/panfuse/c.sock, group: media }
log: { level: debug, file: /var/log/panfuse.log }
network: { caFiles: [/etc/ssl/own.pem] }
metrics: { listen: "[::1]:9911" }
`;

describe('configuration', () => {
  let directory: string;
  let file: string;

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'panfuse-config-'));
    file = join(directory, 'config.yaml');
  });

  afterEach(() => rmSync(directory, { recursive: true }));

  function load(text: string, host = ROOT): Promise<Config> {
    writeFileSync(file, text, { mode: 0o600 });
    return loadConfig(file, host, KINDS);
  }

  async function problems(text: string): Promise<readonly string[]> {
    const error = await load(text).then(
      () => assert.fail(`accepted: ${text}`),
      (thrown: unknown) => thrown as FsError,
    );
    assert.ok(error instanceof FsError, String(error));
    assert.equal(error.errno, 'EINVAL');
    return error.message.split('\n').map((line) => line.replace(`${file}:`, ''));
  }

  it('holds what was written, in bytes and milliseconds', async () => {
    const config = await load(WHOLE);
    assert.deepEqual(config.accounts, [
      {
        name: 'main',
        kind: 'paper',
        settings: { region: 'south', endpoints: { api: 'https://api.example' } },
      },
    ]);
    assert.deepEqual(config.drives, [
      {
        name: 'films',
        account: 'main',
        root: '2849501234567890123',
        listingTtl: 172_800_000,
        close: 'sync',
        downloadProxy: 'https://proxy.example/',
      },
      {
        name: '纪录片',
        account: 'main',
        root: '0',
        listingTtl: 86_400_000,
        close: 'async',
        downloadProxy: null,
      },
    ]);
    assert.deepEqual(config.mounts, [
      {
        path: '/mnt/films',
        layout: 'drive',
        drives: ['films'],
        readOnly: true,
        allowOther: false,
        uid: 0,
        gid: 0,
        umask: 0o27,
        readAhead: 1024 ** 2,
      },
      {
        path: '/mnt/all',
        layout: 'drives',
        drives: ['films', '纪录片'],
        readOnly: false,
        allowOther: true,
        uid: 33,
        gid: 33,
        umask: 0o22,
        readAhead: 256 * 1024,
      },
    ]);
    assert.deepEqual(config.cache, {
      path: '/srv/cache',
      size: 1024 ** 4,
      probes: 0,
      keepFree: { bytes: 10 * 1024 ** 3 },
      memory: 64 * 1024 ** 2,
    });
    assert.deepEqual(config.links, {
      ahead: 5,
      listen: { host: '::1', port: 8115 },
      token: null,
      url: 'https://m.example/f',
      stream: ['Web*'],
      strm: ['mkv'],
    });
    assert.deepEqual(config.offline, { autoClear: true });
    const { bandwidth, ...upload } = config.upload;
    assert.deepEqual(upload, {
      delay: 0,
      parallel: 3,
      spool: { path: '/srv/spool', size: 1024 ** 3, keepFree: { bytes: 1024 ** 3 } },
      junk: ['*.tmp'],
    });
    assert.equal(bandwidth.rateAt(new Date(2026, 0, 1, 12).getTime()), 2 * 1024 ** 2);
    assert.equal(bandwidth.rateAt(new Date(2026, 0, 1, 23).getTime()), null);
    assert.equal(config.timeouts.read, 90_000);
    assert.equal(config.state.path, '/srv/panfuse');
    assert.deepEqual(config.control, { socket: '/srv/panfuse/c.sock', group: 'media' });
    assert.deepEqual(config.log, { level: 'debug', file: '/var/log/panfuse.log' });
    assert.deepEqual(config.network.caFiles, ['/etc/ssl/own.pem']);
    assert.deepEqual(config.metrics, { listen: { host: '::1', port: 9911 } });
  });

  it('has defaults for root and for a user, an empty file being enough', async () => {
    const root = await load('mounts:\n');
    assert.deepEqual(root.accounts, []);
    assert.equal(root.state.path, '/var/lib/panfuse');
    assert.equal(root.cache.path, '/var/cache/panfuse');
    assert.deepEqual(root.cache.keepFree, { share: 0.05 });
    assert.deepEqual(root.control, { socket: '/run/panfuse/control.sock', group: null });
    assert.equal(root.mountDefaults.allowOther, true);
    const { strm, ...links } = root.links;
    assert.deepEqual(links, { ahead: 20, listen: null, token: null, url: null, stream: [] });
    assert.ok(strm.includes('mkv'));
    assert.deepEqual(root.offline, { autoClear: false });
    assert.deepEqual(root.metrics, { listen: null });
    const { bandwidth, ...upload } = root.upload;
    assert.deepEqual(upload, {
      delay: 5000,
      parallel: 1,
      spool: { path: '/var/lib/panfuse/spool', size: 100 * 1024 ** 3, keepFree: { share: 0.02 } },
      junk: JUNK_PATTERNS,
    });
    assert.equal(bandwidth.rateAt(0), null);
    assert.deepEqual(root.timeouts, {
      read: 120_000,
      stall: 15_000,
      metadata: 120_000,
      metadataProgress: 20_000,
    });
    const user = await load('', USER);
    assert.equal(user.state.path, '/home/me/.local/state/panfuse');
    assert.equal(user.control.socket, '/run/user/1000/panfuse/control.sock');
    assert.equal(user.upload.spool.path, '/home/me/.local/state/panfuse/spool');
    assert.deepEqual(user.mountDefaults, {
      readOnly: false,
      allowOther: false,
      uid: 1000,
      gid: 100,
      umask: 0o22,
      readAhead: 262_144,
    });
  });

  it('is frozen all the way down', async () => {
    const config = await load(WHOLE);
    const [mount] = config.mounts;
    for (const part of [config, config.mounts, mount, mount?.drives, config.accounts[0]?.settings]) {
      assert.ok(Object.isFrozen(part));
    }
  });

  const MISTAKES: readonly (readonly [string, string, readonly string[]])[] = [
    ['names an unknown key with the nearest', 'cach: {}', ['1:1: cach: unknown key; did you mean cache?']],
    [
      'names the known keys when none is near',
      'drives:\n  a: { account: x, zzzzzz: 1 }',
      ['2:20: drives.a.zzzzzz: unknown key; known here: account, root, listingTtl, close, downloadProxy'],
    ],
    [
      "names an unknown key of an account by its kind's keys",
      'accounts:\n  a: { kind: paper, endpoints: { apj: x } }',
      ['2:34: accounts.a.endpoints.apj: unknown key; did you mean api?'],
    ],
    [
      'passes the words of a kind on',
      'accounts:\n  a: { kind: paper, region: 5 }',
      ['2:29: accounts.a.region: write the region in quotes'],
    ],
    [
      'names the kinds there are',
      'accounts:\n  a: { kind: papre }',
      ['2:14: accounts.a.kind: write one of the kinds there are: paper'],
    ],
    ['says what is missing', 'accounts:\n  a: {}', ['2:6: accounts.a.kind: is missing']],
    ['refuses a key given twice', 'cache: {}\nlog: {}\ncache: {}', ['3:1: this key was given before']],
    [
      'refuses an id that YAML has rounded',
      'drives:\n  a:\n    account: x\n    root: 2849501234567890123',
      [
        '4:11: drives.a.root: 2849501234567890123 has more digits than YAML keeps in a number: ' +
          'write it in quotes, "2849501234567890123"',
      ],
    ],
    [
      'refuses an id that is a number',
      'drives:\n  a: { account: x, root: 123 }',
      [
        '2:26: drives.a.root: write the folder id or its web address in quotes ' +
          '(YAML rounds the 19 digits of an id)',
      ],
    ],
    [
      'refuses a umask without quotes',
      'mounts:\n  - { path: /m, drive: a, umask: 022 }',
      [
        '2:34: mounts[0].umask: write octal digits in quotes, such as "022" ' +
          '(without quotes YAML reads another number)',
      ],
    ],
    [
      'refuses more links ahead than any cloud gives in a call',
      'links: { ahead: 201 }',
      ['1:17: links.ahead: write a whole number from 0 to 200'],
    ],
    [
      'refuses a listener without a port, a token that can be guessed, and addresses that are none',
      'links: { listen: localhost, token: secret, url: media.example, strm: [.mkv] }\n' +
        'drives:\n  a: { account: x, downloadProxy: proxy.example }',
      [
        '1:18: links.listen: write an address and a port, such as 127.0.0.1:8115, [::1]:8115 or 0.0.0.0:8115',
        '1:36: links.token: write 16 characters at least: whoever guesses it reads everything',
        '1:49: links.url: write a web address, such as https://media.example',
        '1:71: links.strm[0]: write an extension without its dot, such as mkv',
        '3:35: drives.a.downloadProxy: write a web address, such as https://proxy.example/',
      ],
    ],
    [
      'refuses sizes and times of the wrong form',
      'cache: { memory: 128MB }\ntimeouts: { read: 90 }',
      [
        '1:18: cache.memory: write a size from 16MiB to 64GiB, such as 128MiB',
        '2:19: timeouts.read: write a time from 1s to 60m, such as 90s or 24h',
      ],
    ],
    [
      'refuses a way to close that there is not',
      'drives:\n  a: { account: x, close: later }',
      ['2:27: drives.a.close: write async or sync'],
    ],
    [
      'refuses a bandwidth that is none, and names of files with a slash',
      'upload: { bandwidth: fast, junk: [a/b] }',
      [
        '1:22: upload.bandwidth: write a rate such as 2M (bytes a second), off, or a day such as "08:00,2M 23:00,off"',
        '1:35: upload.junk[0]: write the name of a file without a slash, such as Thumbs.db or "*.part"',
      ],
    ],
    [
      'refuses to keep what it needs inside a mount',
      [
        'accounts: { a: { kind: paper } }',
        'drives: { a: { account: a } }',
        'mounts: [{ path: /m, drive: a }]',
        'state: { path: /m/state }',
        'upload: { spool: { path: /m } }',
      ].join('\n'),
      [
        '4:16: state.path: /m/state is inside the mount /m: choose a folder of a local disk',
        '5:26: upload.spool.path: /m is inside the mount /m: choose a folder of a local disk',
      ],
    ],
    [
      'refuses a relative mount point',
      'mounts:\n  - { path: ~/films, drive: a }',
      ['2:13: mounts[0].path: write an absolute path, such as /mnt/films (~ and $HOME are not replaced)'],
    ],
    [
      'refuses a socket path that the kernel would cut off',
      `control: { socket: "/run/${'影'.repeat(40)}" }`,
      [
        '1:20: control.socket: write a path of at most 107 bytes (the kernel takes no longer one for a socket)',
      ],
    ],
    [
      'refuses a name with a colon',
      'drives:\n  "a:b": { account: x }',
      [
        '2:3: drives.a:b: names hold letters, digits, dots, hyphens and underscores, ' +
          'and begin with a letter or digit',
      ],
    ],
    [
      'refuses a section of the wrong kind',
      'accounts: 5',
      ['1:11: accounts: must be keys and values, not 5'],
    ],
    [
      'refuses an account without anything in it',
      'accounts:\n  main:',
      ['2:8: accounts.main: must be keys and values, not empty'],
    ],
    [
      'refuses names that would get lost',
      'accounts:\n  constructor: { kind: paper }\ndrives:\n  __proto__: { account: a }',
      [
        '2:3: accounts.constructor: this name cannot be used: choose another',
        '4:3: drives.__proto__: this name cannot be used: choose another',
      ],
    ],
    [
      "refuses a root that the account's cloud cannot have",
      'accounts:\n  m: { kind: paper }\ndrives:\n  a: { account: m, root: Films }',
      ['4:26: drives.a.root: write the number of a sheet'],
    ],
    [
      'refuses a second document',
      'log: {}\n---\nlog: {}',
      ['2:1: a second document begins here: a configuration is one, without "---" in it'],
    ],
    ['refuses tabs', 'log:\n\tlevel: info', ['2:1: a tab cannot indent a line: write spaces']],
    [
      'refuses an alias without its anchor',
      'log: *logging',
      [
        '1:1: an alias (*) cannot be followed: ' +
          'Unresolved alias (the anchor must be set before the alias): logging',
      ],
    ],
    ['refuses a file that is a list', '- a', ['1:1: write sections, such as "accounts:"']],
    [
      'refuses an account that is not there',
      'accounts:\n  main: { kind: paper }\ndrives:\n  a: { account: mian }',
      ['4:17: drives.a.account: there is no account mian; did you mean main?'],
    ],
    [
      'refuses a drive that is not there',
      'mounts:\n  - { path: /m, drive: a }',
      ['2:24: mounts[0].drive: there is no drive a: none is defined'],
    ],
  ];

  for (const [title, text, expected] of MISTAKES) {
    it(title, async () => assert.deepEqual(await problems(text), expected));
  }

  it('tells everything that is wrong at once, in the order of the file', async () => {
    const found = await problems('log: { level: loud }\nmounts: 5\ncach: {}\n');
    assert.deepEqual(
      found.map((line) => line.split(':', 1)[0]),
      ['1', '2', '3'],
    );
  });

  it('says where YAML itself is broken, once', async () => {
    const [first] = await problems('drives:\n  a: { account: "x\n');
    assert.match(first ?? '', /^\d+:\d+: Missing closing "quote/);
    const unclosed = await problems('accounts: { main: { kind: paper\ndrives:\n');
    assert.equal(unclosed.length, 1, unclosed.join('\n'));
  });

  it('refuses a file whose aliases would fill the memory', async () => {
    const rows = ['b', 'c', 'd', 'e', 'f'].map(
      (name, index) => `${name}: &${name} [${`*${'abcde'[index]},`.repeat(9)}]`,
    );
    const [first] = await problems(`a: &a [x]\n${rows.join('\n')}`);
    assert.match(first ?? '', /^1:1: an alias \(\*\) cannot be followed: Excessive alias count/);
  });

  const TWO = 'accounts:\n  m: { kind: paper }\ndrives:\n  a: { account: m }\n  b: { account: m }\nmounts:\n';

  it('refuses mounts at one path, inside one another, or over /', async () => {
    const same = await problems(`${TWO}  - { path: /m/, drive: a }\n  - { path: /m, drive: b }`);
    assert.deepEqual(same, ['8:13: mounts[1].path: /m is the path of another mount already']);
    const nested = await problems(`${TWO}  - { path: /m/x, drive: a }\n  - { path: /m, drive: b }`);
    assert.deepEqual(nested, [
      '8:13: mounts[1].path: /m and /m/x are inside one another: put them side by side',
    ]);
    const over = await problems(`${TWO}  - { path: /, drive: a }`);
    assert.deepEqual(over, ['7:13: mounts[0].path: nothing can be mounted over /']);
    const near = await load(`${TWO}  - { path: /m, drive: a }\n  - { path: /mm, drive: b }`);
    assert.equal(near.mounts.length, 2);
  });

  it('wants exactly one of drive and drives, each drive once', async () => {
    const words = 'name either one drive (drive: films) or several (drives: [films, music])';
    assert.deepEqual(await problems(`${TWO}  - { path: /m }`), [`7:5: mounts[0]: ${words}`]);
    assert.deepEqual(await problems(`${TWO}  - { path: /m, drive: a, drives: [b] }`), [
      `7:5: mounts[0]: ${words}`,
    ]);
    assert.deepEqual(await problems(`${TWO}  - { path: /m, drives: [a, b, a] }`), [
      '7:32: mounts[0].drives[2]: a is in this list already',
    ]);
  });

  it('takes names of digits as they were written', async () => {
    const config = await load('accounts:\n  0115: { kind: paper }\ndrives:\n  a: { account: "0115" }');
    assert.equal(config.accounts[0]?.name, '0115');
  });

  it('says where it looked when there is no file, and how one looks', async () => {
    const missing = join(directory, 'none.yaml');
    await assert.rejects(loadConfig(missing, ROOT, KINDS), (error: FsError) => {
      assert.equal(error.reason, 'gone');
      assert.ok(error.message.startsWith(`there is no configuration at ${missing}.`), error.message);
      assert.match(error.message, /accounts:\n {2}main:/);
      return true;
    });
  });

  it('warns when others can read tokens, and only then', async () => {
    const text = 'accounts:\n  m: { kind: paper, secretToken: abc }';
    assert.deepEqual((await load(text)).warnings, []);
    chmodSync(file, 0o644);
    const config = await loadConfig(file, ROOT, KINDS);
    assert.deepEqual(config.warnings, [`${file} holds tokens and others can read it: chmod 600 ${file}`]);
    writeFileSync(file, 'accounts:\n  m: { kind: paper }');
    assert.deepEqual((await loadConfig(file, ROOT, KINDS)).warnings, []);
  });

  it('holds the token of links, and hides it', async () => {
    const text = 'links: { token: 0123456789abcdef }';
    assert.equal((await load(text)).links.token, '0123456789abcdef');
    assert.doesNotMatch((await showConfig(file, ROOT, KINDS)).yaml, /0123/);
  });

  it('never throws anything but FsError, whatever the file holds', async () => {
    const value = fc.jsonValue({ maxDepth: 3 });
    const sections = fc.dictionary(
      fc.constantFrom('accounts', 'drives', 'mounts', 'cache', 'log', '__proto__', 'network'),
      value,
    );
    const property = fc.asyncProperty(fc.oneof(value, sections), async (content) => {
      await load(JSON.stringify(content)).catch((error: unknown) => {
        assert.ok(error instanceof FsError, String(error));
        assert.match(error.message, /config\.yaml:\d+:\d+: /);
      });
    });
    await fc.assert(property, { numRuns: 200 });
  });

  describe('shown', () => {
    it('has defaults filled in and secrets hidden, in the form of the file', async () => {
      writeFileSync(file, 'accounts:\n  m: { kind: paper, secretToken: abc }', { mode: 0o600 });
      const shown = await showConfig(file, ROOT, KINDS);
      assert.equal(JSON.stringify(shown).includes('abc'), false);
      assert.deepEqual(shown.values['accounts'], {
        m: {
          kind: 'paper',
          secretToken: '(hidden)',
          region: 'north',
          endpoints: { api: 'https://api.example' },
        },
      });
      assert.deepEqual(shown.values['cache'], {
        path: '/var/cache/panfuse',
        size: '20GiB',
        probes: '4GiB',
        keepFree: '5%',
        memory: '128MiB',
      });
    });

    it('loads as the same configuration when it is written down', async () => {
      const before = await load(WHOLE);
      const shown = await showConfig(file, ROOT, KINDS);
      const after = await load(shown.yaml);
      assert.deepEqual(after, before);
    });
  });

  describe('control socket for clients', () => {
    it('comes from a file that may be wrong elsewhere, or is the default', async () => {
      const unset = { ...ROOT, variables: { PANFUSE_CONFIG: join(directory, 'none') } };
      writeFileSync(file, 'cach: {}\ncontrol: { socket: /srv/c.sock }');
      assert.equal(await controlSocket(file, ROOT), '/srv/c.sock');
      assert.equal(await controlSocket(null, unset), '/run/panfuse/control.sock');
      await assert.rejects(controlSocket(join(directory, 'none'), ROOT), { errno: 'EINVAL' });
      writeFileSync(file, '- nonsense: [');
      assert.equal(await controlSocket(file, USER), '/run/user/1000/panfuse/control.sock');
    });
  });
});
