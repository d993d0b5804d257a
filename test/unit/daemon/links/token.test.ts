import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadLinkToken } from '../../../../src/daemon/links/token.js';
import { fakeEnv } from '../../../fakes/fake-env.js';

describe('token of the listener for players', () => {
  let state: string;
  let path: string;
  beforeEach(() => {
    state = mkdtempSync(join(tmpdir(), 'panfuse-token-'));
    path = join(state, 'links-token');
  });
  afterEach(() => rmSync(state, { recursive: true }));

  it('is made once, for its owner alone, and fit for an address', async () => {
    const token = await loadLinkToken(fakeEnv(), state);
    assert.match(token, /^[\w-]{32}$/);
    assert.equal(statSync(path).mode & 0o777, 0o600);
    assert.equal(readFileSync(path, 'utf8'), `${token}\n`);
    assert.equal(await loadLinkToken(fakeEnv(), state), token);
  });

  it('may be written by a person', async () => {
    writeFileSync(path, ' one of my own\n');
    assert.equal(await loadLinkToken(fakeEnv(), state), 'one of my own');
  });

  it('takes the place of an empty one, which others could read', async () => {
    writeFileSync(path, '', { mode: 0o644 });
    assert.match(await loadLinkToken(fakeEnv(), state), /^[\w-]{32}$/);
    assert.equal(statSync(path).mode & 0o777, 0o600);
  });

  it('is not made up when it cannot be kept', async () => {
    mkdirSync(path);
    await assert.rejects(loadLinkToken(fakeEnv(), state), { errno: 'EIO', message: /links-token.*EISDIR/ });
    const nowhere = join(state, 'none');
    await assert.rejects(loadLinkToken(fakeEnv(), nowhere), { errno: 'EIO', message: /ENOENT/ });
  });
});
