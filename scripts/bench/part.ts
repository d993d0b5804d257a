import { Cleanup } from './cleanup.js';
import type { PartResult } from './figures.js';
import { type BenchOptions, parseBenchArguments, type PartName, usage } from './options.js';
import { circumstances, circumstancesText, partText } from './report.js';

/** One table of a benchmark; `H` is what its parts share. */
export interface Part<H> extends PartName {
  measure(house: H): Promise<PartResult>;
}

/** A benchmark that a person starts. */
export interface Benchmark<H> {
  readonly program: string;
  parts(quick: boolean): readonly Part<H>[];
  /** Starts what the parts share; the cleanup ends it. */
  open(options: BenchOptions, cleanup: Cleanup): Promise<H>;
}

/** Runs a benchmark from its command line; answers the exit code. Everything it started has ended then, also at Ctrl-C. */
export async function runBenchmark<H>(benchmark: Benchmark<H>, argv: readonly string[]): Promise<number> {
  const names = benchmark.parts(false);
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
    process.stderr.write(`${benchmark.program}: ${error instanceof Error ? error.message : String(error)}\n`);
    return 1;
  } finally {
    await cleanup.run();
  }
}

async function measureAll<H>(
  benchmark: Benchmark<H>,
  options: BenchOptions,
  cleanup: Cleanup,
): Promise<void> {
  const now = circumstances();
  if (!options.json) process.stdout.write(`${circumstancesText(now)}\n\n`);
  const house = await benchmark.open(options, cleanup);
  const results: PartResult[] = [];
  for (const part of benchmark.parts(options.quick)) {
    if (options.only.length > 0 && !options.only.includes(part.name)) continue;
    const result = await part.measure(house);
    results.push(result);
    if (!options.json) process.stdout.write(`${partText(result)}\n`);
  }
  if (options.json)
    process.stdout.write(`${JSON.stringify({ circumstances: now, parts: results }, null, 2)}\n`);
}
