import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type CloudProcess, startCloud } from '../../test/clouds/process.js';
import type { Cleanup } from './cleanup.js';
import type { Scene } from './comparison.js';
import { below, temporaryFolder } from './folders.js';
import { growTree } from './name-tree.js';
import type { BenchOptions } from './options.js';
import { PanfuseSide } from './panfuse-side.js';
import { RawClient } from './raw-client.js';
import { RcloneSide, rcloneVersion } from './rclone-side.js';
import { RequestCounter } from './request-counts.js';
import type { Side } from './side.js';
import { WebDavProcess } from './webdav-process.js';

/** Trees that `find` walks: one that nobody has listed before it is measured, one that is known. */
export const UNKNOWN_TREE = 'unknown';
export const KNOWN_TREE = 'known';

/** Starts the cloud with its names and everybody who mounts them: only the root folder is known then. */
export async function openMetadataScene(options: BenchOptions, cleanup: Cleanup): Promise<Scene> {
  const folder = temporaryFolder(cleanup);
  // Each side and the plain requests log in.
  const cloud = await startCloud({
    profile: 'like115',
    library: 'wide-10000',
    settings: { loginsPerApp: 10 },
  });
  cleanup.add(() => cloud.stop());
  for (const name of [UNKNOWN_TREE, KNOWN_TREE]) await growTree(cloud, name);
  const shared = { profile: options.profile, signal: cleanup.signal };
  const sides = [
    await panfuse(cloud, folder, false, shared),
    await panfuse(cloud, folder, true, shared),
    ...(await rclone(cloud, folder, options, cleanup)),
  ];
  for (const side of sides) {
    cleanup.add(() => side.stop());
    await side.start();
    await cloud.resetLimits();
    await readdir(side.at('.'));
  }
  return {
    cloud,
    raw: await RawClient.login(cloud),
    films: { fresh: () => [], freshAndLone: () => [], real: [] },
    sides,
    folder,
  };
}

async function panfuse(
  cloud: CloudProcess,
  folder: string,
  bareNames: boolean,
  { profile, signal }: { readonly profile: string | null; readonly signal: AbortSignal },
): Promise<PanfuseSide> {
  const name = bareNames ? 'panfuse, as unpatched' : 'panfuse';
  const { refresh_token: refreshToken } = await cloud.newLogin();
  const own = below(folder, bareNames ? 'unpatched' : 'panfuse');
  const counter = new RequestCounter(join(own, 'requests.json'), { bareNames });
  return new PanfuseSide(cloud, own, { name, refreshToken, counter, profile, signal });
}

async function rclone(
  cloud: CloudProcess,
  folder: string,
  options: BenchOptions,
  cleanup: Cleanup,
): Promise<readonly Side[]> {
  if (!options.rclone || rcloneVersion() === null) return [];
  const webdav = await WebDavProcess.start(cloud, folder);
  cleanup.add(() => webdav.stop());
  return [new RcloneSide(webdav, below(folder, 'rclone'), { mode: 'off', signal: cleanup.signal })];
}
