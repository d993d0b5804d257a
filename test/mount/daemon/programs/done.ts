import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const execute = promisify(execFile);
/** Milliseconds after which a program is believed to be stuck. */
const PATIENCE = 500_000;

/** Runs a program to its end and answers what it wrote. Rejects with its words unless it ended well. */
export async function done(program: string, ...parameters: readonly string[]): Promise<string> {
  const { stdout } = await execute(program, parameters, {
    timeout: PATIENCE,
    killSignal: 'SIGKILL',
    maxBuffer: 2 ** 26,
    env: { ...process.env, LC_ALL: 'C.UTF-8' },
  }).catch((error: unknown) => {
    const { code, stdout, stderr } = error as { code: unknown; stdout: string; stderr: string };
    const words = `${stdout.slice(-4000)}\n${stderr.slice(-4000)}`;
    throw new Error(`${program} ${parameters.join(' ')} ended with ${String(code)}:\n${words}`);
  });
  return stdout;
}
