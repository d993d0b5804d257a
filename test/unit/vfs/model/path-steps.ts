import { type Choices, isAt, NAMES, pick } from './choices.js';
import type { Comparison } from './comparison.js';
import type { Step } from './steps.js';
import type { Trial } from './trial.js';

/** What programs do with names. */
export class PathSteps {
  readonly #trial: Trial;
  readonly #choices: Choices;
  readonly #comparison: Comparison;

  constructor(trial: Trial, choices: Choices, comparison: Comparison) {
    this.#trial = trial;
    this.#choices = choices;
    this.#comparison = comparison;
  }

  /** Does something to a file or directory where it is. */
  async use(step: Step): Promise<boolean> {
    const path = this.#choices.anyFile(step.which);
    if (path === null) return false;
    const { files } = this.#trial.stage;
    const node = this.#trial.reference.find(path);
    if (step.what === 'truncate') {
      const size = step.amount * (step.where % 3);
      await this.#trial.both(
        () => this.#trial.reference.truncate(path, size),
        () => files.truncate(path, size),
      );
    } else if (step.what === 'look') {
      if (node?.kind !== 'file') return false;
      await this.#comparison.look(path, node.bytes);
    } else if (step.what === 'time') {
      const modifiedAt = BigInt(step.amount) * this.#trial.stage.timeUnit;
      await this.#trial.answer(() => files.setTime(path, modifiedAt));
      this.#trial.reference.settings(path).modifiedAt = modifiedAt;
    } else if (step.what === 'mode') {
      const mode = 0o600 | (step.amount % 0o100);
      await this.#trial.answer(() => files.setMode(path, mode));
      this.#trial.reference.settings(path).mode = mode;
    } else return await this.#setExtended(path, step);
    return true;
  }

  async #setExtended(path: string, { where, amount }: Step): Promise<boolean> {
    const { plain } = this.#trial.stage;
    if (plain === null) return false;
    const [name, value] = [`user.${pick(NAMES, where)}`, `value ${amount}`];
    await this.#trial.answer(() => plain.setExtended(path, name, value));
    this.#trial.reference.settings(path).extended.set(name, value);
    return true;
  }

  /** Makes, moves or removes a name. */
  async changeNames(step: Step): Promise<boolean> {
    const { stage, reference } = this.#trial;
    const [path, existing] = [this.#choices.path(step), this.#choices.any(step.which)];
    if (step.what === 'mkdir') {
      await this.#trial.both(
        () => reference.makeDirectory(path),
        () => stage.files.makeDirectory(path),
      );
      return true;
    }
    if (existing === null) return false;
    if (step.what === 'rmdir' || step.what === 'unlink') return await this.#remove(step, existing);
    if (step.what === 'copy') return await this.#copy(existing, path);
    const to = this.#choices.path({ ...step, which: step.amount });
    // The kernel refuses these by itself, each with a word of its own.
    if (isAt(existing, to)) return false;
    return step.what === 'renameNew' ? await this.#renameNew(existing, to) : await this.#rename(existing, to);
  }

  async #remove(step: Step, existing: string): Promise<boolean> {
    const { stage, reference } = this.#trial;
    const isDirectory = step.what === 'rmdir';
    const path = this.#choices.ofKind(isDirectory ? 'directory' : 'file', step) ?? existing;
    await this.#trial.both(
      () => (isDirectory ? reference.removeDirectory(path) : reference.unlink(path)),
      () => (isDirectory ? stage.files.removeDirectory(path) : stage.files.unlink(path)),
    );
    return true;
  }

  async #copy(from: string, to: string): Promise<boolean> {
    const { stage, reference } = this.#trial;
    if (this.#choices.isDirectory(from) || from === to) return false;
    await this.#trial.both(
      () => reference.copy(from, to),
      () => stage.files.copy(from, to),
    );
    return true;
  }

  async #rename(from: string, to: string): Promise<boolean> {
    const { stage, reference } = this.#trial;
    await this.#trial.both(
      () => reference.rename(from, to),
      () => stage.files.rename(from, to),
    );
    return true;
  }

  async #renameNew(from: string, to: string): Promise<boolean> {
    const { stage, reference } = this.#trial;
    const { plain } = stage;
    if (plain === null || this.#choices.isDirectory(from)) return false;
    await this.#trial.both(
      () => reference.rename(from, to, { isNew: true }),
      () => plain.renameNew(from, to),
    );
    return true;
  }
}
