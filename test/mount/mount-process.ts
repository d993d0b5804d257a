/** A daemon for one test: mounts the test library and does what its parent says over the IPC channel. */
import { mountVfs, type Mounted } from '../../src/fuse/mount.js';
import type { Env } from '../../src/lib/env.js';
import { systemClock, systemRandom } from '../../src/lib/system-clock.js';
import { Vfs } from '../../src/vfs/vfs.js';
import { FakeLogger } from '../fakes/fake-env.js';
import { fakeLibrary, type Library, OWNER, TESTER, writableLibrary } from './library.js';
import { memoryLibrary } from './memory-library.js';
import { WritingLibrary } from './writing-library.js';
import type { MountAnswer, MountCommand, MountRequest } from './mount-protocol.js';

const log = new FakeLogger();
const env: Env = { clock: systemClock, random: systemRandom, log, checkpoint: () => Promise.resolve() };
const request = JSON.parse(process.argv[2] ?? '') as MountRequest;
const library = await libraryOf(request);
let mounted: Mounted | null = null;

async function libraryOf({ library: kind, state, writing }: MountRequest): Promise<Library> {
  if (kind === 'memory') return await memoryLibrary(env, state);
  if (kind === 'writing') return await WritingLibrary.open(env, state, writing);
  return kind === 'fakes' ? fakeLibrary() : writableLibrary(env.clock);
}

function send(answer: MountAnswer): void {
  process.send?.(answer);
}

async function start({ path, readOnly, umask, layout, library: kind }: MountRequest): Promise<Mounted> {
  const { drive } = library;
  const vfs = new Vfs(
    env,
    layout === 'drive' ? { kind: 'drive', drive } : { kind: 'drives', drives: [drive] },
    {
      ...(kind === 'writable' || kind === 'writing' ? TESTER : OWNER),
      umask,
    },
  );
  const options = { path, name: 'films, all', allowOther: false, readAhead: 256 * 1024, readOnly };
  return await mountVfs(env, vfs, options);
}

async function obey(current: Mounted, command: MountCommand): Promise<void> {
  if (command.kind === 'replace') {
    await library.replace(command.path, command.size);
  } else if (command.kind === 'upload') {
    await library.upload?.(command.path);
  } else if (command.kind === 'cloud') {
    library.cloud?.work(command.work);
    if (command.work.do === 'refresh') await library.refresh?.(command.work.path);
    if (library.cloud !== undefined) send({ kind: 'cloud', cloud: library.cloud.status() });
    return;
  } else if (command.kind === 'restart') {
    await current.unmount();
    await library.restart?.();
    await begin();
  } else if (command.kind === 'unmount') {
    const began = performance.now();
    await current.unmount();
    send({ kind: 'unmounted', milliseconds: performance.now() - began });
    return;
  }
  if (mounted !== null) sendStatus(mounted);
}

function sendStatus(current: Mounted): void {
  const { operations, openFiles, pending, kernel } = current.status();
  const requests = Object.fromEntries(
    Object.entries(operations).map(([operation, { requests: count }]) => [operation, count]),
  );
  send({
    kind: 'status',
    requests,
    openFiles: openFiles.length,
    pending: pending.length,
    kernel,
    changes: library.changes ?? [],
    log: log.lines,
  });
}

async function begin(): Promise<Mounted> {
  const begun = await start(request);
  mounted = begun;
  void begun.ended.then(() => {
    if (mounted === begun) send({ kind: 'ended' });
  });
  return begun;
}

process.on('message', (command: MountCommand) => {
  if (mounted !== null) void obey(mounted, command);
});
try {
  const { path } = await begin();
  send({ kind: 'mounted', path });
} catch (error) {
  const { message, errno } = error as Error & { errno: string };
  send({ kind: 'failed', message, errno });
  process.disconnect();
}
