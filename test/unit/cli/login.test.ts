import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LoginAccount, QrEvent } from '../../../src/cli/login/account-login.js';
import { codeOf } from '../../../src/cli/login/code-login.js';
import { logIn, type LoginArguments } from '../../../src/cli/login.js';
import { Session } from '../../../src/cli/session.js';
import { FakeTerminal } from '../../fakes/fake-terminal.js';

const QR: LoginArguments = { account: 'main', way: null, image: null, redirectUri: 'http://localhost/' };

async function* eventsOf(...events: readonly QrEvent[]): AsyncGenerator<QrEvent> {
  yield* events;
  await Promise.resolve();
}

describe('panfuse login', () => {
  let directory: string;
  let terminal: FakeTerminal;

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'panfuse-login-'));
    terminal = terminalOf();
  });

  afterEach(() => rmSync(directory, { recursive: true }));

  /** A user without configuration and without a daemon. */
  function terminalOf(lines: readonly string[] = [], isTTY = false): FakeTerminal {
    return new FakeTerminal({
      lines,
      isTTY,
      variables: { XDG_RUNTIME_DIR: directory, XDG_CONFIG_HOME: directory },
    });
  }

  async function login(
    ways: LoginAccount['login'],
    given: Partial<LoginArguments> = {},
    json = false,
  ): Promise<void> {
    const session = new Session(
      terminal,
      { config: null, json, verbose: false },
      new AbortController().signal,
    );
    const account = { name: 'main', kind: '115-open', login: ways };
    await logIn({ ...QR, ...given }, (_session, _name, use) => use(account))(session);
  }

  it('draws the code, follows what happens and ends with one line', async () => {
    const ways = {
      qr: () =>
        eventsOf(
          { kind: 'qr', text: 'http://115.com/scan/dg-1' },
          { kind: 'expired' },
          { kind: 'qr', text: 'http://115.com/scan/dg-2' },
          { kind: 'scanned', message: 'confirm on the phone' },
          { kind: 'done' },
        ),
    };
    await login(ways);
    const words = terminal.complained.split('\n').filter((line) => !/^[ █▀▄]*$/.test(line));
    assert.deepEqual(words, [
      'Scan this with the app of the cloud on your phone and confirm there.',
      'This code has expired; here is a new one:',
      'Scan this with the app of the cloud on your phone and confirm there.',
      'Scanned: confirm on the phone',
    ]);
    assert.ok(
      terminal.complained.includes('█▀▀▀▀▀█') || terminal.complained.includes('▄▄▄▄▄'),
      terminal.complained,
    );
    assert.equal(terminal.said, 'Logged in: main\n');
  });

  it('writes each code to a picture that is private', async () => {
    const image = join(directory, 'code.png');
    await login({ qr: () => eventsOf({ kind: 'qr', text: 'x' }, { kind: 'done' }) }, { image });
    assert.equal(readFileSync(image).subarray(1, 4).toString(), 'PNG');
    assert.equal(statSync(image).mode & 0o777, 0o600);
    assert.match(terminal.complained, /The code is in .*code\.png too\./);
  });

  it('says that the picture cannot be written', async () => {
    const image = join(directory, 'missing', 'code.png');
    const running = login({ qr: () => eventsOf({ kind: 'qr', text: 'x' }, { kind: 'done' }) }, { image });
    await assert.rejects(running, { errno: 'EINVAL', message: /--image/ });
  });

  it('is one JSON event a line with --json', async () => {
    await login({ qr: () => eventsOf({ kind: 'qr', text: 'x' }, { kind: 'done' }) }, {}, true);
    const lines = terminal.said.trimEnd().split('\n');
    assert.deepEqual(
      lines.map((line) => JSON.parse(line) as unknown),
      [
        { event: { kind: 'qr', text: 'x' } },
        { event: { kind: 'done' } },
        { account: 'main', reloaded: false },
      ],
    );
    assert.equal(terminal.complained, '');
  });

  it('fails when the events end before it is done', async () => {
    await assert.rejects(login({ qr: () => eventsOf({ kind: 'qr', text: 'x' }) }), {
      errno: 'EACCES',
      reason: 'login',
    });
  });

  describe('by authorization code', () => {
    const exchanged: string[] = [];
    const ways = {
      code: {
        authorizeUrl: (uri: string, state: string) => `https://cloud/authorize?to=${uri}&state=${state}`,
        exchange: (code: string, uri: string) => {
          exchanged.push(`${code} ${uri}`);
          return Promise.resolve();
        },
      },
    };

    beforeEach(() => void exchanged.splice(0));

    it('prints the page and exchanges the code that is pasted', async () => {
      terminal = terminalOf([' abc123 ']);
      await login(ways, { redirectUri: 'https://me/back' });
      assert.match(
        terminal.complained,
        /https:\/\/cloud\/authorize\?to=https:\/\/me\/back&state=[0-9a-f]{32}\n/,
      );
      assert.deepEqual(exchanged, ['abc123 https://me/back']);
    });

    it('refuses an empty answer', async () => {
      await assert.rejects(login(ways), { errno: 'EINVAL', message: 'no code was given' });
      assert.deepEqual(exchanged, []);
    });

    it('takes the code from the address that carries it, if it belongs to this login', () => {
      assert.equal(codeOf('http://localhost/?code=a%2Bb&state=s1', 's1'), 'a+b');
      assert.equal(codeOf('http://localhost/?code=ab', 's1'), 'ab');
      assert.throws(() => codeOf('http://localhost/?code=ab&state=s2', 's1'), /another login/);
      assert.throws(() => codeOf('http://localhost/', 's1'), /carries no code/);
      assert.throws(() => codeOf('http://localhost/?error=access_denied', 's1'), /access_denied/);
    });
  });

  describe('ways', () => {
    const qr = (): AsyncIterable<QrEvent> => eventsOf({ kind: 'done' });
    const code = { authorizeUrl: () => '', exchange: () => Promise.resolve() };

    it('prefers the QR code, and takes the other when it is asked for', async () => {
      await login({ qr, code });
      terminal = terminalOf(['abc']);
      await login({ qr, code }, { way: 'code' });
      assert.match(terminal.complained, /Open this page/);
    });

    it('says which way there is', async () => {
      await assert.rejects(login({ qr }, { way: 'code' }), {
        message:
          'account main cannot log in with --code without a clientSecret in the configuration; it can with --qr',
      });
      await assert.rejects(login({}), { errno: 'EOPNOTSUPP', message: /give it a clientId/ });
    });
  });
});
