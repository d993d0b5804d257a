import assert from 'node:assert/strict';
import {
  readCheckpoint,
  type SavedUpload,
  writeCheckpoint,
} from '../../../../../src/drivers/pan115-open/upload/checkpoint.js';

const FILE = { name: '电影.mkv', size: 50, folder: '307', sha1: 'AB'.repeat(20), headSha1: 'CD'.repeat(20) };
const TASK = { pickCode: 'e2k5', bucket: 'fhnfile', object: '9f8e' };
const PARTS = { ...TASK, uploadId: 'U1', partSize: 20, etags: ['0'.repeat(32), 'F'.repeat(32)] };

const SAVED: readonly SavedUpload[] = [
  { begunAt: 1, savedAt: 2, state: { step: 'asked' } },
  { begunAt: 1, savedAt: 2, state: { step: 'whole', ...TASK } },
  { begunAt: 1, savedAt: 2, state: { step: 'sending', ...PARTS } },
  { begunAt: 1, savedAt: 2, state: { step: 'completing', ...PARTS } },
];

/** As a journal keeps it. */
function kept(saved: SavedUpload): Record<string, unknown> {
  return JSON.parse(JSON.stringify(writeCheckpoint(FILE, saved))) as Record<string, unknown>;
}

describe('upload checkpoint', () => {
  for (const saved of SAVED) {
    it(`comes back from JSON as it was when ${saved.state.step}`, () => {
      assert.deepEqual(readCheckpoint(kept(saved), FILE), saved);
    });

    it(`counts for no other bytes and no other place when ${saved.state.step}`, () => {
      for (const change of [{ name: 'x' }, { size: 51 }, { folder: '0' }, { sha1: 'EF'.repeat(20) }]) {
        assert.equal(readCheckpoint(kept(saved), { ...FILE, ...change }), null);
      }
    });
  }

  it('is nothing when it cannot be read', () => {
    const [, , sending] = SAVED;
    assert.ok(sending !== undefined);
    const whole = kept(sending);
    const state = whole['state'] as Record<string, unknown>;
    for (const broken of [
      null,
      {},
      { ...whole, version: 2 },
      { ...whole, begunAt: 'yesterday' },
      { ...whole, state: { ...state, step: 'flying' } },
      { ...whole, state: { ...state, uploadId: '' } },
      { ...whole, state: { ...state, partSize: 0 } },
      { ...whole, state: { ...state, etags: ['x'] } },
    ]) {
      assert.equal(readCheckpoint(broken, FILE), null, JSON.stringify(broken));
    }
  });
});
