import assert from 'node:assert/strict';
import { constants } from 'node:fs';
import { type Choices, isAt, pick, split } from './choices.js';
import type { ForeignWork } from './cloud-hand.js';
import type { Comparison } from './comparison.js';
import type { HandleSteps } from './handle-steps.js';
import { closedFile, type FileNode, newDirectory } from './reference.js';
import type { Fault, Step } from './steps.js';
import type { Trial } from './trial.js';

const CALLS = [
  ...['makeDirectory', 'rename', 'move', 'remove', 'announce', 'part', 'complete', 'copy'],
  ...['list', 'stat', 'link', 'links', 'download'],
];

/** What happens in the cloud, on the way there, and to the process. */
export class CloudSteps {
  readonly #trial: Trial;
  readonly #choices: Choices;
  readonly #comparison: Comparison;
  readonly #handles: HandleSteps;

  constructor(trial: Trial, choices: Choices, comparison: Comparison, handles: HandleSteps) {
    this.#trial = trial;
    this.#choices = choices;
    this.#comparison = comparison;
    this.#handles = handles;
  }

  /** Somebody else changes the cloud. */
  async foreign(step: Step): Promise<boolean> {
    const work = this.#foreignWork(step);
    if (work === null || !(await this.#trial.answer(() => this.#trial.stage.foreign(work)))) return false;
    const reference = this.#trial.reference;
    if (work.do === 'add') {
      const node = work.text === null ? newDirectory() : closedFile(Buffer.from(work.text));
      reference.place(`${work.directory}/${work.name}`, node);
    } else if (work.do === 'replace') reference.place(work.path, closedFile(Buffer.from(work.text)));
    else if (work.do === 'rename') reference.rename(work.path, `${work.directory}/${work.name}`);
    else if (this.#choices.isDirectory(work.path)) reference.removeDirectory(work.path);
    else reference.unlink(work.path);
    return true;
  }

  /** Null when there is nothing that nobody has open. */
  #foreignWork(step: Step): ForeignWork | null {
    const at = this.#choices.path(step);
    const { directory, name } = split(at);
    const isFree = this.#trial.reference.find(at) === null;
    if (step.what === 'foreignAdd') {
      const text = step.amount % 4 === 0 ? null : this.#choices.bytes(step).toString();
      return isFree ? { do: 'add', directory, name, text } : null;
    }
    const path = this.#choices.any(step.amount);
    if (path === null || this.#choices.isBusy(path)) return null;
    const node = this.#trial.reference.find(path);
    if (step.what === 'foreignRename') {
      return isFree && !isAt(directory, path) ? { do: 'rename', path, directory, name } : null;
    }
    if (step.what === 'foreignReplace')
      return node?.kind === 'file'
        ? { do: 'replace', path, text: this.#choices.bytes(step).toString() }
        : null;
    return node?.kind === 'directory' && node.children.size > 0 ? null : { do: 'remove', path };
  }

  /** Calls to the cloud go wrong from now on. */
  async fault(kind: Fault, step: Step): Promise<boolean> {
    const call = pick(CALLS, step.which);
    await this.#trial.stage.outage({ call, kind, skip: step.where % 2, times: 1 + (step.amount % 3) });
    this.#trial.isTroubled = true;
    return true;
  }

  /** Waits until the cloud has everything. */
  async idle(): Promise<boolean> {
    if (this.#trial.reference.handles.some(({ completes }) => completes)) return false;
    await this.#trial.stage.idle();
    await this.#comparison.cloud();
    return true;
  }

  /** Everything ends and begins again. */
  async restart(how: 'restart' | 'kill', amount: number): Promise<boolean> {
    const { handles } = this.#trial.reference;
    if (how === 'restart') for (const handle of [...handles]) await this.#handles.close(handle);
    handles.length = 0;
    await this.#trial.stage.restart(how, amount);
    for (const [path, node] of [...this.#trial.reference.all()])
      if (node.kind === 'file' && !node.isClosed) await this.#findAfterKill(path, node);
    await this.#comparison.list();
    return true;
  }

  /** What was not closed is gone; the name has bytes that were closed earlier, or is gone too. */
  async #findAfterKill(path: string, node: FileNode): Promise<void> {
    const { files } = this.#trial.stage;
    const { directory, name } = split(path);
    const names = await this.#trial.answer(() => files.names(directory === '' ? '/' : directory));
    if (!names.includes(name)) {
      this.#trial.reference.unlink(path);
      return;
    }
    const number = await this.#trial.answer(() => files.open(path, constants.O_RDONLY));
    const size = await this.#trial.answer(() => files.sizeOf(number));
    const bytes = Buffer.from(await this.#trial.answer(() => files.read(number, 0, size + 10)));
    await this.#trial.answer(() => files.close(number));
    assert.ok(
      node.earlier.some((one) => one.equals(bytes)),
      `${path} has bytes after the kill that were never closed: ${bytes.toString()}`,
    );
    this.#trial.reference.place(path, closedFile(bytes));
  }
}
