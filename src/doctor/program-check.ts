import type { Finding } from '../lib/doctor-protocol.js';
import { findingsOf } from './findings.js';
import type { Machine } from './machine.js';

const { ok, warn, fail } = findingsOf('program');

/** The oldest Node that works, as package.json says. */
const NODE = [20, 19] as const;
/** What a waiting file operation must not use up. */
const THREADS = 16;
/** Connections, open files, spool and cache of a busy daemon. */
const OPEN_FILES = 4096;

/** What the process stands on: Node, its threads, its limits. */
export async function checkProgram(machine: Machine): Promise<readonly Finding[]> {
  return [checkNode(machine), checkThreads(machine), await checkOpenFiles(machine)];
}

function checkNode({ nodeVersion }: Machine): Finding {
  const [major = 0, minor = 0] = nodeVersion.split('.').map(Number);
  const isOldEnough = major > NODE[0] || (major === NODE[0] && minor >= NODE[1]);
  const words = `Node.js ${nodeVersion}`;
  return isOldEnough
    ? ok(null, words)
    : fail(null, `${words} is too old`, `install ${NODE.join('.')} or newer`);
}

function checkThreads({ threads }: Machine): Finding {
  if (threads >= THREADS) return ok(null, `${threads} threads for file operations`);
  const advice = 'start it as panfuse, or with UV_THREADPOOL_SIZE=16 set before node begins';
  return warn(null, `only ${threads} threads for file operations: a slow disk stops everything`, advice);
}

async function checkOpenFiles(machine: Machine): Promise<Finding> {
  const limits = await machine.read('/proc/self/limits').catch(() => '');
  const soft = /^Max open files +(\d+|unlimited)/m.exec(limits)?.[1] ?? null;
  if (soft === null) return ok(null, 'the limit of open files is not known');
  const words = `${soft} open files at once`;
  if (soft === 'unlimited' || Number(soft) >= OPEN_FILES) return ok(null, words);
  return warn(null, `only ${words}`, `ulimit -n ${OPEN_FILES}, or LimitNOFILE=${OPEN_FILES} in the unit`);
}
