import assert from 'node:assert/strict';
import { isMadeBy } from '../../../../../src/drivers/pan115-open/upload/made-files.js';
import { directory, file } from '../account-under-test.js';

const SHA1 = 'AB'.repeat(20);
const BEGUN = Date.UTC(2026, 2, 2, 8, 0, 0, 700);
const SOUGHT = {
  file: { name: 'a.mkv', size: 5, folder: '307', sha1: SHA1, headSha1: SHA1 },
  begunAt: BEGUN,
  pickCode: 'e2k5',
};
const MADE = {
  name: 'a.mkv',
  size: 5,
  hash: { kind: 'sha1', value: SHA1 } as const,
  createdAt: Math.floor(BEGUN / 1000) * 1000,
};

describe('file of an upload whose answer was lost', () => {
  it('has the name, the bytes, and was made since the upload began', () => {
    assert.equal(isMadeBy(file('1', MADE), SOUGHT), true);
  });

  it('may have another name when it has the pick code of the upload', () => {
    const cut = { ...MADE, name: 'a.mk..', attributes: { pickcode: 'e2k5' } };
    assert.equal(isMadeBy(file('1', cut), SOUGHT), true);
    assert.equal(isMadeBy(file('1', cut), { ...SOUGHT, pickCode: null }), false);
  });

  for (const [what, change] of [
    ['another name', { name: 'b.mkv' }],
    ['another size', { size: 6 }],
    ['other bytes', { hash: { kind: 'sha1', value: 'CD'.repeat(20) } as const }],
    ['no hash', { hash: null }],
    ['been there before', { createdAt: BEGUN - 10_000 }],
  ] as const) {
    it(`is none that has ${what}`, () => {
      assert.equal(isMadeBy(file('1', { ...MADE, ...change }), SOUGHT), false);
    });
  }

  it('is no directory', () => {
    assert.equal(isMadeBy({ ...directory('1'), name: 'a.mkv', createdAt: BEGUN }, SOUGHT), false);
  });
});
