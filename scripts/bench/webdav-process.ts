import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ControlClient } from '../../test/clouds/control-client.js';
import type { DriveState } from '../../test/clouds/house/drive.js';
import type { Listening } from '../../test/clouds/house/server.js';
import type { CloudProcess } from '../../test/clouds/process.js';

const SCRIPT = fileURLToPath(new URL('webdav-main.ts', import.meta.url));

/** The files of a cloud behind WebDAV, in a process of its own. */
export class WebDavProcess {
  readonly url: string;
  readonly client: ControlClient;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, { url, control }: Listening) {
    this.#child = child;
    this.url = url;
    this.client = new ControlClient(control);
  }

  /** Serves what the cloud holds now; the folder takes a file of its names. */
  static async start(cloud: CloudProcess, folder: string): Promise<WebDavProcess> {
    const { drive } = (await cloud.saveState()) as { readonly drive: DriveState };
    const path = join(folder, 'drive.json');
    writeFileSync(path, JSON.stringify(drive));
    const child = fork(SCRIPT, [path], { execArgv: ['--import', 'tsx'], detached: true });
    const [listening] = (await Promise.race([
      once(child, 'message'),
      once(child, 'exit').then(() => {
        throw new Error('the WebDAV server did not start');
      }),
    ])) as [Listening];
    return new WebDavProcess(child, listening);
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const gone = once(this.#child, 'exit');
    this.#child.kill('SIGTERM');
    await gone;
  }
}
