import assert from 'node:assert/strict';
import { accountChecks } from './checks/account.js';
import { type Check, isLacking, runCheck } from './checks/check.js';
import { connectChecks } from './checks/connect.js';
import { entryChecks } from './checks/entry.js';
import { copyChecks } from './checks/copy.js';
import { everyVerbChecks } from './checks/every-verb.js';
import { factChecks } from './checks/facts.js';
import { linkChecks } from './checks/link.js';
import { listChecks } from './checks/list.js';
import { moveChecks } from './checks/move.js';
import { nameChecks } from './checks/name.js';
import { offlineChecks } from './checks/offline.js';
import { statChecks } from './checks/stat.js';
import type { ConformanceSubject, Need } from './checks/subject.js';
import { trashChecks } from './checks/trash.js';
import { uploadAgainChecks } from './checks/upload-again.js';
import { uploadChecks } from './checks/upload.js';

/** What every driver must pass: each promise of src/driver by the name that its comment quotes. */
export const CHECKS: readonly Check[] = [
  ...factChecks,
  ...connectChecks,
  ...listChecks,
  ...entryChecks,
  ...statChecks,
  ...linkChecks,
  ...nameChecks,
  ...moveChecks,
  ...uploadChecks,
  ...uploadAgainChecks,
  ...copyChecks,
  ...trashChecks,
  ...offlineChecks,
  ...everyVerbChecks,
  ...accountChecks,
];

/**
 * Declares the suite for one driver. The subject is made once; every check works in a folder of its own.
 * `lacks` names what the subject cannot do, and the verbs that its driver does not have.
 */
export function conformance(
  name: string,
  setup: () => Promise<ConformanceSubject>,
  lacks: readonly Need[] = [],
): void {
  describe(`conformance of ${name}`, () => {
    let subject: ConformanceSubject;

    before(async () => {
      subject = await setup();
    });
    after(() => subject.close());

    it('lacks only what it has to lack', () => {
      assert.deepEqual(
        lacks.filter((need) => !isLacking(need, subject, subject.account.drive(subject.root))),
        [],
      );
    });

    for (const check of CHECKS) {
      if (check.needs?.some((need) => lacks.includes(need)) === true) continue;
      it(check.name, () => runCheck(check, subject));
    }
  });
}
