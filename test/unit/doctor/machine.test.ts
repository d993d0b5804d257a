import assert from 'node:assert/strict';
import { codeOf, systemMachine } from '../../../src/doctor/machine.js';

describe('systemMachine', () => {
  const machine = systemMachine();

  it('looks into a directory in a process of its own', async () => {
    await machine.look('/tmp');
    const failure = await machine.look("/no such/it's gone").catch((error: unknown) => error);
    assert.equal(codeOf(failure), 'ENOENT');
    assert.equal(failure instanceof Error && failure.message, 'No such file');
  });

  it('tells the room of a disk, and which is in memory', async () => {
    const [disk, memory] = await Promise.all([machine.roomAt('/'), machine.roomAt('/dev/shm')]);
    assert.ok(disk.total >= disk.free && disk.total > 1024 ** 3);
    assert.equal(memory.inMemory, true);
  });

  it('says what a program says', async () => {
    assert.equal(await machine.run('echo', ['a  b']), 'a  b');
    assert.equal(codeOf(await machine.run('no-such-program', []).catch((error: unknown) => error)), 'ENOENT');
  });
});
