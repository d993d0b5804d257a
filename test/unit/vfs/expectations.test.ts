import assert from 'node:assert/strict';
import { constants } from 'node:fs';
import { Vfs } from '../../../src/vfs/vfs.js';
import { callOf } from '../../fakes/calls.js';
import { settle } from '../../fakes/fake-clock.js';
import { fakeDrive } from '../../fakes/fake-drive.js';
import { fakeEnv } from '../../fakes/fake-env.js';

const KIB = 1024;

function house(ahead = 20) {
  const env = fakeEnv();
  const drive = fakeDrive();
  drive.content.ahead = ahead;
  for (const name of ['e1.mkv', 'e2.mkv', 'e3.mkv', 'e10.mkv'])
    drive.tree.addFile(`/show/${name}`, 100 * KIB);
  drive.tree.addDirectory('/show/extras');
  drive.tree.addFile('/other/film.mkv', 1);
  const vfs = new Vfs(env, { kind: 'drive', drive }, { uid: 0, gid: 0, umask: 0 });
  const open = async (path: string) => (await vfs.open(path, constants.O_RDONLY, callOf())).handle;
  return { env, drive, vfs, open };
}

describe('expectations of a mount', () => {
  it('file opened alone, or beside one of another directory, makes no other expected', async () => {
    const { drive, open } = house();
    await open('/show/e1.mkv');
    await open('/other/film.mkv');
    await settle();
    assert.deepEqual(drive.content.expected, []);
  });

  it('second file of a directory makes it and the files that follow expected', async () => {
    const { drive, open } = house();
    await open('/show/e1.mkv');
    await open('/show/e2.mkv');
    await settle();
    assert.deepEqual(drive.content.expected, [['e2.mkv', 'e3.mkv', 'e10.mkv']]);
  });

  it('no file is expected when nothing is asked ahead', async () => {
    const { drive, open } = house(0);
    await open('/show/e1.mkv');
    await open('/show/e2.mkv');
    await settle();
    assert.deepEqual(drive.content.expected, []);
  });

  it('film that plays makes the next episode expected', async () => {
    const { env, drive, vfs, open } = house();
    const handle = await open('/show/e3.mkv');
    for (let position = 0; position < 62 * KIB; position += KIB) {
      await vfs.read(handle, position, KIB, callOf('reader'));
      await env.clock.advance(1000);
    }
    assert.deepEqual(drive.content.expected, [['e3.mkv', 'e10.mkv']]);
  });

  it('file that the cloud does not have yet is not expected', async () => {
    const { drive, open } = house();
    drive.tree.addFile('/show/e2b.mkv', 1, { id: 'local-6b3f' });
    for (const name of ['e2b.mkv', 'e1.mkv', 'e2.mkv']) await open(`/show/${name}`);
    await settle();
    assert.deepEqual(drive.content.expected, [['e2.mkv', 'e3.mkv', 'e10.mkv']]);
  });

  it('open succeeds although the directory cannot be listed', async () => {
    const { env, drive, open } = house();
    drive.tree.list = () => Promise.reject(new Error('no listing'));
    await open('/show/e1.mkv');
    await open('/show/e2.mkv');
    await settle();
    assert.deepEqual(drive.content.expected, []);
    assert.ok(env.log.lines.some(({ level, message }) => level === 'debug' && /expected/.test(message)));
  });
});
