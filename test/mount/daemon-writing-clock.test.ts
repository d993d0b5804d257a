import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { DaemonProcessOptions } from './daemon/daemon-process.js';
import { eventually, House } from './daemon/house.js';
import { type SourceFile, sourceFile } from './daemon/writing/content.js';
import { settled } from './daemon/writing/outcome.js';
import { Program } from './daemon/writing/program.js';

const MIB = 2 ** 20;
const DAY = 86_400_000;
const YEAR = 365 * DAY;

/** Sets the clock of a process that loads it; SIGUSR2 sets it to the right time. */
const OTHER_CLOCK = `
const now = Date.now;
let shift = Number(process.env.CLOCK_SHIFT);
Date.now = () => now() + shift;
process.on('SIGUSR2', () => (shift = 0));
`;

describe('uploads when the clock of the machine is set', function () {
  this.timeout(90_000);
  let house: House;
  beforeEach(async () => {
    house = await House.build({ cloud: { library: 'empty' }, sections: { upload: { delay: '0s' } } });
  });
  afterEach(() => house.close());

  /** How to start a daemon whose clock is wrong by so many milliseconds. */
  const wrongBy = (shift: number): DaemonProcessOptions => {
    const path = join(house.folder, 'other-clock.mjs');
    writeFileSync(path, OTHER_CLOCK);
    const load = `--import=${pathToFileURL(path).href}`;
    return { environment: { NODE_OPTIONS: load, CLOCK_SHIFT: String(shift) } };
  };
  const copied = async (name: string, size: number): Promise<SourceFile> => {
    const file = sourceFile(house, name, size);
    await Program.run([['copy', file.path, house.at(`/${name}`)]]);
    return file;
  };
  const isInCloud = async ({ path, sha1 }: SourceFile): Promise<void> => {
    const found = await house.cloud.named(basename(path));
    assert.equal(found.length, 1, `${found.length} files in the cloud`);
    assert.equal(await house.cloud.hash({ id: found[0]?.id ?? '' }, 'sha1'), sha1);
    assert.deepEqual(await house.cloud.bin(), []);
  };

  for (const [words, shift] of [
    ['a year ahead', YEAR],
    ['a year behind', -YEAR],
  ] as const) {
    it(`go to their end on a machine whose clock is ${words}`, async () => {
      await house.start(wrongBy(shift));
      const file = await copied('film.mkv', 22 * MIB);
      await settled(house);
      await isInCloud(file);
    });

    for (const point of ['upload:part', 'upload:completed', 'upload:answered'] as const) {
      it(`go on after a kill at ${point} when the clock is ${words} by then`, async () => {
        await house.start({ stopAt: point });
        const file = await copied('film.mkv', 22 * MIB);
        await house.daemon.said(/^checkpoint/);
        await house.daemon.kill();
        await house.start(wrongBy(shift));
        await settled(house);
        await isInCloud(file);
      });
    }

    it(`go on when the clock, ${words}, is set right between two parts`, async () => {
      await house.start(wrongBy(shift));
      await house.cloud.fault('hold-request', { match: 'partNumber=2', count: 1 });
      const file = await copied('film.mkv', 22 * MIB);
      await eventually(
        () => house.cloud.held(),
        (held) => held.length > 0,
        30_000,
      );
      process.kill(house.daemon.pid, 'SIGUSR2');
      await house.cloud.release();
      await settled(house);
      await isInCloud(file);
    });

    it(`that wait for their next try do not wait longer when the clock, ${words}, is set right`, async () => {
      await house.start(wrongBy(shift));
      await house.cloud.fault('api-throttle-770004', { match: '/open/upload/init' });
      const file = await copied('film.mkv', MIB);
      await eventually(
        () => house.client.call('GET /v1/transfers', {}),
        ([drive]) => (drive?.files[0]?.nextTry ?? null) !== null,
        30_000,
      );
      process.kill(house.daemon.pid, 'SIGUSR2');
      await house.cloud.clearFault();
      await settled(house, 45_000);
      await isInCloud(file);
    });
  }
});
