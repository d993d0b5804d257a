import assert from 'node:assert/strict';
import { constants } from 'node:fs';
import { type Choices, pick } from './choices.js';
import { assertBytes } from './comparison.js';
import { errnoOf } from './file-system.js';
import { isReading, isWriting, type OpenHandle } from './reference.js';
import type { Step } from './steps.js';
import type { Trial } from './trial.js';

const { O_APPEND, O_CREAT, O_EXCL, O_RDONLY, O_RDWR, O_TRUNC, O_WRONLY } = constants;
const MOST_HANDLES = 5;
const CREATING = [O_CREAT, O_CREAT | O_EXCL, O_CREAT | O_TRUNC, O_CREAT | O_APPEND];
const OPENING = [0, 0, O_APPEND, O_TRUNC];
const ACCESS = [O_RDWR, O_RDWR, O_WRONLY, O_RDONLY];

/** What programs do with files that they have open. */
export class HandleSteps {
  readonly #trial: Trial;
  readonly #choices: Choices;

  constructor(trial: Trial, choices: Choices) {
    this.#trial = trial;
    this.#choices = choices;
  }

  /** Opens or makes a file. */
  async open(step: Step): Promise<boolean> {
    const { handles } = this.#trial.reference;
    if (handles.length >= MOST_HANDLES) return false;
    const creates = step.what === 'create';
    const path = creates ? this.#choices.path(step) : this.#choices.anyFile(step.which);
    if (path === null) return false;
    const how = pick(creates ? CREATING : OPENING, step.amount) | pick(ACCESS, step.where);
    // What empties a file that it may not write to is not promised anywhere.
    const flags = isWriting({ flags: how }) ? how : how & ~O_TRUNC;
    if (!isWriting({ flags }) && this.#choices.isDirectory(path)) return false;
    await this.#openBoth(path, flags);
    return true;
  }

  async #openBoth(path: string, flags: number): Promise<OpenHandle | null> {
    const { handles } = this.#trial.reference;
    const open = handles.length;
    const number = await this.#trial.both(
      () => this.#trial.reference.open(path, flags),
      () => this.#trial.stage.files.open(path, flags),
    );
    const opened = handles[open];
    if (opened === undefined || number === null) return null;
    opened.number = number;
    return opened;
  }

  /** Writes a file whole, as editors do. */
  async save(path: string, bytes: Buffer): Promise<boolean> {
    const handle = await this.#openBoth(path, O_WRONLY | O_CREAT | O_TRUNC);
    if (handle === null) return true;
    await this.#write(handle, 0, bytes);
    await this.close(handle);
    return true;
  }

  /** Does something through an open handle. */
  async use(step: Step): Promise<boolean> {
    const { handles } = this.#trial.reference;
    const handle = handles[step.which % Math.max(1, handles.length)];
    if (handle === undefined) return false;
    const { number, file } = handle;
    const { files, plain } = this.#trial.stage;
    const { length } = file.bytes;
    if (step.what === 'close') await this.close(handle);
    else if (step.what === 'sync') await this.#trial.both(noop, () => files.sync(number));
    else if (step.what === 'flush') {
      if (plain === null) return false;
      await this.#trial.both(
        () => this.#trial.reference.flush(handle),
        () => plain.flush(number),
      );
    } else if (step.what === 'read') {
      if (!isReading(handle)) return false;
      await this.#read(handle, step.where % (length + 10), 1 + step.amount * 5);
    } else {
      if (!isWriting(handle)) return false;
      if (step.what === 'write')
        await this.#write(handle, step.where % (length + 50), this.#choices.bytes(step));
      else await this.#resize(handle, step.amount * (step.where % 3));
    }
    return true;
  }

  async #write(handle: OpenHandle, position: number, bytes: Buffer): Promise<void> {
    await this.#trial.both(
      () => this.#trial.reference.write(handle, position, bytes),
      () => this.#trial.stage.files.write(handle.number, position, bytes),
    );
  }

  async #resize(handle: OpenHandle, size: number): Promise<void> {
    await this.#trial.both(
      () => this.#trial.reference.resize(handle, size),
      () => this.#trial.stage.files.resize(handle.number, size),
    );
  }

  async #read(handle: OpenHandle, position: number, length: number): Promise<void> {
    const { files } = this.#trial.stage;
    const bytes = await this.#bytesOf(handle, () => files.read(handle.number, position, length));
    if (bytes !== null)
      assertBytes(bytes, this.#trial.reference.read(handle, position, length), `handle ${handle.number}`);
    assert.equal(await this.#trial.answer(() => files.sizeOf(handle.number)), handle.file.bytes.length);
  }

  /** Null when they are gone with the name: clouds do not keep what nobody has there. */
  async #bytesOf(handle: OpenHandle, ask: () => Promise<Uint8Array>): Promise<Uint8Array | null> {
    try {
      return await this.#trial.answer(ask);
    } catch (error) {
      if (errnoOf(error) !== 'ESTALE' || this.#trial.reference.isNamed(handle.file)) throw error;
      return null;
    }
  }

  async close(handle: OpenHandle): Promise<void> {
    await this.#trial.both(
      () => this.#trial.reference.close(handle),
      () => this.#trial.stage.files.close(handle.number),
    );
  }

  /** copy_file_range(2) between two open files. */
  async copyRange(step: Step): Promise<boolean> {
    const { plain } = this.#trial.stage;
    const { handles } = this.#trial.reference;
    const source = handles[step.which % Math.max(1, handles.length)];
    const target = handles[step.where % Math.max(1, handles.length)];
    if (plain === null || source === undefined || target === undefined) return false;
    if (source.file === target.file || !isReading(source) || !isWriting(target)) return false;
    if ((target.flags & O_APPEND) !== 0 || !this.#trial.reference.isNamed(source.file)) return false;
    const position = step.amount % 3 === 0 ? step.amount % (source.file.bytes.length + 1) : 0;
    const at = step.amount % 2 === 0 ? target.file.bytes.length : position;
    const length = 1 + step.amount * 4;
    const copied = await this.#trial.answer(() =>
      plain.copyRange({ handle: source.number, position }, { handle: target.number, position: at }, length),
    );
    const expected: number = this.#trial.reference.copyRange(
      { handle: source, position },
      { handle: target, position: at },
      length,
    );
    assert.equal(copied, expected);
    return true;
  }
}

function noop(): void {
  // The reference has nothing to do.
}
