import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Logger } from '../lib/env.js';

const run = promisify(execFile);

/**
 * Tells systemd about the daemon when it was started with `Type=notify`; otherwise does nothing.
 * Node cannot open datagram sockets, so this spawns `systemd-notify` (the unit needs NotifyAccess=all).
 */
export async function notifySystemd(log: Logger, state: 'ready' | 'stopping', status: string): Promise<void> {
  if (process.env['NOTIFY_SOCKET'] === undefined) return;
  try {
    await run('systemd-notify', [state === 'ready' ? '--ready' : 'STOPPING=1', `--status=${status}`]);
  } catch (error) {
    log.warn('systemd could not be told', { state, error });
  }
}
