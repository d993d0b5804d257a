import assert from 'node:assert/strict';
import { startTextServer, type TextServer } from '../../src/control/text-server.js';
import { fakeEnv } from '../fakes/fake-env.js';

describe('text server', () => {
  const env = fakeEnv();
  let server: TextServer;
  let text: () => Promise<string> = () => Promise.resolve('a 1\n');

  const options = (port: number) => {
    const page = { path: '/metrics', type: 'text/plain', text: () => text() };
    return { name: 'metrics.listen', host: '127.0.0.1', port, ...page };
  };

  before(async () => {
    server = await startTextServer(env, options(0));
  });
  after(() => server.close());

  const ask = (path: string, method = 'GET'): Promise<Response> =>
    fetch(`http://127.0.0.1:${server.port}${path}`, { method });

  it('answers its text to GET at its path, and nothing else', async () => {
    const answer = await ask('/metrics');
    assert.deepEqual([answer.headers.get('content-type'), await answer.text()], ['text/plain', 'a 1\n']);
    assert.equal((await ask('/')).status, 404);
    assert.equal((await ask('/metrics', 'POST')).status, 404);
  });

  it('keeps to itself why it has no text, and logs it', async () => {
    text = () => Promise.reject(new Error('a secret of the daemon'));
    const answer = await ask('/metrics');
    assert.equal(answer.status, 500);
    assert.doesNotMatch(await answer.text(), /secret/);
    assert.equal(env.log.lines.at(-1)?.level, 'error');
  });

  it('says that its address is taken', async () => {
    const second = startTextServer(env, options(server.port));
    await assert.rejects(second, { errno: 'EBUSY', message: /^metrics\.listen: 127\.0\.0\.1:\d+ is taken/ });
  });
});
