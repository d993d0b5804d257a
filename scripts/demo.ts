import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { connectControl } from '../src/control/client.js';
import { formatSize } from '../src/lib/quantity.js';
import { type CloudProcess, startCloud } from '../test/clouds/process.js';

/** Mounts the built-in demo cloud and shows what happens, until Ctrl-C. */

const run = promisify(execFile);
const PROGRAM = fileURLToPath(new URL('../dist/main.js', import.meta.url));
const README = fileURLToPath(new URL('../README.md', import.meta.url));
const START_LIMIT = 60_000;

interface Demo {
  /** Everything of the demo is in it, and goes with it. */
  readonly folder: string;
  /** Whether there is a film that a player can play. */
  readonly hasFilm: boolean;
}

async function makeFilm(folder: string, signal: AbortSignal): Promise<string | null> {
  const film = join(folder, '测试短片 Test film.mp4');
  const picture = ['-f', 'lavfi', '-i', 'testsrc2=size=640x360:rate=25:duration=20'];
  const sound = ['-f', 'lavfi', '-i', 'sine=frequency=440:duration=20'];
  const codecs = ['-c:v', 'mpeg4', '-q:v', '5', '-c:a', 'aac', '-shortest'];
  try {
    await run('ffmpeg', ['-loglevel', 'error', '-y', ...picture, ...sound, ...codecs, film], { signal });
    return film;
  } catch (error) {
    signal.throwIfAborted();
    say(`(no real film in the demo: ffmpeg did not make one: ${firstLine(error)})`);
    return null;
  }
}

function configuration(cloud: CloudProcess, folder: string, mountPoint: string): string {
  const { api, passport, qrcode } = cloud.endpoints;
  // JSON is YAML, and quotes every path whatever is in it.
  return JSON.stringify(
    {
      accounts: {
        demo: {
          kind: '115-open',
          clientId: cloud.login.clientId,
          refreshToken: cloud.login.refreshToken,
          endpoints: { api, passport, qrcode },
        },
      },
      drives: { demo: { account: 'demo', root: '0' } },
      mounts: [{ path: mountPoint, drive: 'demo' }],
      state: { path: join(folder, 'state') },
      cache: { path: join(folder, 'cache') },
      control: { socket: join(folder, 'control', 'control.sock') },
      log: { level: 'info', file: join(folder, 'panfuse.log') },
    },
    null,
    2,
  );
}

async function mounted(daemon: ChildProcess, socket: string): Promise<void> {
  const client = connectControl(socket);
  const end = Date.now() + START_LIMIT;
  while (Date.now() < end && daemon.exitCode === null) {
    await delay(200);
    const mounts = await client.call('GET /v1/mounts', {}).catch(() => []);
    if (mounts[0]?.state === 'mounted') return;
    if (mounts[0]?.state === 'failed') throw new Error(mounts[0].message ?? 'the mount failed');
  }
  throw new Error('the daemon did not mount the demo cloud (what it said is above)');
}

function invite(mountPoint: string, config: string, hasFilm: boolean): void {
  const film = `\n  mpv '${mountPoint}/短片 Real film/测试短片 Test film.mp4'`;
  say(`
The demo cloud is mounted at ${mountPoint}. In another terminal:

  ls -l ${mountPoint}
  find ${mountPoint} | head
  md5sum '${mountPoint}/电影 Films/大话西游 (1995)/大话西游 (1995).zh.srt'${hasFilm ? film : ''}
  cp ${README} ${mountPoint}/
  ${PROGRAM} transfers --watch --config ${config}
  ${PROGRAM} status --config ${config}

It behaves like 115: one call a second, two connections a link, 20 MB/s each. Ctrl-C unmounts and ends it.
`);
}

async function watch(cloud: CloudProcess, daemon: ChildProcess): Promise<void> {
  let shown = '';
  while (daemon.exitCode === null && daemon.signalCode === null) {
    const line = await describeFigures(cloud).catch(() => null);
    if (line === null) return;
    if (line !== shown) process.stdout.write(process.stdout.isTTY ? `\r\x1b[K${line}` : `${line}\n`);
    shown = line;
    await delay(process.stdout.isTTY ? 500 : 2000);
  }
}

async function describeFigures(cloud: CloudProcess): Promise<string> {
  const { bytesSent, calls, links } = await cloud.figures();
  const { bytesReceived } = await cloud.storageFigures();
  const open = Object.values(links.open).reduce((sum, count) => sum + count, 0);
  const bytes = `sent: ${formatSize(bytesSent)}, received: ${formatSize(bytesReceived)}`;
  return `API calls: ${calls.total}, connections open: ${open}, ${bytes}`;
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';
}

/** Film, cloud and daemon, in this order; each is ended when the one after it has ended. */
async function demonstrate(folder: string, signal: AbortSignal): Promise<void> {
  const film = await makeFilm(folder, signal);
  const cloud = await startCloud({
    profile: 'like115',
    library: 'demo',
    ...(film === null ? {} : { film }),
  });
  try {
    signal.throwIfAborted();
    await showMounted(cloud, { folder, hasFilm: film !== null }, signal);
  } finally {
    await cloud.stop();
  }
}

async function showMounted(cloud: CloudProcess, demo: Demo, signal: AbortSignal): Promise<void> {
  const mountPoint = process.getuid?.() === 0 ? '/mnt/panfuse' : join(homedir(), 'panfuse');
  const config = join(demo.folder, 'config.yaml');
  await writeFile(config, configuration(cloud, demo.folder, mountPoint), { mode: 0o600 });
  const daemon = spawn(PROGRAM, ['run', '--config', config], {
    stdio: ['ignore', 'inherit', 'inherit'],
    // Ctrl-C is passed on once; the terminal would send it a second time, which means: end at once.
    detached: true,
  });
  const ended = once(daemon, 'exit') as Promise<[number | null]>;
  signal.addEventListener('abort', () => daemon.kill('SIGTERM'));
  try {
    await mounted(daemon, join(demo.folder, 'control', 'control.sock'));
    invite(mountPoint, config, demo.hasFilm);
    await watch(cloud, daemon);
  } finally {
    daemon.kill('SIGTERM');
    await ended;
  }
  say('\nUnmounted.');
}

async function main(): Promise<number> {
  const stopping = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const)
    process.on(signal, () => stopping.abort(new Error('interrupted')));
  const folder = await mkdtemp(join(tmpdir(), 'panfuse-demo-'));
  try {
    await demonstrate(folder, stopping.signal);
    return 0;
  } catch (error) {
    // What was cut short by Ctrl-C has nothing to complain about.
    if (!stopping.signal.aborted) throw error;
    return 130;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

process.exitCode = await main().catch((error: unknown) => {
  process.stderr.write(`panfuse: ${firstLine(error)}\n`);
  return 1;
});
