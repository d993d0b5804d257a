import assert from 'node:assert/strict';
import { mkdirSync, readdirSync } from 'node:fs';
import { House } from './daemon/house.js';
import { assertSameInCloud } from './daemon/programs/compare-with-cloud.js';
import { done } from './daemon/programs/done.js';
import { STRESSORS } from './daemon/programs/stressors.js';
import { run } from './programs.js';

/** What fio writes, and how it looks for it again. */
const JOBS = [
  { title: 'at random places', options: ['--rw=randwrite', '--bs=4k-64k', '--size=4M', '--verify=crc32c'] },
  {
    title: 'in two files, reading in between',
    options: ['--rw=randrw', '--bs=4k', '--size=1M', '--numjobs=2', '--verify=sha1', '--fsync=32'],
  },
  {
    title: 'through a mapping',
    options: ['--rw=randwrite', '--bs=4k', '--size=2M', '--verify=md5', '--ioengine=mmap'],
  },
  {
    title: 'with many requests at once',
    options: [
      '--rw=randwrite',
      '--bs=8k',
      '--size=2M',
      '--verify=crc32c',
      '--ioengine=libaio',
      '--iodepth=16',
    ],
  },
] as const;

describe('programs that look for faults of file systems', function () {
  this.timeout(120_000);
  let house: House;
  before(async () => {
    house = await House.open({ sections: { upload: { delay: '0s' } }, limit: 600_000 });
  });
  after(() => house.close());

  for (const [number, { title, options }] of JOBS.entries()) {
    it(`fio finds what it wrote ${title}`, async () => {
      const folder = `/fio-${number}`;
      mkdirSync(house.at(folder));
      const job = [
        '--name=job',
        `--directory=${house.at(folder)}`,
        '--verify_fatal=1',
        '--do_verify=1',
      ] as const;
      await done('fio', ...job, '--verify_state_save=0', ...options);
      await assertSameInCloud(house, folder);
    });
  }

  for (const [group, stressors] of Object.entries(STRESSORS)) {
    it(`stress-ng finds no fault by ${Object.keys(stressors).join(', ')}, all at once`, async () => {
      const folder = `/${group}`;
      mkdirSync(house.at(folder));
      const where = ['--temp-path', house.at(folder), '--verify', '--timeout', '40s'] as const;
      const all = Object.entries(stressors).flatMap(([name, { operations, options = [] }]) => [
        ...[`--${name}`, '1', `--${name}-ops`, String(operations)],
        ...options,
      ]);
      const { code, stdout, stderr } = await run('stress-ng', ...where, ...all);
      const words = stdout + stderr;
      assert.equal(code, 0, words);
      // It ends well although a stressor was skipped, or one found a fault that it does not count.
      assert.doesNotMatch(words, /fail:|error:|skipp/);
      assert.deepEqual(readdirSync(house.at(folder)), []);
      await assertSameInCloud(house, folder);
    });
  }
});
