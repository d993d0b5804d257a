import type { Finding } from '../lib/doctor-protocol.js';
import { findingsOf } from './findings.js';
import { codeOf, type Machine, wordsOf } from './machine.js';

const { ok, warn, fail } = findingsOf('daemon');

/** Permission bits of users that are neither the owner nor of the group. */
const STRANGERS = 0o007;

/** Whether a daemon can be asked. `isRunning` says whether this is the daemon itself, or one has answered. */
export async function checkSocket(machine: Machine, path: string, isRunning: boolean): Promise<Finding> {
  try {
    const found = await machine.stat(path);
    if (!found.isSocket()) {
      return fail(path, 'is in the way: it is no socket', `move it, or set control.socket`);
    }
    if (!isRunning) {
      return warn(path, 'is left of a daemon that has ended', 'the next one removes it: panfuse run');
    }
    if ((found.mode & STRANGERS) !== 0) return fail(path, 'is open to everybody', `chmod o= ${path}`);
    return ok(path, 'a daemon answers here');
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') return fail(path, wordsOf(error), 'run this as the user of the daemon');
    if (isRunning) return fail(path, 'has gone: nobody can ask the daemon', 'restart it');
    return warn(path, 'no daemon is running', 'panfuse run, or systemctl start panfuse');
  }
}
