import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { ControlServer } from '../../src/control/server.js';
import { fakeEnv } from '../fakes/fake-env.js';
import { FakeDaemon, serveFakeDaemon } from './fake-daemon.js';

const run = promisify(execFile);
const DOCUMENT = readFileSync(new URL('../../src/control/API.md', import.meta.url), 'utf8');

interface Example {
  readonly command: string;
  readonly format: string;
  readonly answer: string;
}

/** Every command of the document with the answer that stands below it. */
function examplesOf(text: string): readonly Example[] {
  const blocks = [...text.matchAll(/```sh\n(.*?)```\n+```(json|text)\n(.*?)```/gs)];
  return blocks.map(([, command = '', format = '', answer = '']) => ({
    command: command.trim(),
    format,
    answer,
  }));
}

/** One JSON document, or several that each stand in a line. */
function documentsOf(text: string): readonly unknown[] {
  const lines = text.trim().split('\n');
  const several = lines.length > 1 && lines.every((line) => line.startsWith('{ "') || line.startsWith('{"'));
  return (several ? lines : [text]).map((document) => JSON.parse(document) as unknown);
}

describe('control API document', () => {
  let directory: string;
  let socket: string;
  let daemon: FakeDaemon;
  let server: ControlServer;

  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'panfuse-api-'));
    socket = join(directory, 'control.sock');
    daemon = new FakeDaemon();
    server = await serveFakeDaemon(fakeEnv(), socket, daemon);
  });

  afterEach(async () => {
    await server.close();
    rmSync(directory, { recursive: true });
  });

  const examples = examplesOf(DOCUMENT);

  it('has an answer below every command', () => {
    assert.ok(examples.length >= 8);
    assert.equal(examples.length, [...DOCUMENT.matchAll(/```sh\n/g)].length);
  });

  for (const { command, format, answer } of examples) {
    it(`tells the truth about ${command.replaceAll(/\s+/g, ' ').slice(0, 110)}`, async () => {
      const { stdout } = await run('sh', ['-c', command], { env: { ...process.env, SOCKET: socket } });
      if (format === 'text') assert.equal(stdout, answer);
      else assert.deepEqual(documentsOf(stdout), documentsOf(answer));
    });
  }

  it('names every command there is', () => {
    const missing = daemon.commands().filter(({ path }) => !DOCUMENT.includes(path));
    assert.deepEqual(missing, []);
  });
});
