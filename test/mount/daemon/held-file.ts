import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface, type Interface } from 'node:readline';

/** What one read(2) gave. */
export interface ReadOutcome {
  /** The name of the errno, or null. */
  readonly errno: string | null;
  /** Bytes that came. */
  readonly length: number;
  /** Of the bytes, lower case. */
  readonly sha1: string;
  /** Seconds. */
  readonly took: number;
}

const SCRIPT = `
import errno, hashlib, json, os, sys, time
file = os.open(sys.argv[1], os.O_RDONLY)
print('open', flush=True)
for line in sys.stdin:
  position, length = map(int, line.split())
  began, bytes, error = time.monotonic(), [], None
  try:
    while length > 0:
      part = os.pread(file, min(length, 1 << 20), position)
      if not part: break
      bytes.append(part)
      position, length = position + len(part), length - len(part)
  except OSError as e:
    error = errno.errorcode[e.errno]
  whole = b''.join(bytes)
  answer = dict(errno=error, length=len(whole), sha1=hashlib.sha1(whole).hexdigest(), took=time.monotonic() - began)
  print(json.dumps(answer), flush=True)
`;

/** A file held open by a program of its own, which reads what it is told; a mount that hangs stops only that program. */
export class HeldFile {
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;

  private constructor(child: ChildProcess, lines: Interface) {
    this.#child = child;
    this.#lines = lines[Symbol.asyncIterator]();
  }

  /** Resolves when the file is open; rejects when it cannot be opened. */
  static async open(path: string): Promise<HeldFile> {
    const child = spawn('python3', ['-c', SCRIPT, path], { stdio: ['pipe', 'pipe', 'inherit'] });
    const file = new HeldFile(child, createInterface(child.stdout));
    await file.#line();
    return file;
  }

  /** Reads a range in pieces of at most 1 MiB; what came before an error counts. */
  async read(position: number, length: number): Promise<ReadOutcome> {
    this.#child.stdin?.write(`${position} ${length}\n`);
    return JSON.parse(await this.#line()) as ReadOutcome;
  }

  /** Closes the file by ending the program. */
  async close(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const gone = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await gone;
  }

  async #line(): Promise<string> {
    const next = await this.#lines.next();
    if (next.done === true) throw new Error('the program that held the file has ended');
    return next.value;
  }
}
