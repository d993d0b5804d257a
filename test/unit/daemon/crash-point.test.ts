import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { crashPoint } from '../../../src/daemon/crash-point.js';

const PROGRAM = `
  import { crashPoint } from ${JSON.stringify(fileURLToPath(new URL('../../../src/daemon/crash-point.ts', import.meta.url)))};
  setInterval(() => undefined, 1000);
  const checkpoint = crashPoint(process.argv[1]);
  await checkpoint('here');
  process.stderr.write('passed, ');
  await checkpoint('here');
  process.exit(7);
`;

/** What a process says at its checkpoints, and how it ends when it is killed there. */
async function stoppedAt(stopAt: string): Promise<string> {
  const parameters = ['--import', 'tsx', '--input-type=module', '-e', PROGRAM, stopAt];
  const child = spawn(process.execPath, parameters, { stdio: ['ignore', 'ignore', 'pipe'] });
  const gone = once(child, 'close');
  let said = '';
  for await (const text of child.stderr.setEncoding('utf8') as AsyncIterable<string>) {
    said += text;
    if (said.endsWith('reached\n')) child.kill('SIGKILL');
  }
  assert.deepEqual(await gone, [null, 'SIGKILL']);
  return said;
}

describe('crashPoint', () => {
  it('does nothing without a name, nor at another point', async () => {
    await crashPoint(undefined)('here');
    await crashPoint('there')('here');
  });

  it('says where it is and goes no further', async () => {
    assert.equal(await stoppedAt('here'), 'checkpoint here reached\n');
  });

  it('lets the process pass as often as it is told', async () => {
    assert.equal(await stoppedAt('here@2'), 'passed, checkpoint here reached\n');
  });
});
