import { readdirSync, readFileSync } from 'node:fs';

/** The command lines of the processes whose command line names a path, but for this one's. */
export function processesNaming(path: string): readonly string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .map((pid) => commandLineOf(pid))
    .filter((line) => line.includes(path));
}

/** Empty for one that ended meanwhile. */
function commandLineOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch (error) {
    if (['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) return '';
    throw error;
  }
}
