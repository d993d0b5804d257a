import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import type { FaultName, FaultSetting } from '../../clouds/house/faults.js';
import { HeldFile } from './held-file.js';
import { House } from './house.js';
import { readAtRandom } from './read-at-random.js';
import type { ReadersReport } from './random-readers.js';
import { median, type Resources, resourcesDuring } from './resources.js';

const execute = promisify(execFile);
const SECONDS = Number(process.env['PANFUSE_SOAK_SECONDS'] ?? 60);
const GIB = 2 ** 30;
const MIB = 2 ** 20;
const FILMS = ['a', 'b', 'c', 'd', 'e', 'f'];

/** Everything that passes, now and then. */
const NOISE: Readonly<Partial<Record<FaultName, FaultSetting>>> = {
  'api-5xx': { probability: 0.05 },
  'api-reset': { probability: 0.03 },
  'list-page-missing-entry': { probability: 0.03 },
  'cdn-403': { probability: 0.03 },
  'cdn-5xx': { probability: 0.03 },
  'cdn-cut': { probability: 0.05, value: MIB },
  'cdn-stall': { probability: 0.02, value: 100_000 },
  'cdn-short': { probability: 0.03, value: 1000 },
  'cdn-wrong-range': { probability: 0.02 },
  'cdn-200-for-206': { probability: 0.02 },
  'cdn-late': { probability: 0.02, value: 2000 },
  'link-403': { probability: 0.01 },
};

describe('daemon over time, on a cloud like 115', () => {
  let house: House;
  afterEach(() => house.close());

  const open = async (): Promise<void> => {
    house = await House.build({
      cloud: { profile: 'like115', library: 'tree-1000' },
      account: { calls: {}, breaker: {} },
      sections: { timeouts: {}, log: { level: 'warn' } },
      limit: (2 * SECONDS + 600) * 1000,
    });
    for (const seed of FILMS) {
      await house.cloud.addFile({ name: `${seed}.mkv`, size: GIB, content: { kind: 'seeded', seed } });
    }
    house.launch();
    await house.mounted();
  };

  const films = (): { readonly path: string; readonly seed: string; readonly size: number }[] =>
    FILMS.map((seed) => ({ path: house.at(`/${seed}.mkv`), seed, size: GIB }));

  const withinLimits = async (report: ReadersReport): Promise<void> => {
    const { calls, links, accounts, bytesSent } = await house.cloud.figures();
    console.log(
      `      ${report.reads} reads, ${Math.round(report.bytes / MIB)} MiB (${Math.round(bytesSent / MIB)} sent), ` +
        `median ${report.median} ms, slowest ${report.slowest} ms, fewest of a reader ${report.fewest}; ` +
        `refused: ${links.refused} at a link, ${accounts.refused} at the account; ` +
        `burst ${calls.burstAtOnePerSecond.toFixed(2)}, ${calls.total} calls`,
    );
    assert.deepEqual([report.wrong, report.errors], [[], {}]);
    assert.ok(links.highest <= 2, `${links.highest} connections on a link`);
    assert.ok(accounts.highest <= 8, `${accounts.highest} connections on the account`);
    assert.ok(calls.burstAtOnePerSecond <= 5, `a burst of ${calls.burstAtOnePerSecond}`);
  };

  it('file of 1 GiB has the MD5 of the cloud', async () => {
    await open();
    const began = performance.now();
    const { stdout } = await execute('md5sum', [house.at('/a.mkv')], { timeout: 300_000 });
    console.log(`      ${Math.round(GIB / 1000 / (performance.now() - began))} MB/s`);
    const expected = await house.cloud.hash({ path: '/a.mkv' }, 'md5');
    assert.equal(stdout.split(' ')[0], expected.toLowerCase());
  });

  it('16 readers at random places get every byte right within the limits of the cloud', async () => {
    await open();
    await withinLimits(
      await readAtRandom({ files: films(), readers: 16, seconds: SECONDS, longest: 400_000 }),
    );
  });

  it('readers, a scanner and short openings live through noise without growing', async () => {
    await open();
    await house.tree();
    const known = await house.tree();
    for (const [name, setting] of Object.entries(NOISE)) await house.cloud.fault(name as FaultName, setting);
    const end = performance.now() + SECONDS * 1000;
    const reading = readAtRandom({ files: films(), readers: 12, seconds: SECONDS, longest: 400_000 });
    const scanning = until(end, async () => assert.deepEqual(await house.tree(), known));
    const refreshing = until(end, async () => {
      await house
        .refresh('/tree', true)
        .catch((error: unknown) => console.log(`      refresh: ${String(error)}`));
    });
    const opening = until(end, async () => openShortly(house));
    const work = Promise.all([reading, scanning, refreshing, opening]);
    const samples = await resourcesDuring(house.daemon.pid, 2000, work);
    await work;
    await house.cloud.clearFault();
    await withinLimits(await reading);
    await metAll(house);
    doesNotGrow(samples);
    assert.deepEqual(await house.tree(), known);
  });
});

async function until(end: number, work: () => Promise<void>): Promise<void> {
  while (performance.now() < end) await work();
}

/** What a file manager does: open, read the head, close. */
async function openShortly(house: House): Promise<void> {
  const name = FILMS[Math.floor(Math.random() * FILMS.length)] ?? '';
  const position = Math.floor(Math.random() * (GIB - 65_536));
  const file = await HeldFile.open(house.at(`/${name}.mkv`));
  try {
    const { errno, sha1 } = await file.read(position, 65_536);
    const expected = await house.cloud.bytes({ path: `/${name}.mkv` }, position, 65_536);
    assert.deepEqual([errno, sha1], [null, createHash('sha1').update(expected).digest('hex')]);
  } finally {
    await file.close();
  }
}

async function metAll(house: House): Promise<void> {
  const faults = (await house.cloud.faults()).filter(({ name }) => name in NOISE);
  console.log(`      faults met: ${faults.map(({ name, fired }) => `${name} ${fired}`).join(', ')}`);
  const cdn = faults.filter(({ name }) => name.startsWith('cdn-'));
  assert.deepEqual(
    cdn.filter(({ fired }) => fired === 0).map(({ name }) => name),
    [],
  );
}

function doesNotGrow(samples: readonly Resources[]): void {
  const third = Math.ceil(samples.length / 3);
  const early = samples.slice(third, 2 * third);
  const late = samples.slice(2 * third);
  const resident = [early, late].map((part) => Math.round(median(part.map((one) => one.resident)) / MIB));
  const descriptors = [early, late].map((part) => median(part.map((one) => one.descriptors)));
  console.log(`      resident ${resident.join(' → ')} MiB, descriptors ${descriptors.join(' → ')}`);
  assert.ok((resident[1] ?? 0) < (resident[0] ?? 0) + 48, 'memory grows');
  assert.ok((descriptors[1] ?? 0) < (descriptors[0] ?? 0) + 16, 'descriptors grow');
}
