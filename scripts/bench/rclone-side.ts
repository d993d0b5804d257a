import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { ControlClient } from '../../test/clouds/control-client.js';
import { abortMounts } from '../../test/mount/daemon/watchdog.js';
import { Child } from './child.js';
import { type Side, untilMounted } from './side.js';
import type { WebDavProcess } from './webdav-process.js';

export type RcloneMode = 'off' | 'full';

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
  readonly #mode: RcloneMode;
  readonly #signal: AbortSignal;
  #child: Child | null = null;

  /** Once the signal is aborted, it is not started again. */
  constructor(webdav: WebDavProcess, folder: string, mode: RcloneMode, signal: AbortSignal) {
    this.name = `rclone, cache ${mode}`;
    this.cloud = webdav.client;
    this.#webdav = webdav;
    this.#folder = folder;
    this.#mountPoint = join(folder, 'mount');
    this.#mode = mode;
    this.#signal = signal;
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
    const remote = `:webdav,url="${this.#webdav.url}",vendor=other:`;
    const keeping = ['--dir-cache-time', '24h', '--attr-timeout', '60s', '--poll-interval', '0'];
    const places = ['--config', join(this.#folder, 'none.conf'), '--cache-dir', join(this.#folder, 'cache')];
    const child = new Child(
      'rclone',
      [
        'mount',
        remote,
        this.#mountPoint,
        '--read-only',
        '--vfs-cache-mode',
        this.#mode,
        ...keeping,
        ...places,
      ],
      { log: join(this.#folder, 'rclone.log'), signal: this.#signal },
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

  async stop(): Promise<void> {
    await this.#child?.stop();
    // Whatever is left of the mount must not hold a reader for ever.
    abortMounts(this.#folder);
  }
}
