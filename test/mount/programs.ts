import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { promisify } from 'node:util';

const execute = promisify(execFile);

/** What a finished program left. */
export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end; a mount that never answers must not stop the test process itself. */
export async function run(program: string, ...parameters: readonly string[]): Promise<Outcome> {
  try {
    const { stdout, stderr } = await execute(program, parameters, {
      timeout: 60_000,
      killSignal: 'SIGKILL',
      maxBuffer: 2 ** 26,
      env: { ...process.env, LC_ALL: 'C.UTF-8' },
    });
    return { code: 0, stdout, stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: unknown; stdout: string; stderr: string };
    return { code: typeof code === 'number' ? code : -1, stdout, stderr };
  }
}

/** Runs Python with `at` set to the first parameter; prints what it prints. */
export async function python(at: string, script: string): Promise<string> {
  const { code, stdout, stderr } = await run(
    'python3',
    '-c',
    `import errno, mmap, os, sys\nat = sys.argv[1]\n${script}`,
    at,
  );
  if (code !== 0) throw new Error(stderr);
  return stdout.trim();
}

/** The names of the errnos that expressions of Python end in, with `at` set as above; `ok` for those that end well. */
export async function errnosOf(at: string, expressions: readonly string[]): Promise<readonly string[]> {
  const script = `
def outcome(work):
  try: work(); return 'ok'
  except OSError as e: return {95: 'EOPNOTSUPP'}.get(e.errno, errno.errorcode[e.errno])
for work in [${expressions.map((expression) => `lambda: ${expression}`).join(', ')}]: print(outcome(work))`;
  return (await python(at, script)).split('\n');
}

/** Starts a program whose output nobody wants. */
export function start(program: string, ...parameters: readonly string[]): ChildProcess {
  return spawn(program, parameters, { stdio: 'ignore' });
}
