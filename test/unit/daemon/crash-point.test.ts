import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { crashPoint } from '../../../src/daemon/crash-point.js';

const PROGRAM = `
  import { crashPoint } from ${JSON.stringify(fileURLToPath(new URL('../../../src/daemon/crash-point.ts', import.meta.url)))};
  setInterval(() => undefined, 1000);
  crashPoint('here')('here').then(() => process.exit(7));
`;

describe('crashPoint', () => {
  it('does nothing without a name, nor at another point', async () => {
    await crashPoint(undefined)('here');
    await crashPoint('there')('here');
  });

  it('says where it is and goes no further', async () => {
    const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', PROGRAM], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const [line] = (await once(child.stderr, 'data')) as [Buffer];
    assert.equal(line.toString(), 'checkpoint here reached\n');
    child.kill('SIGKILL');
    assert.deepEqual(await once(child, 'exit'), [null, 'SIGKILL']);
  });
});
