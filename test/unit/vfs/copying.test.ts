import assert from 'node:assert/strict';
import { constants } from 'node:fs';
import { FsError } from '../../../src/lib/errors.js';
import { Vfs } from '../../../src/vfs/vfs.js';
import { callOf } from '../../fakes/calls.js';
import { byteAt, fakeDrive } from '../../fakes/fake-drive.js';
import { fakeEnv } from '../../fakes/fake-env.js';
import { writableDrive } from '../../fakes/fake-writes.js';

const { O_RDONLY, O_RDWR } = constants;
const SIZE = 3000;

async function subject() {
  const env = fakeEnv();
  const drive = writableDrive(env.clock, fakeDrive());
  const film = drive.tree.addFile('/film.mkv', SIZE).entry;
  const vfs = new Vfs(env, { kind: 'drive', drive }, { uid: 10, gid: 20, umask: 0o022 });
  const call = callOf();
  const source = (await vfs.open('/film.mkv', O_RDONLY, call)).handle;
  const target = (await vfs.create('/copy.mkv', O_RDWR, 0o644, call)).handle;
  const copy = (from: number, to: number, length: number): Promise<number> =>
    vfs.copyFileRange({ handle: source, position: from }, { handle: target, position: to }, length, call);
  const expect = async (handle: number, start: number, end: number): Promise<void> => {
    const expected = Array.from({ length: end - start }, (_, index) => byteAt(film.id, start + index));
    assert.deepEqual([...(await vfs.read(handle, start, end - start, call))], expected);
  };
  return { drive, film, vfs, call, source, target, copy, expect, calls: drive.writes.calls };
}

describe('Vfs that copies', () => {
  it('copy of a whole file is made by the cloud when it is closed, without a byte', async () => {
    const { drive, vfs, call, target, copy, expect, calls } = await subject();
    assert.equal(await copy(0, 0, 2000), 2000);
    assert.equal((await vfs.getattr('/copy.mkv', call)).size, 2000);
    assert.equal(await copy(2000, 2000, 2000), 1000);
    assert.equal(await copy(SIZE, SIZE, 2000), 0);
    await vfs.chmod('/copy.mkv', 0o600, call);
    await vfs.flush(target, call);
    await vfs.flush(target, call);
    await vfs.release(target, call);
    assert.deepEqual(calls, ['create /copy.mkv', 'copy 1 to /copy.mkv', 'remove /copy.mkv']);
    assert.deepEqual(drive.content.calls, []);
    const shown = await vfs.getattr('/copy.mkv', call);
    assert.deepEqual([shown.size, shown.mode & 0o7777], [SIZE, 0o600]);
    await expect((await vfs.open('/copy.mkv', O_RDONLY, call)).handle, 0, SIZE);
  });

  it('copy is read before it is made', async () => {
    const { copy, target, expect, vfs, call } = await subject();
    await copy(0, 0, 2000);
    await expect(target, 100, 2000);
    assert.equal((await vfs.read(target, 1500, 1000, call)).length, 500);
  });

  it('part of a file is fetched when it is closed', async () => {
    const { copy, target, vfs, call, calls, expect } = await subject();
    await copy(0, 0, 2000);
    await vfs.flush(target, call);
    assert.deepEqual(calls, ['create /copy.mkv', 'flush local-1']);
    await expect(target, 0, 2000);
  });

  it('copy that is changed before it is closed is fetched first', async () => {
    const { copy, target, vfs, call, expect, calls } = await subject();
    await copy(0, 0, SIZE);
    await vfs.write(target, 0, Buffer.from('X'), 'program', call);
    await expect(target, 1, SIZE);
    assert.equal(Buffer.from(await vfs.read(target, 0, 1, call)).toString(), 'X');
    await vfs.ftruncate(target, 10, call);
    await vfs.flush(target, call);
    assert.equal(calls.at(-1), 'flush local-1');
  });

  it('pieces out of order are copied one by one', async () => {
    const { copy, target, expect, vfs } = await subject();
    await assert.rejects(copy(100, 0, 100), { errno: 'EOPNOTSUPP', expected: true });
    assert.equal(await copy(0, 0, 1000), 1000);
    await assert.rejects(copy(500, 1000, 100), { errno: 'EOPNOTSUPP' });
    await expect(target, 0, 1000);
    assert.equal(vfs.fgetattr(target).size, 1000);
  });

  it('copy that the cloud cannot make is fetched', async () => {
    const { drive, copy, target, vfs, call, expect } = await subject();
    drive.writes.canCopy = false;
    await copy(0, 0, SIZE);
    await vfs.fsync(target, call);
    await expect(target, 0, SIZE);
    assert.equal(drive.writes.local('local-1')?.syncs, 1);
  });

  it('copy that the cloud refuses is told to whoever closes', async () => {
    const { drive, copy, target, vfs, call } = await subject();
    drive.writes.failing.set('copy', new FsError('EDQUOT', 'the account is full'));
    await copy(0, 0, SIZE);
    await assert.rejects(vfs.flush(target, call), { errno: 'EDQUOT' });
  });

  it('file that was written here is copied byte by byte', async () => {
    const { drive, vfs, call, target } = await subject();
    const own = (await vfs.create('/own', O_RDWR, 0o644, call)).handle;
    await vfs.write(own, 0, Buffer.from('abc'), 'program', call);
    const from = { handle: own, position: 0 };
    const to = { handle: target, position: 0 };
    await assert.rejects(vfs.copyFileRange(from, to, 3, call), { errno: 'EOPNOTSUPP' });
    Object.assign(drive.source.driver, { copy: undefined });
    const film = { handle: (await vfs.open('/film.mkv', O_RDONLY, call)).handle, position: 0 };
    await assert.rejects(vfs.copyFileRange(film, to, 3, call), { errno: 'EOPNOTSUPP' });
  });

  it('copied file may be written to later', async () => {
    const { copy, target, vfs, call, expect } = await subject();
    await copy(0, 0, SIZE);
    await vfs.flush(target, call);
    await vfs.write(target, 0, Buffer.from('X'), 'program', call);
    await expect(target, 1, SIZE);
  });
});
