import type { Comparison } from './comparison.js';
import { GIB, MIB } from './library.js';
import { runBenchmark } from './benchmark.js';
import { ffprobe } from './parts/ffprobe.js';
import { firstByteLinkKnown, firstByteLinkUnknown } from './parts/first-byte.js';
import { memory } from './parts/memory.js';
import { player, playerBesideScanner } from './parts/player.js';
import { probe } from './parts/probe.js';
import { reread } from './parts/reread.js';
import { eightReaders, fourReaders } from './parts/readers.js';
import { seeks } from './parts/seeks.js';
import { sequential } from './parts/sequential.js';
import { openReadScene } from './read-scene.js';

/** What is measured, in this order. */
function comparisons(quick: boolean): readonly Comparison[] {
  const rounds = quick ? 1 : 3;
  const readers = { bytes: (quick ? 16 : 64) * MIB, rounds };
  return [
    sequential({
      name: 'sequential-256m',
      bytes: (quick ? 64 : 256) * MIB,
      goal: 'at least 0.92 of two plain streams',
      rounds,
    }),
    sequential({
      name: 'sequential-1g',
      bytes: quick ? 128 * MIB : GIB,
      goal: 'at least 0.95 of two plain streams',
      rounds: 1,
    }),
    firstByteLinkKnown(quick ? 5 : 20),
    firstByteLinkUnknown(quick ? 3 : 20),
    seeks(rounds),
    probe('first', rounds),
    probe('second', 1),
    probe('restart', 1),
    player({ ms: quick ? 3000 : 10_000, rounds }),
    playerBesideScanner({ ms: quick ? 3000 : 10_000, scanned: quick ? 6 : 60 }),
    fourReaders(readers),
    eightReaders(readers),
    memory((quick ? 4 : 32) * MIB),
    reread((quick ? 64 : 2048) * MIB),
    ffprobe('first'),
    ffprobe('second'),
    ffprobe('restart'),
  ];
}

process.exitCode = await runBenchmark(
  { program: 'read', comparisons, open: openReadScene },
  process.argv.slice(2),
);
