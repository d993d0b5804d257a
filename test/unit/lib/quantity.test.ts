import assert from 'node:assert/strict';
import { formatDuration, formatSize, parseDuration, parseSize } from '../../../src/lib/quantity.js';

describe('quantity', () => {
  it('parseSize reads units and refuses the rest', () => {
    assert.equal(parseSize('4096'), 4096);
    assert.equal(parseSize('128KiB'), 131072);
    assert.equal(parseSize('1.5 GiB'), 1610612736);
    for (const bad of ['', '1GB', '-1KiB', '1e3', 'KiB', '99999999TiB'])
      assert.equal(parseSize(bad), null, bad);
  });

  it('parseDuration reads units and refuses the rest', () => {
    assert.equal(parseDuration('500ms'), 500);
    assert.equal(parseDuration('24h'), 86_400_000);
    assert.equal(parseDuration('2d'), 172_800_000);
    for (const bad of ['', '5', '1w', '-1s', '1 h 2 m']) assert.equal(parseDuration(bad), null, bad);
  });

  it('formats sizes and durations for people', () => {
    assert.equal(formatSize(0), '0 B');
    assert.equal(formatSize(1536), '1.50 KiB');
    assert.equal(formatSize(20 * 1024 ** 3), '20.0 GiB');
    assert.equal(formatDuration(400), '0.4s');
    assert.equal(formatDuration(90_000), '90s');
    assert.equal(formatDuration(7_500_000), '2h 5m');
    assert.equal(formatDuration(10_800_000), '3h');
    assert.equal(formatDuration(365 * 86_400_000), '365d');
  });
});
