import { conformance } from './conformance.js';
import { memorySubject } from './memory-subject.js';

conformance('memory', () => memorySubject());

conformance('memory with late listings, lasting links and mutable content', () =>
  memorySubject({ listingLag: 5000, linkLifetime: null, immutableContent: false, connectionsPerLink: 4 }),
);

conformance('memory with narrow rules and many proofs', () =>
  memorySubject({
    batch: 1,
    emptyFiles: false,
    largestFile: 2 * 1024 ** 2,
    challenges: 3,
    forbiddenCharacters: '"<>',
  }),
);
