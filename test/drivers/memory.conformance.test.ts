import { conformance } from './conformance.js';
import { memorySubject } from './memory-subject.js';

conformance('memory', () => memorySubject());

conformance('memory with late listings, lasting links and mutable content', () =>
  memorySubject({ listingLag: 5000, linkLifetime: null, immutableContent: false, connectionsPerLink: 4 }),
);
