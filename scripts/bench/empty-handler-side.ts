import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ControlClient } from '../../test/clouds/control-client.js';
import { abortMounts } from '../../test/mount/daemon/watchdog.js';
import { Child } from './child.js';
import type { RequestCounter, RequestCounts } from './request-counts.js';
import { type Side, untilMounted } from './side.js';

const SCRIPT = fileURLToPath(new URL('empty-handler-main.ts', import.meta.url));

export interface EmptyHandlerOptions {
  readonly counter: RequestCounter;
  /** Once aborted, it is not started again. */
  readonly signal: AbortSignal;
}

/** A mount through our FUSE binding that takes every write and keeps nothing: no write through it can be faster. */
export class EmptyHandlerSide implements Side {
  readonly name = 'empty write handler';
  /** Which it never asks. */
  readonly cloud: ControlClient;
  readonly #folder: string;
  readonly #mountPoint: string;
  readonly #options: EmptyHandlerOptions;
  #child: Child | null = null;

  constructor(cloud: ControlClient, folder: string, options: EmptyHandlerOptions) {
    this.cloud = cloud;
    this.#folder = folder;
    this.#mountPoint = join(folder, 'mount');
    this.#options = options;
  }

  get pid(): number {
    if (this.#child === null) throw new Error('the empty handler was not started');
    return this.#child.pid;
  }

  at(path: string): string {
    return join(this.#mountPoint, path);
  }

  async start(): Promise<void> {
    mkdirSync(this.#mountPoint, { recursive: true });
    const { counter, signal } = this.#options;
    const child = new Child(process.execPath, ['--import', 'tsx', counter.flag, SCRIPT, this.#mountPoint], {
      log: join(this.#folder, 'empty-handler.log'),
      signal,
      env: { ...process.env, ...counter.env },
    });
    this.#child = child;
    await untilMounted(this.#mountPoint, child);
  }

  bytesAsked(): Promise<null> {
    return Promise.resolve(null);
  }

  async requests(): Promise<RequestCounts> {
    return await this.#options.counter.counts(this.pid);
  }

  drained(): Promise<void> {
    return Promise.reject(new Error('the empty handler keeps nothing that a cloud could have'));
  }

  async stop(): Promise<void> {
    await this.#child?.stop();
    // Whatever is left of the mount must not hold a program for ever.
    abortMounts(this.#folder);
  }
}
