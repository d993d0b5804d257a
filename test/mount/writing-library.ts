import { MemoryCloud } from '../../src/drivers/memory/cloud.js';
import { patternContent } from '../../src/drivers/memory/content.js';
import { ROOT_ID } from '../../src/drivers/memory/tree.js';
import type { Env } from '../../src/lib/env.js';
import type { VfsDrive } from '../../src/vfs/drive.js';
import { callOf } from '../fakes/calls.js';
import { openWritingEngine, type WritingEngine } from '../fakes/writing-engine.js';
import { HUGE_SIZE, type Library, WRITABLE_BUDGET, WRITABLE_FILM_SIZE } from './library.js';
import type { WritingOptions } from './mount-protocol.js';
import { CountingBandwidth, WatchedCloud } from './watched-cloud.js';

/** Milliseconds, so that tests need not wait. */
const SOON = { delay: 200, quiet: 100, gather: 500 };

/** The real tree, read engine and write engine on a cloud in RAM; `state` is a folder. */
export class WritingLibrary implements Library {
  readonly cloud: WatchedCloud;
  readonly #env: Env;
  readonly #state: string;
  readonly #options: WritingOptions;
  #engine: WritingEngine;

  private constructor(
    env: Env,
    state: string,
    options: WritingOptions,
    cloud: WatchedCloud,
    engine: WritingEngine,
  ) {
    this.#env = env;
    this.#state = state;
    this.#options = options;
    this.cloud = cloud;
    this.#engine = engine;
  }

  static async open(env: Env, state: string, options: WritingOptions): Promise<WritingLibrary> {
    // Like clouds that quietly take blanks from the end of a name.
    const amendName = (name: string): string => name.replace(/ +$/, '');
    const cloud = new MemoryCloud(env, { forbiddenCharacters: '"<>', amendName, ...options.cloud });
    cloud.addFile(ROOT_ID, 'film.mkv', patternContent(1, WRITABLE_FILM_SIZE));
    cloud.addFile(ROOT_ID, 'huge.iso', patternContent(3, HUGE_SIZE));
    const folder = cloud.addDirectory(ROOT_ID, 'folder');
    cloud.addFile(folder.id, 'five.txt', patternContent(2, 5));
    cloud.addDirectory(ROOT_ID, 'empty');
    const watched = new WatchedCloud(cloud, new CountingBandwidth(env.clock));
    return new WritingLibrary(env, state, options, watched, await begin(env, state, options, watched));
  }

  get drive(): VfsDrive {
    return this.#engine.drive;
  }

  async replace(path: string, size: number): Promise<void> {
    const node = await this.#engine.tree.resolve(path, callOf());
    this.cloud.cloud.replace(node.entry.id, patternContent(100, size));
    await this.refresh(path);
  }

  async refresh(path: string): Promise<void> {
    await this.#engine.tree.refresh(path, { recursive: false }, callOf());
  }

  async upload(): Promise<void> {
    await this.#engine.writes.idle(AbortSignal.timeout(30_000));
  }

  async restart(): Promise<void> {
    await this.#engine.close();
    this.#engine = await begin(this.#env, this.#state, this.#options, this.cloud);
  }
}

async function begin(
  env: Env,
  state: string,
  { budget = WRITABLE_BUDGET, ...options }: WritingOptions,
  { cloud, transport, bandwidth }: WatchedCloud,
): Promise<WritingEngine> {
  const { delay, quiet, gather } = { ...SOON, ...options };
  const upload = { delay, quiet, gather };
  return await openWritingEngine(env, { cloud, transport, bandwidth, state }, { upload, budget });
}
