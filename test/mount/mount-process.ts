/** A daemon for one test: mounts the test library and does what its parent says over the IPC channel. */
import { mountVfs, type Mounted } from '../../src/fuse/mount.js';
import type { Env } from '../../src/lib/env.js';
import { systemClock, systemRandom } from '../../src/lib/system-clock.js';
import { Vfs } from '../../src/vfs/vfs.js';
import { FakeLogger } from '../fakes/fake-env.js';
import { fakeLibrary, type Library, OWNER, TESTER, writableLibrary } from './library.js';
import { memoryLibrary } from './memory-library.js';
import { writingLibrary } from './writing-library.js';
import type { MountAnswer, MountCommand, MountRequest } from './mount-protocol.js';

const log = new FakeLogger();
const env: Env = { clock: systemClock, random: systemRandom, log, checkpoint: () => Promise.resolve() };
const request = JSON.parse(process.argv[2] ?? '') as MountRequest;
const library = await libraryOf(request);
const { drive } = library;

async function libraryOf({ library: kind, state }: MountRequest): Promise<Library> {
  if (kind === 'memory') return await memoryLibrary(env, state);
  if (kind === 'writing') return await writingLibrary(env, state);
  return kind === 'fakes' ? fakeLibrary() : writableLibrary(env.clock);
}

function send(answer: MountAnswer): void {
  process.send?.(answer);
}

async function start({ path, readOnly, umask, layout, library: kind }: MountRequest): Promise<Mounted> {
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

async function obey(mounted: Mounted, command: MountCommand): Promise<void> {
  if (command.kind === 'replace') {
    await library.replace(command.path, command.size);
  } else if (command.kind === 'upload') {
    await library.upload?.(command.path);
  } else if (command.kind === 'unmount') {
    const began = performance.now();
    await mounted.unmount();
    send({ kind: 'unmounted', milliseconds: performance.now() - began });
    return;
  }
  const { operations, openFiles, pending, kernel } = mounted.status();
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

try {
  const mounted = await start(request);
  void mounted.ended.then(() => send({ kind: 'ended' }));
  process.on('message', (command: MountCommand) => void obey(mounted, command));
  send({ kind: 'mounted', path: mounted.path });
} catch (error) {
  const { message, errno } = error as Error & { errno: string };
  send({ kind: 'failed', message, errno });
  process.disconnect();
}
