import { conformance } from './conformance.js';
import { pan115OpenSubject } from './pan115-open-subject.js';

describe('115 Open on the emulated cloud', function () {
  // Several parts are more than 60 MiB: a busy machine takes its time for them.
  this.timeout(60_000);
  conformance('115 Open', pan115OpenSubject);
});
