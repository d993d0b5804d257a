import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type CloudProcess, startCloud } from '../../test/clouds/process.js';
import type { Cleanup } from './cleanup.js';
import type { Scene } from './comparison.js';
import { EmptyHandlerSide } from './empty-handler-side.js';
import { below, temporaryFolder } from './folders.js';
import { Library } from './library.js';
import type { BenchOptions } from './options.js';
import { PanfuseSide } from './panfuse-side.js';
import { RawClient } from './raw-client.js';
import { RcloneSide, rcloneVersion } from './rclone-side.js';
import { RequestCounter } from './request-counts.js';
import type { Side } from './side.js';
import { WebDavProcess } from './webdav-process.js';

/** A file system in memory, on every Linux that has glibc. */
const MEMORY = '/dev/shm';
/** Faster than the real cloud, so that many small files take a minute; what is counted is the same. */
const CLOUD_PACE = { apiPerSecond: 10 };
const OUR_PACE = { perSecond: 9, burst: 4 };

/** Starts the cloud and everybody who mounts it: ours, ours without a disk, a mount that throws all away, rclone. */
export async function openWriteScene(options: BenchOptions, cleanup: Cleanup): Promise<Scene> {
  const folder = temporaryFolder(cleanup);
  // Each of ours and the plain requests log in.
  const cloud = await startCloud({
    profile: 'like115',
    library: 'empty',
    settings: { ...CLOUD_PACE, loginsPerApp: 10 },
  });
  cleanup.add(() => cloud.stop());
  const library = await Library.fill(cloud, []);
  const sides = [
    await panfuse(cloud, below(folder, 'panfuse'), options, cleanup),
    ...(await panfuseInMemory(cloud, below(folder, 'panfuse-memory'), options, cleanup)),
    emptyHandler(cloud, below(folder, 'empty-handler'), cleanup.signal),
    ...(await rclone(cloud, folder, options, cleanup)),
  ];
  for (const side of sides) {
    cleanup.add(() => side.stop());
    await side.start();
    for (const name of ['.', ...library.folders]) await readdir(side.at(name)).catch(() => []);
  }
  const raw = await RawClient.login(cloud);
  return { cloud, raw, films: library, sides, folder: below(folder, 'files') };
}

async function panfuse(
  cloud: CloudProcess,
  folder: string,
  { profile }: BenchOptions,
  { signal }: Cleanup,
  differently: { readonly name?: string; readonly sections?: Readonly<Record<string, unknown>> } = {},
): Promise<Side> {
  const { refresh_token: refreshToken } = await cloud.newLogin();
  const counter = new RequestCounter(join(folder, 'requests.json'), { bareNames: false });
  const account = { calls: OUR_PACE };
  return new PanfuseSide(cloud, folder, { refreshToken, counter, account, profile, signal, ...differently });
}

/** Shows how much of the time the disk takes. */
async function panfuseInMemory(
  cloud: CloudProcess,
  folder: string,
  options: BenchOptions,
  cleanup: Cleanup,
): Promise<readonly Side[]> {
  if (!existsSync(MEMORY)) return [];
  const spool = mkdtempSync(join(MEMORY, 'panfuse-bench-'));
  cleanup.add(() => rmSync(spool, { recursive: true, force: true }));
  const sections = { upload: { spool: { path: spool } } };
  return [await panfuse(cloud, folder, options, cleanup, { name: 'panfuse, spool in memory', sections })];
}

function emptyHandler(cloud: CloudProcess, folder: string, signal: AbortSignal): Side {
  const counter = new RequestCounter(join(folder, 'requests.json'), { bareNames: false });
  return new EmptyHandlerSide(cloud, folder, { counter, signal });
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
  const { signal } = cleanup;
  return [new RcloneSide(webdav, below(folder, 'rclone'), { mode: 'full', writable: true, signal })];
}
