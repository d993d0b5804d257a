import { runBenchmark } from './benchmark.js';
import type { Comparison } from './comparison.js';
import { GIB, MIB } from './library.js';
import { copyIn } from './parts/copy-in.js';
import { readBesideUpload } from './parts/read-beside-upload.js';
import { smallFiles } from './parts/small-files.js';
import { sparseQueue } from './parts/sparse-queue.js';
import { knownContent, unknownContent } from './parts/upload.js';
import { openWriteScene } from './write-scene.js';

/** What is measured, in this order. */
function comparisons(quick: boolean): readonly Comparison[] {
  const rounds = quick ? 1 : 3;
  const files = quick ? 40 : 200;
  return [
    copyIn({ bytes: (quick ? 64 : 512) * MIB, rounds: quick ? 1 : 5 }),
    knownContent((quick ? 32 : 256) * MIB),
    unknownContent({ bytes: (quick ? 64 : 256) * MIB, rounds }),
    smallFiles('known', files),
    smallFiles('unknown', files),
    readBesideUpload({ read: (quick ? 64 : 256) * MIB, upload: (quick ? 128 : 512) * MIB, rounds }),
    sparseQueue({ files: 5, bytes: quick ? GIB / 4 : 5 * GIB }),
  ];
}

process.exitCode = await runBenchmark(
  { program: 'write', comparisons, open: openWriteScene },
  process.argv.slice(2),
);
