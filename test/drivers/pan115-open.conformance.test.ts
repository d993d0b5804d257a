import { conformance } from './conformance.js';
import { pan115OpenSubject } from './pan115-open-subject.js';

conformance('115 Open', pan115OpenSubject);
