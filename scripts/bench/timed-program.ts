import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** What a program wrote, and the seconds that it ran. */
export interface ProgramRun {
  readonly seconds: number;
  readonly lines: number;
}

/** Runs a program to its end and counts its lines. Rejects when it fails. */
export async function timedProgram(program: string, ...parameters: readonly string[]): Promise<ProgramRun> {
  const began = performance.now();
  const child = spawn(program, parameters, { stdio: ['ignore', 'pipe', 'inherit'] });
  let lines = 0;
  child.stdout.on('data', (chunk: Buffer) => {
    for (const byte of chunk) if (byte === 10) lines += 1;
  });
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`${program} ended with ${String(code)}`);
  return { seconds: (performance.now() - began) / 1000, lines };
}
