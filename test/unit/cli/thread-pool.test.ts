import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import ts from 'typescript';

const MAIN = readFileSync(new URL('../../../src/main.ts', import.meta.url), 'utf8');
const SHEBANG = MAIN.slice(0, MAIN.indexOf('\n'));

/** libuv starts all threads of its pool with the first job. */
const COUNT_THREADS = `
import { stat } from 'node:fs/promises';
import { readdirSync } from 'node:fs';
await stat('/');
console.log(readdirSync('/proc/self/task').length);
`;

describe('thread pool of the program', () => {
  let directory: string;

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'panfuse-threads-'));
  });

  afterEach(() => rmSync(directory, { recursive: true }));

  function threadsOf(firstLine: string): number {
    const program = join(directory, 'program.mjs');
    writeFileSync(program, `${firstLine}\n${COUNT_THREADS}`);
    chmodSync(program, 0o755);
    const environment = { ...process.env };
    delete environment['UV_THREADPOOL_SIZE'];
    return Number(execFileSync(program, { env: environment, encoding: 'utf8' }));
  }

  it('has 16 threads where Node alone has 4', () => {
    assert.equal(threadsOf(SHEBANG) - threadsOf('#!/usr/bin/env node'), 12);
  });

  it('is still sized by the first line after compiling', () => {
    const { outputText } = ts.transpileModule(MAIN, { compilerOptions: { module: ts.ModuleKind.NodeNext } });
    assert.equal(outputText.slice(0, SHEBANG.length + 1), `${SHEBANG}\n`);
  });
});
