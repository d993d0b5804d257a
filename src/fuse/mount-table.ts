import { readFile } from 'node:fs/promises';

/** One line of the kernel's table of mounts. */
export interface MountEntry {
  readonly path: string;
  /** `major:minor`, the name of the mount under /sys. */
  readonly device: string;
  /** `ext4`, `fuse.panfuse` … */
  readonly type: string;
  /** What is mounted: a device, or the name that a FUSE file system gave itself. */
  readonly source: string;
}

/** What is mounted at exactly this path (no symbolic link in it); the uppermost when several are; null when nothing is. */
export async function mountAt(path: string): Promise<MountEntry | null> {
  const entries = parseMountInfo(await readFile('/proc/self/mountinfo', 'utf8'));
  return entries.findLast((entry) => entry.path === path) ?? null;
}

/** The lines of /proc/self/mountinfo (proc(5)). */
export function parseMountInfo(text: string): MountEntry[] {
  return text.split('\n').flatMap((line) => {
    const [before = '', after = ''] = line.split(' - ');
    const [, , device, , path] = before.split(' ');
    const [type, source] = after.split(' ');
    if (device === undefined || path === undefined || type === undefined || source === undefined) return [];
    return [{ device, path: unescape(path), type, source: unescape(source) }];
  });
}

// The kernel writes blanks, tabs, line ends and backslashes as three octal digits, one for each byte.
function unescape(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_match, octal: string) => String.fromCharCode(parseInt(octal, 8)));
}
