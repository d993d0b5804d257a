import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CloudProcess, startCloud } from '../../test/clouds/process.js';
import type { Cleanup } from './cleanup.js';
import { Library } from './library.js';
import type { BenchOptions } from './options.js';
import { PanfuseSide } from './panfuse-side.js';
import { RawClient } from './raw-client.js';
import { RcloneSide, rcloneVersion } from './rclone-side.js';
import type { Side } from './side.js';
import { WebDavProcess } from './webdav-process.js';

/** Everything that the parts of the reading benchmark share: the cloud, its films, and who mounts them. */
export interface ReadHouse {
  readonly cloud: CloudProcess;
  readonly raw: RawClient;
  readonly library: Library;
  readonly panfuse: PanfuseSide;
  /** Ours first. All are mounted, and know the names of all files. */
  readonly sides: readonly Side[];
  readonly quick: boolean;
}

/** A folder that the cleanup removes. */
export function temporaryFolder(cleanup: Cleanup): string {
  const folder = mkdtempSync(join(tmpdir(), 'panfuse-bench-'));
  cleanup.add(() => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }));
  return folder;
}

/** Starts the cloud and the mounts; the cleanup ends them. */
export async function openReadHouse(options: BenchOptions, cleanup: Cleanup): Promise<ReadHouse> {
  const folder = temporaryFolder(cleanup);
  const cloud = await startCloud({ profile: 'like115', library: 'empty' });
  cleanup.add(() => cloud.stop());
  const library = await Library.fill(cloud);
  const panfuse = new PanfuseSide(cloud, below(folder, 'panfuse'), { profile: options.profile });
  const others = options.rclone && rcloneVersion() !== null ? await rcloneSides(cloud, folder, cleanup) : [];
  const sides = [panfuse, ...others];
  for (const side of sides) {
    cleanup.add(() => side.stop());
    await side.start();
    for (const name of library.folders) await readdir(side.at(name));
  }
  const raw = await RawClient.login(cloud);
  return { cloud, raw, library, panfuse, sides, quick: options.quick };
}

async function rcloneSides(cloud: CloudProcess, folder: string, cleanup: Cleanup): Promise<Side[]> {
  const webdav = await WebDavProcess.start(cloud, folder);
  cleanup.add(() => webdav.stop());
  return (['off', 'full'] as const).map(
    (mode) => new RcloneSide(webdav, below(folder, `rclone-${mode}`), mode),
  );
}

/** Creates a folder inside another. */
export function below(folder: string, name: string): string {
  const path = join(folder, name);
  mkdirSync(path, { recursive: true });
  return path;
}
