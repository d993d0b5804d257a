import assert from 'node:assert/strict';
import { constants } from 'node:fs';
import type { MemoryOutage } from '../../../../src/drivers/memory/outages.js';
import type { CloudContents, ForeignWork } from './cloud-hand.js';
import { errnoOf, type FileSystem, type PlainFileSystem } from './file-system.js';
import {
  closedFile,
  type FileNode,
  isReading,
  isWriting,
  newDirectory,
  type Node,
  type OpenHandle,
  Reference,
} from './reference.js';
import type { Fault, Step, StepCounts, StepNote } from './steps.js';

const { O_APPEND, O_CREAT, O_EXCL, O_RDONLY, O_RDWR, O_TRUNC, O_WRONLY } = constants;

/** Where a scene is played. */
export interface Stage {
  readonly files: FileSystem;
  /** The same, where it can be asked more. */
  readonly plain: PlainFileSystem | null;
  /** Times are multiples of so many nanoseconds. */
  readonly timeUnit: bigint;
  /** Lets time pass until the work has ended. */
  run<T>(work: Promise<T>): Promise<T>;
  /** Lets so many milliseconds pass. */
  wait(ms: number): Promise<void>;
  /** False when ours and theirs would quarrel; programs see it when this resolves. */
  foreign(work: ForeignWork): Promise<boolean>;
  outage(outage: MemoryOutage): Promise<void>;
  /** Everything ends and begins again, after a kill without what was not closed. */
  restart(how: 'restart' | 'kill', pick: number): Promise<void>;
  /** Resolves when the cloud is owed nothing. */
  idle(): Promise<void>;
  contents(): Promise<CloudContents>;
}

const NAMES = ['a', 'b', 'c', 'd'];
const DEEPEST = 3;
const MOST_HANDLES = 5;
const CREATING = [O_CREAT, O_CREAT | O_EXCL, O_CREAT | O_TRUNC, O_CREAT | O_APPEND];
const OPENING = [0, 0, O_APPEND, O_TRUNC];
const ACCESS = [O_RDWR, O_RDWR, O_WRONLY, O_RDONLY];
const CALLS = [
  ...['makeDirectory', 'rename', 'move', 'remove', 'announce', 'part', 'complete', 'copy'],
  ...['list', 'stat', 'link', 'links', 'download'],
];
/** What a program is told while the cloud does not answer; trying again is its business. */
const TROUBLES: ReadonlySet<string> = new Set(['EIO', 'EBUSY', 'ETIMEDOUT']);
const TRIES = 12;
const BETWEEN_TRIES = 20_000;
const LONG_WAIT = 660_000;

/** Plays steps on a stage and in the reference, and compares what each answers. */
export class Player {
  readonly #stage: Stage;
  readonly #counts: StepCounts;
  readonly #reference = new Reference();
  #written = 0;
  #troubled = false;

  constructor(stage: Stage, counts: StepCounts) {
    this.#stage = stage;
    this.#counts = counts;
  }

  /** The step counts when it could be taken. */
  async play([what, which, where, amount]: StepNote): Promise<void> {
    const step = { what, which, where, amount };
    try {
      if (await this.#do(step)) this.#counts.add(step.what);
    } catch (error) {
      if (error instanceof Error) error.message = `at ${JSON.stringify(step)}: ${error.message}`;
      throw error;
    }
  }

  /** Everything is closed and sent: the cloud is what programs have made of it, and programs see it. */
  async finish(): Promise<void> {
    for (const handle of [...this.#reference.handles]) await this.#close(handle);
    await this.#stage.idle();
    await this.#compareCloud();
    await this.#list();
    for (const [path, node] of this.#reference.all())
      if (node.kind === 'file') await this.#look(path, node.bytes);
  }

  async #do(step: Step): Promise<boolean> {
    const { what } = step;
    switch (what) {
      case 'create':
      case 'open':
        return await this.#open(step);
      case 'save':
        return await this.#save(this.#path(step), this.#bytes(step));
      case 'write':
      case 'read':
      case 'resize':
      case 'sync':
      case 'flush':
      case 'close':
        return await this.#useHandle(step);
      case 'look':
      case 'truncate':
      case 'time':
      case 'mode':
      case 'extended':
        return await this.#useFile(step);
      case 'rename':
      case 'renameNew':
      case 'unlink':
      case 'mkdir':
      case 'rmdir':
      case 'copy':
        return await this.#changeNames(step);
      case 'copyRange':
        return await this.#copyRange(step);
      case 'list':
        await this.#list();
        return true;
      case 'foreignAdd':
      case 'foreignReplace':
      case 'foreignRemove':
      case 'foreignRename':
        return await this.#foreign(step);
      case 'lost':
      case 'cut':
      case 'failing':
      case 'throttled':
        return await this.#fault(what, step);
      case 'wait':
        await this.#stage.wait(step.where % 10 === 0 ? LONG_WAIT : step.amount * 10);
        return true;
      case 'idle':
        return await this.#idle();
      case 'restart':
      case 'kill':
        return await this.#restart(what, step.amount);
    }
  }

  async #open(step: Step): Promise<boolean> {
    const { handles } = this.#reference;
    if (handles.length >= MOST_HANDLES) return false;
    const creates = step.what === 'create';
    const path = creates ? this.#path(step) : this.#anyFile(step.which);
    if (path === null) return false;
    const how = pick(creates ? CREATING : OPENING, step.amount) | pick(ACCESS, step.where);
    // What empties a file that it may not write to is not promised anywhere.
    const flags = isWriting({ flags: how }) ? how : how & ~O_TRUNC;
    if (!isWriting({ flags }) && this.#isDirectory(path)) return false;
    await this.#openBoth(path, flags);
    return true;
  }

  async #openBoth(path: string, flags: number): Promise<OpenHandle | null> {
    const { handles } = this.#reference;
    const open = handles.length;
    const number = await this.#both(
      () => this.#reference.open(path, flags),
      () => this.#stage.files.open(path, flags),
    );
    const opened = handles[open];
    if (opened === undefined || number === null) return null;
    opened.number = number;
    return opened;
  }

  async #save(path: string, bytes: Buffer): Promise<boolean> {
    const handle = await this.#openBoth(path, O_WRONLY | O_CREAT | O_TRUNC);
    if (handle === null) return true;
    await this.#write(handle, 0, bytes);
    await this.#close(handle);
    return true;
  }

  async #useHandle(step: Step): Promise<boolean> {
    const { handles } = this.#reference;
    const handle = handles[step.which % Math.max(1, handles.length)];
    if (handle === undefined) return false;
    const { number, file } = handle;
    const { files, plain } = this.#stage;
    const { length } = file.bytes;
    if (step.what === 'close') await this.#close(handle);
    else if (step.what === 'sync') await this.#both(noop, () => files.sync(number));
    else if (step.what === 'flush') {
      if (plain === null) return false;
      await this.#both(
        () => this.#reference.flush(handle),
        () => plain.flush(number),
      );
    } else if (step.what === 'read') {
      if (!isReading(handle)) return false;
      await this.#read(handle, step.where % (length + 10), 1 + step.amount * 5);
    } else {
      if (!isWriting(handle)) return false;
      if (step.what === 'write') await this.#write(handle, step.where % (length + 50), this.#bytes(step));
      else await this.#resize(handle, step.amount * (step.where % 3));
    }
    return true;
  }

  async #write(handle: OpenHandle, position: number, bytes: Buffer): Promise<void> {
    await this.#both(
      () => this.#reference.write(handle, position, bytes),
      () => this.#stage.files.write(handle.number, position, bytes),
    );
  }

  async #resize(handle: OpenHandle, size: number): Promise<void> {
    await this.#both(
      () => this.#reference.resize(handle, size),
      () => this.#stage.files.resize(handle.number, size),
    );
  }

  async #read(handle: OpenHandle, position: number, length: number): Promise<void> {
    const { files } = this.#stage;
    const bytes = await this.#bytesOf(handle, () => files.read(handle.number, position, length));
    if (bytes !== null)
      assertBytes(bytes, this.#reference.read(handle, position, length), `handle ${handle.number}`);
    assert.equal(await this.#answer(() => files.sizeOf(handle.number)), handle.file.bytes.length);
  }

  /** Null when they are gone with the name: clouds do not keep what nobody has there. */
  async #bytesOf(handle: OpenHandle, ask: () => Promise<Uint8Array>): Promise<Uint8Array | null> {
    try {
      return await this.#answer(ask);
    } catch (error) {
      if (errnoOf(error) !== 'ESTALE' || this.#reference.isNamed(handle.file)) throw error;
      return null;
    }
  }

  async #close(handle: OpenHandle): Promise<void> {
    await this.#both(
      () => this.#reference.close(handle),
      () => this.#stage.files.close(handle.number),
    );
  }

  async #useFile(step: Step): Promise<boolean> {
    const path = this.#anyFile(step.which);
    if (path === null) return false;
    const { files } = this.#stage;
    const node = this.#reference.find(path);
    if (step.what === 'truncate') {
      const size = step.amount * (step.where % 3);
      await this.#both(
        () => this.#reference.truncate(path, size),
        () => files.truncate(path, size),
      );
    } else if (step.what === 'look') {
      if (node?.kind !== 'file') return false;
      await this.#look(path, node.bytes);
    } else if (step.what === 'time') {
      const modifiedAt = BigInt(step.amount) * this.#stage.timeUnit;
      await this.#answer(() => files.setTime(path, modifiedAt));
      this.#reference.settings(path).modifiedAt = modifiedAt;
    } else if (step.what === 'mode') {
      const mode = 0o600 | (step.amount % 0o100);
      await this.#answer(() => files.setMode(path, mode));
      this.#reference.settings(path).mode = mode;
    } else return await this.#setExtended(path, step);
    return true;
  }

  async #setExtended(path: string, { where, amount }: Step): Promise<boolean> {
    const { plain } = this.#stage;
    if (plain === null) return false;
    const [name, value] = [`user.${pick(NAMES, where)}`, `value ${amount}`];
    await this.#answer(() => plain.setExtended(path, name, value));
    this.#reference.settings(path).extended.set(name, value);
    return true;
  }

  async #look(path: string, bytes: Buffer): Promise<void> {
    const { files } = this.#stage;
    const number = await this.#answer(() => files.open(path, O_RDONLY));
    assertBytes(await this.#answer(() => files.read(number, 0, bytes.length + 10)), bytes, path);
    await this.#answer(() => files.close(number));
  }

  async #changeNames(step: Step): Promise<boolean> {
    const { files, plain } = this.#stage;
    const reference = this.#reference;
    const [path, existing] = [this.#path(step), this.#any(step.which)];
    if (step.what === 'mkdir') {
      await this.#both(
        () => reference.makeDirectory(path),
        () => files.makeDirectory(path),
      );
      return true;
    }
    if (existing === null) return false;
    if (step.what === 'rmdir' || step.what === 'unlink') {
      const asked = this.#ofKind(step.what === 'rmdir' ? 'directory' : 'file', step) ?? existing;
      const removes = step.what === 'rmdir';
      await this.#both(
        () => (removes ? reference.removeDirectory(asked) : reference.unlink(asked)),
        () => (removes ? files.removeDirectory(asked) : files.unlink(asked)),
      );
    } else if (step.what === 'copy') {
      if (reference.find(existing)?.kind !== 'file' || existing === path) return false;
      await this.#both(
        () => reference.copy(existing, path),
        () => files.copy(existing, path),
      );
    } else {
      const to = this.#path({ ...step, which: step.amount });
      // The kernel refuses these by itself, each with a word of its own.
      if (isAt(existing, to)) return false;
      const isNew = step.what === 'renameNew';
      if (isNew && (plain === null || this.#isDirectory(existing))) return false;
      await this.#both(
        () => reference.rename(existing, to, { isNew }),
        () => (isNew && plain !== null ? plain.renameNew(existing, to) : files.rename(existing, to)),
      );
    }
    return true;
  }

  async #copyRange(step: Step): Promise<boolean> {
    const { plain } = this.#stage;
    const { handles } = this.#reference;
    const source = handles[step.which % Math.max(1, handles.length)];
    const target = handles[step.where % Math.max(1, handles.length)];
    if (plain === null || source === undefined || target === undefined) return false;
    if (source.file === target.file || !isReading(source) || !isWriting(target)) return false;
    if ((target.flags & O_APPEND) !== 0 || !this.#reference.isNamed(source.file)) return false;
    const position = step.amount % 3 === 0 ? step.amount % (source.file.bytes.length + 1) : 0;
    const at = step.amount % 2 === 0 ? target.file.bytes.length : position;
    const length = 1 + step.amount * 4;
    const copied = await this.#answer(() =>
      plain.copyRange({ handle: source.number, position }, { handle: target.number, position: at }, length),
    );
    const expected: number = this.#reference.copyRange(
      { handle: source, position },
      { handle: target, position: at },
      length,
    );
    assert.equal(copied, expected);
    return true;
  }

  async #list(): Promise<void> {
    await this.#listDirectory('', this.#reference.root.children);
  }

  async #listDirectory(path: string, children: ReadonlyMap<string, Node>): Promise<void> {
    const names = await this.#answer(() => this.#stage.files.names(path === '' ? '/' : path));
    assert.deepEqual([...names].sort(), [...children.keys()].sort(), `names in ${path}/`);
    for (const [name, node] of children) {
      await this.#compareStat(`${path}/${name}`, node);
      if (node.kind === 'directory') await this.#listDirectory(`${path}/${name}`, node.children);
    }
  }

  async #compareStat(path: string, node: Node): Promise<void> {
    const { files, plain } = this.#stage;
    const shown = await this.#answer(() => files.stat(path));
    assert.equal(shown.kind, node.kind, path);
    if (node.kind === 'file') assert.equal(shown.size, node.bytes.length, `size of ${path}`);
    if (node.mode !== null) assert.equal(shown.mode, node.mode, `mode of ${path}`);
    if (node.modifiedAt !== null) assert.equal(shown.modifiedAt, node.modifiedAt, `time of ${path}`);
    if (plain === null) return;
    const extended = (name: string): Promise<string | null> => plain.extended(path, name);
    for (const [name, value] of node.extended)
      assert.equal(await this.#answer(() => extended(name)), value, `${name} of ${path}`);
  }

  async #foreign(step: Step): Promise<boolean> {
    const work = this.#foreignWork(step);
    if (work === null || !(await this.#answer(() => this.#stage.foreign(work)))) return false;
    const reference = this.#reference;
    if (work.do === 'add') {
      const node = work.text === null ? newDirectory() : closedFile(Buffer.from(work.text));
      reference.place(`${work.directory}/${work.name}`, node);
    } else if (work.do === 'replace') reference.place(work.path, closedFile(Buffer.from(work.text)));
    else if (work.do === 'rename') reference.rename(work.path, `${work.directory}/${work.name}`);
    else if (this.#isDirectory(work.path)) reference.removeDirectory(work.path);
    else reference.unlink(work.path);
    return true;
  }

  /** Null when there is nothing that nobody has open. */
  #foreignWork(step: Step): ForeignWork | null {
    const at = this.#path(step);
    const { directory, name } = split(at);
    const isFree = this.#reference.find(at) === null;
    if (step.what === 'foreignAdd') {
      const text = step.amount % 4 === 0 ? null : this.#bytes(step).toString();
      return isFree ? { do: 'add', directory, name, text } : null;
    }
    const path = this.#any(step.amount);
    if (path === null || this.#isBusy(path)) return null;
    const node = this.#reference.find(path);
    if (step.what === 'foreignRename') {
      return isFree && !isAt(directory, path) ? { do: 'rename', path, directory, name } : null;
    }
    if (step.what === 'foreignReplace')
      return node?.kind === 'file' ? { do: 'replace', path, text: this.#bytes(step).toString() } : null;
    return node?.kind === 'directory' && node.children.size > 0 ? null : { do: 'remove', path };
  }

  async #fault(kind: Fault, step: Step): Promise<boolean> {
    const call = pick(CALLS, step.which);
    await this.#stage.outage({ call, kind, skip: step.where % 2, times: 1 + (step.amount % 3) });
    this.#troubled = true;
    return true;
  }

  async #idle(): Promise<boolean> {
    if (this.#reference.handles.some(({ completes }) => completes)) return false;
    await this.#stage.idle();
    await this.#compareCloud();
    return true;
  }

  async #compareCloud(): Promise<void> {
    const expected = [...this.#reference.all()].map(
      ([path, node]) => [path, node.kind === 'file' ? node.bytes.toString('base64') : null] as const,
    );
    expected.sort(([a], [b]) => (a < b ? -1 : 1));
    const contents = await this.#stage.contents();
    assert.deepEqual(
      contents.map(([path]) => path),
      expected.map(([path]) => path),
      'names in the cloud',
    );
    for (const [index, [path, bytes]] of expected.entries())
      assert.equal(contents[index]?.[1], bytes, `bytes of ${path} in the cloud`);
  }

  async #restart(how: 'restart' | 'kill', amount: number): Promise<boolean> {
    const { handles } = this.#reference;
    if (how === 'restart') for (const handle of [...handles]) await this.#close(handle);
    handles.length = 0;
    await this.#stage.restart(how, amount);
    for (const [path, node] of [...this.#reference.all()])
      if (node.kind === 'file' && !node.isClosed) await this.#findAfterKill(path, node);
    await this.#list();
    return true;
  }

  /** What was not closed is gone; the name has bytes that were closed earlier, or is gone too. */
  async #findAfterKill(path: string, node: FileNode): Promise<void> {
    const { files } = this.#stage;
    const { directory, name } = split(path);
    const names = await this.#answer(() => files.names(directory === '' ? '/' : directory));
    if (!names.includes(name)) {
      this.#reference.unlink(path);
      return;
    }
    const number = await this.#answer(() => files.open(path, O_RDONLY));
    const size = await this.#answer(() => files.sizeOf(number));
    const bytes = Buffer.from(await this.#answer(() => files.read(number, 0, size + 10)));
    await this.#answer(() => files.close(number));
    assert.ok(
      node.earlier.some((one) => one.equals(bytes)),
      `${path} has bytes after the kill that were never closed: ${bytes.toString()}`,
    );
    this.#reference.place(path, closedFile(bytes));
  }

  /** Asks both and compares what they refuse; null for what is refused. */
  async #both<T>(expected: () => unknown, actual: () => Promise<T>): Promise<T | null> {
    let refusal: string | null = null;
    try {
      expected();
    } catch (error) {
      refusal = errnoOf(error);
    }
    const answer = await this.#answer(async () => {
      try {
        return { errno: null, value: await actual() };
      } catch (error) {
        const errno = errnoOf(error);
        if (errno !== refusal) throw error;
        return { errno, value: null };
      }
    });
    assert.equal(answer.errno, refusal);
    return answer.value;
  }

  /** What the file system answers in the end: a program that hears of trouble tries again. */
  async #answer<T>(ask: () => Promise<T>): Promise<T> {
    for (let tries = 1; ; tries += 1) {
      try {
        return await this.#stage.run(ask());
      } catch (error) {
        if (!this.#troubled || tries === TRIES || !isTrouble(error)) throw error;
        await this.#stage.wait(BETWEEN_TRIES);
      }
    }
  }

  /** A path in some directory; often there is something. */
  #path({ which, where }: Pick<Step, 'which' | 'where'>): string {
    const directories = [...this.#reference.all()].filter(
      ([path, node]) => node.kind === 'directory' && path.split('/').length <= DEEPEST,
    );
    return `${pick(['', ...directories.map(([path]) => path)], where)}/${pick(NAMES, which)}`;
  }

  #any(which: number): string | null {
    const paths = [...this.#reference.all()].map(([path]) => path);
    return paths.length === 0 ? null : pick(paths, which);
  }

  #anyFile(which: number): string | null {
    return this.#ofKind('file', { which }) ?? this.#any(which);
  }

  #ofKind(
    kind: Node['kind'],
    { which, where = 1 }: { readonly which: number; readonly where?: number },
  ): string | null {
    const paths = [...this.#reference.all()].filter(([, node]) => node.kind === kind).map(([path]) => path);
    return paths.length === 0 || where % 8 === 0 ? null : pick(paths, which);
  }

  #isDirectory(path: string): boolean {
    return this.#reference.find(path)?.kind === 'directory';
  }

  /** Whether anybody has it, or something in it, open. */
  #isBusy(path: string): boolean {
    const open = new Set<Node>(this.#reference.handles.map(({ file }) => file));
    for (const [at, node] of this.#reference.all()) if (open.has(node) && isAt(at, path)) return true;
    return false;
  }

  #bytes({ amount, where }: Step): Buffer {
    this.#written += 1;
    const length = where % 7 === 0 ? amount * 9 : amount % 120;
    return Buffer.from(`<${this.#written}>`.repeat(1 + Math.ceil(length / 3)).slice(0, 1 + length));
  }
}

/** Whether a path is another one or lies below it. */
function isAt(path: string, other: string): boolean {
  return `${path}/`.startsWith(`${other}/`);
}

function split(path: string): { readonly directory: string; readonly name: string } {
  const at = path.lastIndexOf('/');
  return { directory: path.slice(0, at), name: path.slice(at + 1) };
}

function isTrouble(error: unknown): boolean {
  const { errno, code } = error as { readonly errno?: unknown; readonly code?: unknown };
  return TROUBLES.has(String(code ?? errno));
}

function pick<T>(values: readonly T[], which: number): T {
  const value = values[which % values.length];
  if (value === undefined) throw new RangeError('nothing to pick');
  return value;
}

function assertBytes(actual: Uint8Array, expected: Buffer, what: string): void {
  if (expected.equals(actual)) return;
  assert.equal(Buffer.from(actual).toString(), expected.toString(), `bytes of ${what}`);
}

function noop(): void {
  // The reference has nothing to do.
}
