import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { ControlClient } from '../../test/clouds/control-client.js';
import { abortMounts } from '../../test/mount/daemon/watchdog.js';
import { Child } from './child.js';
import { type Side, untilMounted } from './side.js';
import type { WebDavProcess } from './webdav-process.js';

export type RcloneMode = 'off' | 'full';

export interface RcloneOptions {
  readonly mode: RcloneMode;
  /** Once aborted, it is not started again. */
  readonly signal: AbortSignal;
  /** False by default. What is written need not reach the cloud. */
  readonly writable?: boolean;
}

/** What `rclone version` says, such as `1.60.1`; null when it is not installed. */
export function rcloneVersion(): string | null {
  const { stdout, status } = spawnSync('rclone', ['version'], { encoding: 'utf8' });
  if (status !== 0) return null;
  return /^rclone v(\S+)/.exec(stdout)?.[1] ?? 'of unknown version';
}

/** rclone's mount with its defaults, but names kept for a day as ours are. */
export class RcloneSide implements Side {
  readonly name: string;
  readonly cloud: ControlClient;
  readonly #webdav: WebDavProcess;
  readonly #folder: string;
  readonly #mountPoint: string;
  readonly #options: RcloneOptions;
  #child: Child | null = null;

  constructor(webdav: WebDavProcess, folder: string, options: RcloneOptions) {
    this.name = `rclone, cache ${options.mode}`;
    this.cloud = webdav.client;
    this.#webdav = webdav;
    this.#folder = folder;
    this.#mountPoint = join(folder, 'mount');
    this.#options = options;
  }

  get pid(): number {
    if (this.#child === null) throw new Error('rclone was not started');
    return this.#child.pid;
  }

  at(path: string): string {
    return join(this.#mountPoint, path);
  }

  async start(): Promise<void> {
    mkdirSync(this.#mountPoint, { recursive: true });
    const { mode, signal, writable = false } = this.#options;
    const remote = `:webdav,url="${this.#webdav.url}",vendor=other:`;
    const keeping = ['--dir-cache-time', '24h', '--attr-timeout', '60s', '--poll-interval', '0'];
    const places = ['--config', join(this.#folder, 'none.conf'), '--cache-dir', join(this.#folder, 'cache')];
    const child = new Child(
      'rclone',
      [
        'mount',
        remote,
        this.#mountPoint,
        ...(writable ? [] : ['--read-only']),
        '--vfs-cache-mode',
        mode,
        ...keeping,
        ...places,
      ],
      { log: join(this.#folder, 'rclone.log'), signal },
    );
    this.#child = child;
    await untilMounted(this.#mountPoint, child);
  }

  bytesAsked(): Promise<null> {
    return Promise.resolve(null);
  }

  requests(): Promise<null> {
    return Promise.resolve(null);
  }

  drained(): Promise<void> {
    return Promise.reject(new Error('rclone does not tell when the cloud has everything'));
  }

  async stop(): Promise<void> {
    await this.#child?.stop();
    // Whatever is left of the mount must not hold a reader for ever.
    abortMounts(this.#folder);
  }
}
