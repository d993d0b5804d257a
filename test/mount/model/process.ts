/** Mounts a drive on which all is real but the cloud, in quick time, and does in that cloud what its parent asks. */
import { MemoryCloud } from '../../../src/drivers/memory/cloud.js';
import { MemoryTransport } from '../../../src/drivers/memory/transport.js';
import { mountVfs } from '../../../src/fuse/mount.js';
import type { Env } from '../../../src/lib/env.js';
import { systemClock, systemRandom } from '../../../src/lib/system-clock.js';
import { Bandwidth } from '../../../src/upload/queue/bandwidth.js';
import { Vfs } from '../../../src/vfs/vfs.js';
import { FakeLogger } from '../../fakes/fake-env.js';
import { QuickClock } from '../../fakes/quick-clock.js';
import { openWritingEngine } from '../../fakes/writing-engine.js';
import { CloudHand, type ForeignWork } from '../../unit/vfs/model/cloud-hand.js';
import { TESTER } from '../library.js';
import type { Answer, Question } from './protocol.js';

const [path = '', state = '', factor = ''] = process.argv.slice(2);
/** Between two looks at whether something has come about, in milliseconds; on a busy machine they take longer. */
const LOOK = 5;
/** So many looks until nothing is owed, and until the kernel knows what has changed in the cloud. */
const OWED_LOOKS = 200;
const TOLD_LOOKS = 2000;
const log = new FakeLogger();
const env: Env = { clock: systemClock, random: systemRandom, log, checkpoint: () => Promise.resolve() };
const quick: Env = { ...env, clock: new QuickClock(systemClock, Number(factor)) };
const cloud = new MemoryCloud(quick, { latency: 40, partSize: 4096 });
const transport = new MemoryTransport(cloud);
const engine = await openWritingEngine(quick, {
  ...{ cloud, transport, state },
  bandwidth: new Bandwidth(quick.clock),
});
const hand = new CloudHand(cloud, () => engine.tree);
const vfs = new Vfs(env, { kind: 'drive', drive: engine.drive }, { ...TESTER, umask: 0o022 });
const mounted = await mountVfs(env, vfs, {
  ...{ path, name: 'model', allowOther: false, readAhead: 256 * 1024, readOnly: false },
});

async function foreign(work: ForeignWork): Promise<boolean> {
  if (!(await comesAbout(() => !engine.isOwing(), OWED_LOOKS)) || !(await hand.work(work))) return false;
  await hand.show(work, quick.clock);
  // What it is told to forget while programs already work with it would be gone for them.
  if (await comesAbout(() => mounted.status().untold === 0, TOLD_LOOKS)) return true;
  throw new Error('the kernel is not told what has changed in the cloud');
}

async function comesAbout(isSo: () => boolean, mostLooks: number): Promise<boolean> {
  for (let looks = 0; !isSo(); looks += 1) {
    if (looks === mostLooks) return false;
    await env.clock.sleep(LOOK);
  }
  return true;
}

function leftovers(): readonly string[] {
  const { files, drafts, changes } = engine.writes.transfers.status();
  return [
    ...[...files, ...drafts, ...changes.waiting].map((one) => `owed: ${one.path}`),
    ...changes.refused.map((one) => `refused: ${one.path}`),
    ...mounted.status().pending.map((one) => `asked: ${one.operation} ${one.path}`),
    ...mounted.status().openFiles.map((one) => `open: ${one.path}`),
    ...log.lines.filter(({ level }) => level === 'error').map(({ message }) => `logged: ${message}`),
  ];
}

async function answer(question: Question): Promise<(Answer & { readonly kind: 'done' })['value']> {
  if (question.do === 'foreign') return await foreign(question.work);
  if (question.do === 'contents') return hand.contents(question.path);
  if (question.do === 'leftovers') return leftovers();
  if (question.do === 'outage') hand.begin(question.outage);
  else if (question.do === 'heal') hand.heal();
  else if (question.do === 'idle') await engine.writes.idle(new AbortController().signal);
  else {
    await mounted.unmount();
    await engine.close();
  }
  return true;
}

function send(reply: Answer): void {
  process.send?.(reply);
}

process.on('message', (question: Question) => {
  answer(question).then(
    (value) => send({ kind: 'done', value }),
    (error: unknown) => send({ kind: 'failed', message: String(error) }),
  );
});
send({ kind: 'mounted' });
