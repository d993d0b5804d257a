import { runBenchmark } from './benchmark.js';
import type { Comparison } from './comparison.js';
import { openMetadataScene } from './metadata-scene.js';
import { findKnown, findUnknown } from './parts/find.js';
import { listLong } from './parts/list-long.js';
import { missingNames } from './parts/missing-names.js';

/** What is measured, in this order: the tree is unknown only once. */
function comparisons(quick: boolean): readonly Comparison[] {
  const rounds = quick ? 2 : 7;
  return [
    findUnknown(),
    findKnown('warm', rounds),
    findKnown('restart', quick ? 1 : 5),
    listLong(rounds),
    missingNames(),
  ];
}

process.exitCode = await runBenchmark(
  { program: 'metadata', comparisons, open: openMetadataScene },
  process.argv.slice(2),
);
