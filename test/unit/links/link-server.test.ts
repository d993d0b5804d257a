import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Agent, type IncomingMessage, request } from 'node:http';
import { connect } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { FsError } from '../../../src/lib/errors.js';
import { patternMatcher } from '../../../src/lib/patterns.js';
import { LinkAccess } from '../../../src/links/link-access.js';
import { LinkListener } from '../../../src/links/link-listener.js';
import { type LinkServer, startLinkServer } from '../../../src/links/link-server.js';
import { type FakeEnv, fakeEnv } from '../../fakes/fake-env.js';
import { byteAt, FakeFiles } from './fake-files.js';

const TOKEN = 'a-token-that-nobody-guesses';
const FILM = '/d/films/2026/a.mkv';
const WITH_TOKEN = `${FILM}?token=${TOKEN}`;
const PLAYER = 'VLC/3.0.21 LibVLC/3.0.21';

interface Asking {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

describe('link server', () => {
  const access = new LinkAccess(TOKEN);
  const agent = new Agent({ keepAlive: false });
  let env: FakeEnv;
  let files: FakeFiles;
  let server: LinkServer;

  const start = async (timeouts?: { headers: number; idle: number; stuck: number }): Promise<void> => {
    const options = { address: { host: '127.0.0.1', port: 0 }, access, files };
    const isStreamed = patternMatcher(['Web*']);
    server = await startLinkServer(env, { ...options, isStreamed, ...(timeouts ? { timeouts } : {}) });
  };

  beforeEach(async () => {
    env = fakeEnv();
    files = new FakeFiles();
    await start();
  });
  afterEach(() => server.close());

  async function ask(path: string, { method = 'GET', headers = {} }: Asking = {}): Promise<IncomingMessage> {
    const { host, port } = server.address;
    const asked = request({ host, port, path, method, agent, headers: { 'user-agent': PLAYER, ...headers } });
    asked.end();
    const [answer] = (await once(asked, 'response')) as [IncomingMessage];
    return answer;
  }

  /** Status and text of an answer that is not followed. */
  async function told(path: string, asking?: Asking): Promise<readonly [number | undefined, string]> {
    const answer = await ask(path, asking);
    return [answer.statusCode, (await buffer(answer)).toString()];
  }

  const expected = (start: number, end: number): Buffer =>
    Buffer.from(Uint8Array.from({ length: end - start }, (_, at) => byteAt(start + at)));

  const opened = async (): Promise<void> => {
    while (files.open === 0) await new Promise((resolve) => setImmediate(resolve));
  };
  const nothingLeft = async (): Promise<void> => {
    while (files.open > 0) await new Promise((resolve) => setImmediate(resolve));
  };

  describe('lets in', () => {
    const refused = [403, 'not allowed\n'] as const;

    it('nobody without the token, whatever is asked for', async () => {
      const paths = [
        FILM,
        `${FILM}?token=`,
        `${FILM}?token=wrong`,
        '/d/films/none?token=wrong',
        '/',
        '/d/../etc',
      ];
      for (const path of paths) assert.deepEqual(await told(path), refused, path);
      assert.deepEqual(await told(FILM, { headers: { authorization: 'Bearer wrong' } }), refused);
      assert.deepEqual(await told(`${FILM}?sign=${access.sign({ drive: 'films', path: '/b' })}`), refused);
      assert.deepEqual(files.asked, []);
    });

    it('who has it in the address, as a bearer, as a password, or a signature of the file', async () => {
      const basic = Buffer.from(`anybody:${TOKEN}`).toString('base64');
      const ways: readonly (readonly [string, Asking])[] = [
        [WITH_TOKEN, {}],
        [FILM, { headers: { authorization: `Basic ${basic}` } }],
        [FILM, { headers: { authorization: `Bearer ${TOKEN}` } }],
        [`${FILM}?sign=${access.sign({ drive: 'films', path: '/2026/a.mkv' })}`, {}],
      ];
      for (const [path, asking] of ways) assert.equal((await ask(path, asking)).statusCode, 302, path);
    });

    it('nothing but GET and HEAD', async () => {
      const answer = await ask(WITH_TOKEN, { method: 'POST' });
      assert.deepEqual([answer.statusCode, answer.headers.allow], [405, 'GET, HEAD']);
    });
  });

  describe('sends a player to the cloud', () => {
    it('with a link bound to its own User-Agent, which nobody keeps', async () => {
      const { statusCode, headers } = await ask(WITH_TOKEN);
      assert.deepEqual(
        [statusCode, headers.location, headers['cache-control'], headers['content-length']],
        [302, files.url, 'no-store', '0'],
      );
      assert.deepEqual([files.asked, files.open], [[`${PLAYER} at 127.0.0.1`], 0]);
    });

    it('with an address that may stand in a header', async () => {
      files.url = 'https://cdn.example/片.mkv?k=1';
      assert.equal((await ask(WITH_TOKEN)).headers.location, 'https://cdn.example/%E7%89%87.mkv?k=1');
    });
  });

  describe('streams', () => {
    const cases: readonly (readonly [string, () => readonly [string, Asking]])[] = [
      ['when that is asked for', () => [`${WITH_TOKEN}&proxy=1`, {}]],
      ['to a player of links.stream', () => [WITH_TOKEN, { headers: { 'user-agent': 'WebPlayer/2' } }]],
      ['to a player without a User-Agent', () => [WITH_TOKEN, { headers: { 'user-agent': '' } }]],
      [
        'to a player with an endless User-Agent',
        () => [WITH_TOKEN, { headers: { 'user-agent': 'x'.repeat(600) } }],
      ],
    ];
    for (const [when, asking] of cases) {
      it(`${when}, without a call for a link`, async () => {
        const answer = await ask(...asking());
        assert.equal(answer.statusCode, 200);
        assert.ok((await buffer(answer)).equals(expected(0, files.size)));
        assert.deepEqual(files.asked, []);
        await nothingLeft();
      });
    }

    it('when a redirect could not carry what the link needs', async () => {
      files.headers = (userAgent) => ({ 'User-Agent': userAgent, Cookie: 'a=1' });
      assert.equal((await ask(WITH_TOKEN)).statusCode, 200);
      files.headers = () => ({ 'User-Agent': 'of the cloud' });
      assert.equal((await ask(WITH_TOKEN)).statusCode, 200);
      files.headers = null;
      assert.equal((await ask(WITH_TOKEN)).statusCode, 200);
    });

    it('a range', async () => {
      const answer = await ask(`${WITH_TOKEN}&proxy=1`, { headers: { range: 'bytes=1000000-1999999' } });
      assert.deepEqual(
        [answer.statusCode, answer.headers['content-range'], answer.headers['content-type']],
        [206, 'bytes 1000000-1999999/3000000', 'video/x-matroska'],
      );
      assert.ok((await buffer(answer)).equals(expected(1_000_000, 2_000_000)));
    });

    it('all of it when the range is of a file as it was before', async () => {
      const range = 'bytes=0-9';
      const first = await ask(`${WITH_TOKEN}&proxy=1`, {
        headers: { range, 'if-range': 'Thu, 01 Jan 1970 00:00:00 GMT' },
      });
      assert.equal(first.statusCode, 200);
      const modified = first.headers['last-modified'] ?? '';
      first.destroy();
      const again = await ask(`${WITH_TOKEN}&proxy=1`, { headers: { range, 'if-range': modified } });
      assert.equal(again.statusCode, 206);
    });

    it('no range behind the end', async () => {
      const answer = await ask(`${WITH_TOKEN}&proxy=1`, { headers: { range: 'bytes=3000000-' } });
      assert.deepEqual([answer.statusCode, answer.headers['content-range']], [416, 'bytes */3000000']);
    });

    it('an empty file', async () => {
      files.size = 0;
      assert.deepEqual(await told(`${WITH_TOKEN}&proxy=1`), [200, '']);
      assert.equal(files.open, 0);
    });
  });

  it('tells HEAD what there is without a call', async () => {
    const answer = await ask(WITH_TOKEN, { method: 'HEAD' });
    assert.deepEqual(
      [answer.statusCode, answer.headers['content-length'], answer.headers['accept-ranges']],
      [200, '3000000', 'bytes'],
    );
    assert.deepEqual([(await buffer(answer)).length, files.asked, files.open], [0, [], 0]);
  });

  describe('says in a status what goes wrong', () => {
    const failures: readonly (readonly [FsError, number])[] = [
      [new FsError('ENOENT', 'gone', { expected: true }), 404],
      [new FsError('EISDIR', 'a folder', { expected: true }), 404],
      [new FsError('EAGAIN', 'later', { expected: true }), 503],
      [new FsError('EACCES', 'the login is lost', { reason: 'login' }), 502],
      [new FsError('EACCES', 'too many calls', { reason: 'throttle' }), 503],
      [new FsError('ETIMEDOUT', 'the cloud does not answer', { reason: 'network' }), 504],
    ];
    for (const [failure, status] of failures) {
      it(`${failure.message}: ${status}`, async () => {
        files.failure = failure;
        assert.deepEqual(await told(WITH_TOKEN), [status, `${failure.message}\n`]);
      });
    }

    it('when the path is none', async () => {
      assert.deepEqual(await told(`/d/films?token=${TOKEN}`), [404, 'there is no such file\n']);
    });

    it('when the first byte cannot be read', async () => {
      files.brokenAt = 0;
      assert.deepEqual(await told(`${WITH_TOKEN}&proxy=1`), [502, 'the cloud answers nonsense\n']);
    });

    it('and breaks off what has begun, so that nobody takes a part for the whole', async () => {
      files.brokenAt = 1_000_000;
      const answer = await ask(`${WITH_TOKEN}&proxy=1`);
      assert.equal(answer.statusCode, 200);
      await assert.rejects(buffer(answer));
      await nothingLeft();
    });
  });

  describe('leaves nothing behind', () => {
    it('of a player that goes away while it waits', async () => {
      files.isStuck = true;
      const asked = request({ ...server.address, path: `${WITH_TOKEN}&proxy=1`, agent });
      asked.on('error', () => undefined);
      asked.end();
      await opened();
      asked.destroy();
      await nothingLeft();
      assert.equal(files.aborted, 1);
    });

    it('of a player that takes no bytes, of which only some are read ahead', async () => {
      files.size = 500_000_000;
      await server.close();
      await start({ headers: 1000, idle: 100, stuck: 100 });
      const socket = connect(server.address.port, '127.0.0.1');
      socket.on('error', () => undefined);
      socket.pause();
      socket.write(`GET ${WITH_TOKEN}&proxy=1 HTTP/1.1\r\nHost: x\r\n\r\n`);
      await opened();
      await nothingLeft();
      assert.ok(files.read < 50_000_000, `${files.read} bytes were read for nobody`);
      socket.destroy();
    });

    it('when it is closed', async () => {
      files.isStuck = true;
      const waiting = told(`${WITH_TOKEN}&proxy=1`);
      await opened();
      await server.close();
      assert.deepEqual(await waiting, [503, 'the daemon is stopping\n']);
      assert.deepEqual([files.open, files.aborted], [0, 1]);
    });
  });

  it('writes neither token nor links into the log', async () => {
    files.failure = new FsError('EIO', 'broken');
    await told(WITH_TOKEN);
    files.failure = null;
    await told(WITH_TOKEN);
    await told(`${FILM}?token=wrong-one`);
    const log = JSON.stringify(env.log.lines);
    assert.doesNotMatch(log, /nobody|wrong-one|secret/);
  });

  describe('listener', () => {
    it('is tried again while its port is taken', async () => {
      const isStreamed = (): boolean => false;
      const listener = new LinkListener(env, { address: server.address, access, files, isStreamed });
      await listener.start();
      assert.equal(listener.state.address, null);
      assert.match(listener.state.trouble ?? '', /127\.0\.0\.1:\d+: another program listens there/);
      await server.close();
      await env.clock.advance(30_000);
      const state = (): LinkListener['state'] => listener.state;
      while (state().address === null) await new Promise((resolve) => setImmediate(resolve));
      assert.equal(state().trouble, null);
      await listener.close();
    });
  });
});
