import { Cleanup } from './cleanup.js';
import { compare, type Comparison, type Scene } from './comparison.js';
import type { PartResult } from './figures.js';
import { type BenchOptions, parseBenchArguments, usage } from './options.js';
import { circumstances, circumstancesText, partText } from './report.js';

/** A benchmark that a person starts. */
export interface Benchmark {
  readonly program: string;
  comparisons(quick: boolean): readonly Comparison[];
  /** Starts what is compared; the cleanup ends it. */
  open(options: BenchOptions, cleanup: Cleanup): Promise<Scene>;
}

/** Runs a benchmark from its command line; answers the exit code. Everything it started has ended then, also at Ctrl-C. */
export async function runBenchmark(benchmark: Benchmark, argv: readonly string[]): Promise<number> {
  const names = benchmark.comparisons(false);
  const cleanup = new Cleanup();
  try {
    const options = parseBenchArguments(argv, names);
    if (options === 'help') {
      process.stdout.write(usage(benchmark.program, names));
      return 0;
    }
    if (process.getuid?.() !== 0) throw new Error('run this as root: the kernel’s caches must be dropped');
    cleanup.onSignals();
    await measureAll(benchmark, options, cleanup);
    return 0;
  } catch (error) {
    // What was under way when Ctrl-C came fails, and nobody wants to hear it.
    if (cleanup.signal.aborted) return 130;
    process.stderr.write(`${benchmark.program}: ${error instanceof Error ? error.message : String(error)}\n`);
    return 1;
  } finally {
    await cleanup.run();
  }
}

async function measureAll(benchmark: Benchmark, options: BenchOptions, cleanup: Cleanup): Promise<void> {
  const now = circumstances();
  if (!options.json) process.stdout.write(`${circumstancesText(now)}\n\n`);
  const scene = await benchmark.open(options, cleanup);
  const results: PartResult[] = [];
  for (const comparison of benchmark.comparisons(options.quick)) {
    if (options.only.length > 0 && !options.only.includes(comparison.name)) continue;
    const result = await compare(scene, comparison);
    results.push(result);
    if (!options.json) process.stdout.write(`${partText(result)}\n`);
  }
  if (options.json)
    process.stdout.write(`${JSON.stringify({ circumstances: now, parts: results }, null, 2)}\n`);
}
