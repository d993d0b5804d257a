import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { formatLine, Logging } from '../../../src/daemon/logging.js';

describe('Logging', () => {
  it('formatLine hides the values of secret fields', () => {
    const line = formatLine({
      timestamp: 'T',
      level: 'info',
      message: 'renewed',
      refreshToken: 'abc.def',
      Cookie: 'UID=1',
      url: 'https://cdn.example/?k=secret',
      account: 'main',
    });
    assert.equal(line, 'T info renewed refreshToken=[hidden] Cookie=[hidden] url=[hidden] account="main"');
  });

  it('formatLine shows an error with its causes and without its stack', () => {
    const error = new Error('outer', { cause: new Error('inner') });
    assert.equal(
      formatLine({ timestamp: 'T', level: 'warn', message: 'm', error }),
      'T warn m error="outer (inner)"',
    );
  });

  it('formatLine tells a cause once that an outer message quotes, and nothing of what is undefined', () => {
    const cause = new Error('it was taken away', { cause: new Error('no auth') });
    const error = new Error('account main: it was taken away. Log in', { cause });
    assert.equal(
      formatLine({ timestamp: 'T', level: 'warn', message: 'm', error, missing: undefined }),
      'T warn m error="account main: it was taken away. Log in (no auth)"',
    );
  });

  it('writes lines of its level and above to the file, children with their fields', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'panfuse-log-'));
    const file = join(folder, 'panfuse.log');
    const log = Logging.create({ level: 'info', file });
    log.debug('not this');
    log.child({ account: 'main' }).warn('this', { error: new Error('why') });
    for (let waited = 0; waited < 200 && !readText(file).includes('this'); waited += 1) await delay(10);
    const text = readText(file);
    assert.match(text, /warn this account="main" error="why"\n$/);
    assert.doesNotMatch(text, /not this/);
    await rm(folder, { recursive: true });
  });

  it('writes more or less at once when its level changes, children made before too', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'panfuse-log-'));
    const file = join(folder, 'panfuse.log');
    const log = Logging.create({ level: 'info', file });
    const child = log.child({ account: 'main' });
    child.debug('too early');
    log.level = 'debug';
    assert.equal(log.level, 'debug');
    child.debug('in time');
    log.level = 'error';
    child.warn('too late');
    child.error('the end');
    for (let waited = 0; waited < 200 && !readText(file).includes('the end'); waited += 1) await delay(10);
    const messages = readText(file).match(/too early|in time|too late|the end/g);
    assert.deepEqual(messages, ['in time', 'the end']);
    await rm(folder, { recursive: true });
  });
});

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
