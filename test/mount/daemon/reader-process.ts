import { type ChildProcess, spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

/** Readers in a process of their own, which print a report as JSON in the end: a mount that hangs stops only them. */
export class ReaderProcess<Report> {
  /** Rejects when the program ends without a report. */
  readonly report: Promise<Report>;
  readonly #child: ChildProcess;

  /** Starts a program beside this one with a task in JSON, and with a thread for each of its readers. */
  constructor(program: string, task: unknown, readers: number) {
    const script = fileURLToPath(new URL(program, import.meta.url));
    const child = spawn(process.execPath, ['--import', 'tsx', script, JSON.stringify(task)], {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: { ...process.env, UV_THREADPOOL_SIZE: String(readers + 4) },
    });
    this.#child = child;
    this.report = text(child.stdout).then((said) => JSON.parse(said) as Report);
  }

  /** Closes its standard input: to those who listen it means that they shall come to an end. */
  end(): void {
    this.#child.stdin?.end();
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }
}
