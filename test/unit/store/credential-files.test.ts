import assert from 'node:assert/strict';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FsError } from '../../../src/lib/errors.js';
import { CredentialFiles } from '../../../src/store/credential-files.js';
import { type FakeEnv, fakeEnv } from '../../fakes/fake-env.js';

describe('credential files', () => {
  let parent: string;
  let directory: string;
  let env: FakeEnv;
  let files: CredentialFiles;

  beforeEach(async () => {
    parent = await mkdtemp(join(tmpdir(), 'panfuse-credentials-'));
    directory = join(parent, 'state', 'credentials');
    env = fakeEnv();
    files = new CredentialFiles(env, directory);
  });

  afterEach(async () => {
    await rm(parent, { recursive: true });
  });

  it('keep what was saved, for other processes too', async () => {
    assert.equal(await files.load('main'), null);
    await files.save('main', { refreshToken: 'r', expiresAt: 12 });
    await files.save('main', { refreshToken: 's' });
    assert.deepEqual(await files.load('main'), { refreshToken: 's' });
    assert.deepEqual(await new CredentialFiles(fakeEnv(), directory).load('main'), { refreshToken: 's' });
    assert.deepEqual(await readdir(directory), ['main.json']);
  });

  it('are private, also where the directory was open before', async () => {
    await mkdir(directory, { recursive: true });
    await chmod(directory, 0o755);
    await files.save('main', { a: 1 });
    assert.equal((await stat(directory)).mode & 0o777, 0o700);
    assert.equal((await stat(join(directory, 'main.json'))).mode & 0o777, 0o600);
  });

  it('hold the old login until the new one is whole on disk', async () => {
    await files.save('main', { token: 'old' });
    const seen: string[] = [];
    const stopping = {
      ...env,
      checkpoint: async (name: string): Promise<void> => {
        const [temporary] = (await readdir(directory)).filter((file) => file !== 'main.json');
        const written = temporary === undefined ? '' : await readFile(join(directory, temporary), 'utf8');
        const current = await readFile(join(directory, 'main.json'), 'utf8');
        seen.push(`${name} ${/new/.test(written)} ${/new/.test(current)}`);
      },
    };
    await new CredentialFiles(stopping, directory).save('main', { token: 'new' });
    assert.deepEqual(seen, ['credentials:written true false', 'credentials:renamed false true']);
  });

  it('never share a file and never leave their directory, whatever the account is called', async () => {
    const names = [
      'a/b',
      'a%2Fb',
      '..',
      '.',
      '.hidden',
      '我的网盘',
      '长'.repeat(100),
      `${'长'.repeat(100)}2`,
      'a\0b',
      '',
    ];
    for (const name of names) await files.save(name, { name });
    for (const name of names) assert.deepEqual(await files.load(name), { name });
    const written = await readdir(directory);
    assert.equal(written.length, names.length);
    assert.ok(written.includes('我的网盘.json'));
    assert.deepEqual(await readdir(parent), ['state']);
  });

  it('remove what a killed process left, but not what another one is writing', async () => {
    await mkdir(directory, { recursive: true });
    const now = env.clock.now() / 1000;
    for (const [name, age] of [
      ['main.json.aa.new', 3600],
      ['main.json.bb.new', 1],
      ['other.json.cc.new', 3600],
    ] as const) {
      await writeFile(join(directory, name), 'secret');
      await utimes(join(directory, name), now - age, now - age);
    }
    await files.save('main', { a: 1 });
    assert.deepEqual((await readdir(directory)).sort(), [
      'main.json',
      'main.json.bb.new',
      'other.json.cc.new',
    ]);
  });

  it('end as the last save when saves meet', async () => {
    await Promise.all(Array.from({ length: 10 }, (_none, token) => files.save('main', { token })));
    assert.deepEqual(await files.load('main'), { token: 9 });
    assert.deepEqual(await readdir(directory), ['main.json']);
  });

  it('reject damaged content in words that quote none of it', async () => {
    await mkdir(directory, { recursive: true });
    for (const text of ['{"token":"secret', '', '[]', '"secret"', '{"token":{"secret":1}}']) {
      await writeFile(join(directory, 'main.json'), text);
      await assert.rejects(files.load('main'), (error) => {
        assert.ok(error instanceof FsError);
        assert.match(error.message, /main\.json: the stored login is damaged/);
        assert.equal(error.reason, 'login');
        assert.doesNotMatch(`${error.message} ${String(error.cause)}`, /secret/);
        return true;
      });
    }
  });

  it('reject a save that fails, leave nothing behind and go on with the next', async () => {
    await mkdir(join(directory, 'main.json', 'in-the-way'), { recursive: true });
    const failed = files.save('main', { a: 1 });
    const after = files.save('main', { a: 2 });
    await assert.rejects(failed, { name: 'FsError', errno: 'EIO' });
    await assert.rejects(after, { name: 'FsError', errno: 'EIO' });
    assert.deepEqual(await readdir(directory), ['main.json']);
    await rm(join(directory, 'main.json'), { recursive: true });
    await files.save('main', { a: 3 });
    assert.deepEqual(await files.load('main'), { a: 3 });
  });
});
