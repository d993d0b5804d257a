import assert from 'node:assert/strict';
import { DownloadPace } from '../../../src/content/download-pace.js';
import { KIB, MIB } from './bench.js';

const STALL = 15_000;

/** A pace after so many requests, each of whose answers took `ms` to begin. */
function after(requests: number, ms: number): DownloadPace {
  const pace = new DownloadPace(STALL);
  for (let request = 0; request < requests; request += 1) pace.answered(ms);
  return pace;
}

describe('the pace of downloads', () => {
  it('is patient until it knows the cloud', () => {
    assert.equal(after(9, 30).stall, STALL);
    assert.equal(new DownloadPace(STALL).skip, MIB);
  });

  it('gives a connection up soon where answers come soon, but not at once', () => {
    assert.equal(after(10, 30).stall, 3000);
    assert.equal(after(10, 1000).stall, 5000);
  });

  it('never waits longer than it was told to', () => {
    assert.equal(after(10, 60_000).stall, STALL);
  });

  it('waits longer after it has waited in vain, or longer than before, until that is long ago', () => {
    const pace = after(20, 30);
    pace.stalled(pace.stall);
    assert.equal(pace.stall, STALL);
    for (let request = 0; request < 50; request += 1) pace.answered(30);
    assert.equal(pace.stall, 3000);
    pace.quiet(2000);
    assert.equal(pace.stall, 10_000);
  });

  it('skips what an open connection brings while another would begin', () => {
    const pace = after(10, 40);
    pace.carried(20 * MIB, 1000);
    assert.equal(Math.round(pace.skip / KIB), 819);
  });

  it('skips neither nothing nor a film', () => {
    const slow = after(10, 40);
    slow.carried(MIB, 60_000);
    assert.equal(slow.skip, 128 * KIB);
    const fast = after(10, 1000);
    fast.carried(100 * MIB, 1000);
    assert.equal(fast.skip, 16 * MIB);
  });

  it('learns no speed from a few bytes', () => {
    const pace = after(10, 40);
    pace.carried(64 * KIB, 1);
    assert.equal(pace.skip, MIB);
  });
});
