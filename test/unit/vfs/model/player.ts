import { Choices } from './choices.js';
import { CloudSteps } from './cloud-steps.js';
import { Comparison } from './comparison.js';
import { HandleSteps } from './handle-steps.js';
import { PathSteps } from './path-steps.js';
import type { Stage } from './stage.js';
import type { Fault, ProgramStep, Step, StepCounts, StepKind, StepNote } from './steps.js';
import { Trial } from './trial.js';

/** Takes a step; false when there was nothing to take it with. */
type Way = (step: Step) => Promise<boolean>;

/** Milliseconds: listings are no longer fresh then. */
const LONG_WAIT = 660_000;

/** Plays steps on a stage and in the reference, and compares what each answers. */
export class Player {
  readonly #trial: Trial;
  readonly #counts: StepCounts;
  readonly #choices: Choices;
  readonly #comparison: Comparison;
  readonly #handles: HandleSteps;
  readonly #ways: Readonly<Record<StepKind, Way>>;

  constructor(stage: Stage, counts: StepCounts) {
    this.#counts = counts;
    this.#trial = new Trial(stage);
    this.#choices = new Choices(this.#trial.reference);
    this.#comparison = new Comparison(this.#trial);
    this.#handles = new HandleSteps(this.#trial, this.#choices);
    this.#ways = { ...this.#programs(), ...this.#surroundings() };
  }

  /** The step counts when it could be taken. */
  async play([what, which, where, amount]: StepNote): Promise<void> {
    const step = { what, which, where, amount };
    try {
      if (await this.#ways[what](step)) this.#counts.add(step.what);
    } catch (error) {
      if (error instanceof Error) error.message = `at ${JSON.stringify(step)}: ${error.message}`;
      throw error;
    }
  }

  /** Everything is closed and sent: the cloud is what programs have made of it, and programs see it. */
  async finish(): Promise<void> {
    for (const handle of [...this.#trial.reference.handles]) await this.#handles.close(handle);
    await this.#trial.stage.idle();
    await this.#comparison.cloud();
    await this.#comparison.list();
    for (const [path, node] of this.#trial.reference.all())
      if (node.kind === 'file') await this.#comparison.look(path, node.bytes);
  }

  #programs(): Readonly<Record<ProgramStep, Way>> {
    const [handles, choices] = [this.#handles, this.#choices];
    const paths = new PathSteps(this.#trial, choices, this.#comparison);
    const open: Way = (step) => handles.open(step);
    const handle: Way = (step) => handles.use(step);
    const path: Way = (step) => paths.use(step);
    const name: Way = (step) => paths.changeNames(step);
    return {
      ...{ create: open, open, save: (step) => handles.save(choices.path(step), choices.bytes(step)) },
      ...{ write: handle, read: handle, resize: handle, sync: handle, flush: handle, close: handle },
      ...{ look: path, truncate: path, time: path, mode: path, extended: path },
      ...{ rename: name, renameNew: name, unlink: name, mkdir: name, rmdir: name, copy: name },
      copyRange: (step) => handles.copyRange(step),
      list: async () => {
        await this.#comparison.list();
        return true;
      },
    };
  }

  #surroundings(): Readonly<Record<Exclude<StepKind, ProgramStep>, Way>> {
    const cloud = new CloudSteps(this.#trial, this.#choices, this.#comparison, this.#handles);
    const foreign: Way = (step) => cloud.foreign(step);
    const fault =
      (kind: Fault): Way =>
      (step) =>
        cloud.fault(kind, step);
    return {
      ...{ foreignAdd: foreign, foreignReplace: foreign, foreignRemove: foreign, foreignRename: foreign },
      ...{ lost: fault('lost'), cut: fault('cut'), failing: fault('failing'), throttled: fault('throttled') },
      wait: async ({ where, amount }) => {
        await this.#trial.stage.wait(where % 10 === 0 ? LONG_WAIT : amount * 10);
        return true;
      },
      idle: () => cloud.idle(),
      restart: ({ amount }) => cloud.restart('restart', amount),
      kill: ({ amount }) => cloud.restart('kill', amount),
    };
  }
}
