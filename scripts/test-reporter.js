import { appendFileSync } from 'node:fs';
import Mocha from 'mocha';

/** Mocha's spec report, which also leaves its counts for `scripts/test` to add up. */
export default class CountingReporter extends Mocha.reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    runner.once('end', () => {
      const { passes, failures, pending } = this.stats;
      const file = process.env.PANFUSE_TEST_COUNTS;
      if (file) appendFileSync(file, `${passes} ${failures} ${pending}\n`);
    });
  }
}
