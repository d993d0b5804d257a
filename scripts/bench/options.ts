import { parseArgs } from 'node:util';

export interface BenchOptions {
  /** Names of parts; empty = all. */
  readonly only: readonly string[];
  /** Fewer rounds and smaller files: shows that everything works, not how fast it is. */
  readonly quick: boolean;
  readonly json: boolean;
  readonly rclone: boolean;
  /** A folder for CPU profiles of the daemon, one for each of its lives. */
  readonly profile: string | null;
}

export interface PartName {
  readonly name: string;
  readonly title: string;
}

/** Reads the command line of a benchmark with these parts. Throws TypeError or RangeError in words. */
export function parseBenchArguments(
  argv: readonly string[],
  parts: readonly PartName[],
): BenchOptions | 'help' {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      only: { type: 'string', multiple: true, default: [] },
      quick: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      'no-rclone': { type: 'boolean', default: false },
      'cpu-profile': { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return 'help';
  const only = values.only.flatMap((names) => names.split(','));
  const unknown = only.find((name) => !parts.some((part) => part.name === name));
  if (unknown !== undefined) {
    throw new RangeError(`no part "${unknown}"; there are ${parts.map(({ name }) => name).join(', ')}`);
  }
  return {
    only,
    quick: values.quick,
    json: values.json,
    rclone: !values['no-rclone'],
    profile: values['cpu-profile'] ?? null,
  };
}

export function usage(program: string, parts: readonly PartName[]): string {
  return `Usage: scripts/bench/${program} [options]          (as root: it drops the kernel's caches)

  --only PART[,PART]  only these parts; again for more
  --quick             fewer rounds and smaller files
  --json              figures as JSON instead of tables
  --no-rclone         leave rclone out (it takes part when it is installed)
  --cpu-profile DIR   write CPU profiles of the daemon there

Parts:
${parts.map(({ name, title }) => `  ${name.padEnd(18)}${title}`).join('\n')}
`;
}
