import assert from 'node:assert/strict';
import { judgeStatus, requestedWait } from '../../../src/net/http-verdict.js';

const NOW = Date.UTC(2026, 0, 1);

function waitOf(headers: Record<string, string>): number | null {
  return requestedWait({ get: (name) => headers[name] ?? null }, NOW);
}

describe('requested wait', () => {
  it('reads seconds, dates and points in time', () => {
    assert.equal(waitOf({ 'retry-after': '120' }), 120_000);
    assert.equal(waitOf({ 'retry-after': new Date(NOW + 5000).toUTCString() }), 5000);
    assert.equal(waitOf({ 'x-ratelimit-reset': '60' }), 60_000);
    assert.equal(waitOf({ 'x-ratelimit-reset': String(NOW / 1000 + 30) }), 30_000);
  });

  it('is counted by the clock of the server when the one here is wrong', () => {
    const YEAR = 365 * 86_400_000;
    for (const theirs of [NOW + YEAR, NOW - YEAR]) {
      const date = new Date(theirs).toUTCString();
      assert.equal(waitOf({ date, 'retry-after': new Date(theirs + 5000).toUTCString() }), 5000);
      assert.equal(waitOf({ date, 'x-ratelimit-reset': String(theirs / 1000 + 30) }), 30_000);
      assert.equal(waitOf({ date, 'retry-after': '120' }), 120_000);
    }
    assert.equal(waitOf({ date: 'soon', 'retry-after': new Date(NOW + 5000).toUTCString() }), 5000);
  });

  it('is 0 for what lies in the past and null for nonsense', () => {
    assert.equal(waitOf({ 'retry-after': new Date(NOW - 5000).toUTCString() }), 0);
    assert.equal(waitOf({ 'retry-after': 'soon' }), null);
    assert.equal(waitOf({}), null);
  });

  it('takes the second header when the first is nonsense', () => {
    assert.equal(waitOf({ 'retry-after': 'soon', 'x-ratelimit-reset': '3' }), 3000);
  });
});

describe('status', () => {
  it('decides what a reply means', () => {
    const kinds = [200, 204, 302, 401, 403, 404, 408, 429, 500, 503].map((status) => {
      const headers = { get: () => null, getSetCookie: () => [] };
      return judgeStatus({ status, headers, json: undefined, text: '' }).kind;
    });
    assert.deepEqual(kinds, [
      'ok',
      'ok',
      'failed',
      'unauthorized',
      'failed',
      'failed',
      'temporary',
      'throttled',
      'temporary',
      'temporary',
    ]);
  });
});
