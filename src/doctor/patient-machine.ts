import type { Clock } from '../lib/env.js';
import type { Machine } from './machine.js';
import { within } from './within.js';

/** How long a file system, a program or a name server may take, in milliseconds. */
const PATIENCE = 5000;

/** The same machine, of which nothing is waited for without end: what hangs is what somebody looks for. */
export function patientMachine(clock: Clock, machine: Machine): Machine {
  const soon = <T>(work: Promise<T>): Promise<T> => within(clock, PATIENCE, work);
  return {
    uid: machine.uid,
    nodeVersion: machine.nodeVersion,
    threads: machine.threads,
    read: (path) => soon(machine.read(path)),
    stat: (path) => soon(machine.stat(path)),
    mayUse: (path) => soon(machine.mayUse(path)),
    look: (path) => soon(machine.look(path)),
    roomAt: (path) => soon(machine.roomAt(path)),
    run: (program, words) => soon(machine.run(program, words)),
    address: (host) => soon(machine.address(host)),
  };
}
