import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

/** One call, or some, that a program makes; paths are absolute. */
export type ProgramStep =
  /** As cp does, in writes of 128 KiB, with an fsync before the close. */
  | readonly ['copy', source: string, target: string]
  | readonly ['rename', from: string, to: string]
  | readonly ['unlink', path: string]
  | readonly ['rmdir', path: string]
  | readonly ['mkdir', path: string];

const SCRIPT = `
import json, os, sys
def copy(source, target):
  with open(source, 'rb') as bytes:
    file = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    while part := bytes.read(131072): os.write(file, part)
    os.fsync(file)
    os.close(file)
calls = {'copy': copy, 'rename': os.rename, 'unlink': os.unlink, 'rmdir': os.rmdir, 'mkdir': os.mkdir}
for name, *parameters in json.loads(sys.argv[1]): calls[name](*parameters)
`;

/** A program that works on a mount; one that waits for a dead daemon stops nobody else. */
export class Program {
  readonly #child: ChildProcess;
  readonly #end: Promise<string>;

  private constructor(child: ChildProcess) {
    this.#child = child;
    this.#end = outputOf(child);
  }

  /** Starts it and does not wait. */
  static start(steps: readonly ProgramStep[]): Program {
    const parameters = ['-c', SCRIPT, JSON.stringify(steps)];
    return new Program(spawn('python3', parameters, { stdio: ['ignore', 'ignore', 'pipe'] }));
  }

  /** Resolves when all steps were done; rejects with the program's words when one failed. */
  static async run(steps: readonly ProgramStep[]): Promise<void> {
    await Program.start(steps).succeeded();
  }

  /** Resolves when all steps were done; rejects with the program's words when one failed. */
  async succeeded(): Promise<void> {
    const words = await this.#end;
    if (this.#child.exitCode !== 0) throw new Error(words);
  }

  /** Resolves when it has ended, however that came. */
  async ended(): Promise<void> {
    await this.#end;
  }
}

async function outputOf(child: ChildProcess): Promise<string> {
  const gone = once(child, 'close');
  let words = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (words += text));
  await gone;
  return words;
}
