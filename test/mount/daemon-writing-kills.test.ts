import assert from 'node:assert/strict';
import { KILL_POINTS } from './daemon/writing/kill-points.js';
import { KillLane, type KillResult } from './daemon/writing/kill-round.js';
import { FILE_KINDS } from './daemon/writing/scene.js';

/** How often a daemon is killed at each point, in turn with each kind of file. */
const KILLS = Number(process.env['PANFUSE_KILLS'] ?? FILE_KINDS.length);
/** Milliseconds for one kill and all that is looked at afterwards. */
const PATIENCE = 90_000;

describe(`kill -9 at each step of a write, ${KILLS} times`, function () {
  this.timeout(KILLS * PATIENCE);
  const results = new Map<string, KillResult[]>();
  const rounds = Math.ceil(KILLS / FILE_KINDS.length);
  // The kinds of files wait for their clouds side by side, each in a house of its own.
  const lanes = FILE_KINDS.map((kind) => new KillLane(kind, rounds));
  after(async () => {
    for (const lane of lanes) await lane.close();
    print(results);
  });

  for (const point of KILL_POINTS) {
    it(`${point.name}: what was closed reaches the cloud once, the rest is a draft`, async () => {
      const done: KillResult[] = [];
      results.set(point.name, done);
      const turns = lanes.map(async (lane, first) => {
        for (let round = first; round < KILLS; round += lanes.length) done.push(await lane.kill(point));
      });
      const ended = await Promise.allSettled(turns);
      for (const turn of ended) if (turn.status === 'rejected') throw turn.reason;
      assert.equal(done.length, KILLS);
    });
  }
});

function print(results: ReadonlyMap<string, readonly KillResult[]>): void {
  console.log(`      ${'killed'.padEnd(50)} times  ready again  first write`);
  for (const [name, done] of results) {
    const slowest = (value: keyof KillResult): string =>
      `${Math.round(Math.max(0, ...done.map((one) => one[value])))} ms`.padStart(11);
    const times = String(done.length).padStart(5);
    console.log(`      ${name.padEnd(50)} ${times}  ${slowest('restart')}  ${slowest('firstWrite')}`);
  }
}
