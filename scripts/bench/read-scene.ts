import { readdir } from 'node:fs/promises';
import { type CloudProcess, startCloud } from '../../test/clouds/process.js';
import type { Cleanup } from './cleanup.js';
import type { Scene } from './comparison.js';
import { below, temporaryFolder } from './folders.js';
import { Library } from './library.js';
import type { BenchOptions } from './options.js';
import { PanfuseSide } from './panfuse-side.js';
import { RawClient } from './raw-client.js';
import { RcloneSide, rcloneVersion } from './rclone-side.js';
import { makeRealFilms } from './real-films.js';
import type { Side } from './side.js';
import { WebDavProcess } from './webdav-process.js';

/** Starts the cloud with its films and everybody who mounts them: all know the names of all files then. */
export async function openReadScene(options: BenchOptions, cleanup: Cleanup): Promise<Scene> {
  const folder = temporaryFolder(cleanup);
  const cloud = await startCloud({ profile: 'like115', library: 'empty' });
  cleanup.add(() => cloud.stop());
  const library = await Library.fill(cloud, await makeRealFilms(below(folder, 'real')));
  const panfuse = new PanfuseSide(cloud, below(folder, 'panfuse'), {
    profile: options.profile,
    signal: cleanup.signal,
  });
  const others = options.rclone && rcloneVersion() !== null ? await rcloneSides(cloud, folder, cleanup) : [];
  const sides = [panfuse, ...others];
  for (const side of sides) {
    cleanup.add(() => side.stop());
    await side.start();
    for (const name of library.folders) await readdir(side.at(name));
  }
  const raw = await RawClient.login(cloud);
  return { cloud, raw, films: library, sides, folder };
}

async function rcloneSides(cloud: CloudProcess, folder: string, cleanup: Cleanup): Promise<Side[]> {
  const webdav = await WebDavProcess.start(cloud, folder);
  cleanup.add(() => webdav.stop());
  return (['off', 'full'] as const).map(
    (mode) => new RcloneSide(webdav, below(folder, `rclone-${mode}`), { mode, signal: cleanup.signal }),
  );
}
