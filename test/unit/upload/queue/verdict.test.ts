import assert from 'node:assert/strict';
import { FsError } from '../../../../src/lib/errors.js';
import { verdictOn } from '../../../../src/upload/queue/verdict.js';

describe('verdictOn', () => {
  it('waits for room that the cloud lacks, and not for that of this machine', () => {
    for (const errno of ['ENOSPC', 'EDQUOT'] as const) {
      assert.equal(verdictOn(new FsError(errno, 'the account is full', { reason: 'refused' })), 'full');
      assert.equal(verdictOn(new FsError(errno, 'state file journal.sqlite: the disk is full')), 'again');
    }
  });
});
