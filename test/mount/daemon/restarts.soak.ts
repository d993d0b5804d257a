import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { CloudFigures } from '../../clouds/control-client.js';
import type { FaultState } from '../../clouds/house/faults.js';
import { House } from './house.js';
import { CloudFiles } from './restarts/cloud-files.js';
import { Endurance } from './restarts/endurance.js';
import { faultsMet } from './restarts/fault-turns.js';
import { inspectBlocks, inspectDatabases } from './restarts/left-on-disk.js';
import { processesNaming } from './restarts/processes.js';
import { readAgain } from './restarts/read-again.js';
import { RunRecord } from './restarts/run-record.js';
import { FOLDER, soakFiles } from './restarts/soak-files.js';
import { Summary } from './restarts/summary.js';
import { mountsBelow } from './watchdog.js';

const MIB = 2 ** 20;
const SECONDS = Number(process.env['PANFUSE_SOAK_SECONDS'] ?? 60);
const SEED = Number(process.env['PANFUSE_SOAK_SEED'] ?? Date.now() % 1_000_000);
const RESTARTS = 20;
const CALLS_PER_SECOND = 4;
/** Seconds; the configured read timeout. */
const READ_TIMEOUT = 20;
/** Milliseconds that a busy machine may add to the 5 s after which the kernel is answered. */
const BUSY = 3000;

describe(`readers of a daemon that is killed ${RESTARTS} times while the cloud misbehaves, seed ${SEED}`, () => {
  const record = new RunRecord();
  let house: House;
  let files: CloudFiles;
  let endurance: Endurance;
  let summary: Summary;
  let faults: readonly FaultState[];
  let figures: CloudFigures;

  before(async () => {
    house = await House.build({
      // More calls than 115 allows: at one a second, short lives would bring few links and no refresh.
      cloud: { profile: 'like115', settings: { apiPerSecond: CALLS_PER_SECOND } },
      account: { calls: { perSecond: CALLS_PER_SECOND }, breaker: {} },
      sections: { timeouts: { read: `${READ_TIMEOUT}s`, stall: '2s' }, log: { level: 'info' } },
      // Less than is read, so that blocks are evicted too.
      cache: { size: '300MiB', probes: '50MiB' },
      limit: (2 * SECONDS + 600) * 1000,
    });
    files = new CloudFiles(house.cloud, soakFiles());
    await files.add();
    await house.start();
    const options = { seed: SEED, readers: 16, seconds: SECONDS, restarts: RESTARTS, longest: 2 * MIB };
    endurance = new Endurance(house, files, record, options);
    summary = new Summary(await endurance.run(), record);
    faults = await faultsMet(house.cloud);
    figures = await house.cloud.figures();
    print();
  });
  after(() => house.close());

  const print = (): void => {
    const { calls, links, accounts, bytesSent } = figures;
    const rows: readonly (readonly [string, string | number])[] = [
      ['seed', SEED],
      ['reads', `${summary.reads}, fewest of a reader ${summary.fewest}, wrong ${summary.wrong.length}`],
      ['bytes', `${mebibytes(summary.bytes)} read, ${mebibytes(bytesSent)} sent by the cloud`],
      ['failed calls', listed(Object.entries(summary.failures).sort())],
      ['faults', listed(faults.map(({ name, fired }) => [name, fired]))],
      ['restarts', `${record.restarts}, the longest took ${record.longestOutage} ms`],
      ['replaced', `${files.replacements}, seen anew ${summary.seenNew}, refreshes ${record.refreshes}`],
      ['pages dropped', endurance.pagesDropped],
      ['slowest read', `${summary.slowest} ms`],
      ['connections', `${links.highest} on a link, ${accounts.highest} on the account`],
      ['refused', `${links.refused} on a link, ${accounts.refused} on the account`],
      ['calls', `${calls.total} (${listed(Object.entries(calls.byName))})`],
      ['memory', `${mebibytes(endurance.resident)} at most`],
    ];
    for (const [name, value] of rows) console.log(`      ${name.padEnd(14)}${value}`);
  };

  it('get every byte right', () => {
    assert.deepEqual(summary.wrong, []);
    assert.ok(summary.fewest > 0, 'a reader has read nothing');
    assert.equal(summary.files.size, files.files.length, 'a file was never read');
  });

  it('get no error but those that are documented, and few that come of the cloud', () => {
    assert.deepEqual(summary.failuresOf('undocumented'), []);
    const { length } = summary.failuresOf('cloud');
    assert.ok(length < summary.reads / 100, `${length} failures in ${summary.reads} reads`);
  });

  it('never wait longer than is promised', () => {
    assert.ok(summary.slowest < (READ_TIMEOUT + 5) * 1000 + BUSY, `${summary.slowest} ms`);
  });

  it('see a replaced file at the next open after a refresh', () => {
    assert.deepEqual(summary.tooOld, []);
    assert.ok(summary.seenNew > 0, 'no replaced file was seen');
  });

  it('met every fault, every restart and dropped pages', () => {
    assert.deepEqual(
      faults.filter(({ fired }) => fired === 0).map(({ name }) => name),
      [],
    );
    assert.equal(record.restarts, RESTARTS);
    assert.ok(endurance.pagesDropped > 0, 'no pages were dropped');
  });

  it('never have more connections than the cloud allows', () => {
    const { links, accounts } = figures;
    assert.ok(links.highest <= 2, `${links.highest} connections on a link`);
    assert.ok(accounts.highest <= 8, `${accounts.highest} connections on the account`);
  });

  it('leave databases and blocks whole when it is killed once more', async () => {
    await house.daemon.kill();
    const databases = await inspectDatabases(join(house.folder, 'state'));
    const blocks = await inspectBlocks(join(house.folder, 'cache/blocks'), await files.bySha1());
    console.log(`      ${blocks.segments} segments, ${blocks.unfinished} unfinished, ${blocks.units} units`);
    assert.ok(Object.keys(databases).length > 0, 'no database was found');
    for (const [path, finding] of Object.entries(databases)) assert.equal(finding, 'ok', path);
    assert.ok(blocks.units > 0, 'nothing is cached');
    assert.deepEqual([blocks.damaged, blocks.wrong], [[], []]);
  });

  it('read every file right again when all is well', async () => {
    await house.cloud.changeProfile({ bytesPerSecond: null });
    if (!house.daemon.running) await house.start();
    await house.refresh(`/${FOLDER}`);
    let bytes = 0;
    for (const [file, { name }] of files.files.entries()) {
      const { right, wrong } = await readAgain(house.at(`/${FOLDER}/${name}`), files.current(file));
      assert.deepEqual(wrong, []);
      bytes += right;
    }
    console.log(`      ${mebibytes(bytes)} read again`);
  });

  it('leave no mount, no process and no folder behind', async () => {
    await house.daemon.stop();
    assert.deepEqual(mountsBelow(house.folder), []);
    await house.close();
    assert.deepEqual(processesNaming(house.folder), []);
    assert.ok(!existsSync(house.folder), house.folder);
  });
});

function listed(entries: readonly (readonly [string, number])[]): string {
  return entries.map(([name, count]) => `${name} ${count}`).join(', ');
}

function mebibytes(bytes: number): string {
  return `${Math.round(bytes / MIB)} MiB`;
}
