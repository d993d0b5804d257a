import { readFile } from 'node:fs/promises';
import { loadConfig } from '../config/load.js';
import type { Env } from '../lib/env.js';
import { Daemon } from './daemon.js';
import { systemEnvironment } from './environment.js';
import { Logging } from './logging.js';
import { notifySystemd } from './systemd.js';

export interface RunOptions {
  /** The configuration file; null for the default place. */
  readonly configPath: string | null;
}

/**
 * Runs the daemon until a signal ends it and resolves when everything is unmounted and stored.
 * Rejects with FsError when it cannot start: the message says what to do.
 */
export async function runDaemon(options: RunOptions): Promise<void> {
  const config = await loadConfig(options.configPath);
  const log = Logging.create(config.log);
  const env = systemEnvironment(log);
  for (const warning of config.warnings) env.log.warn(warning);
  const stopped = stopSignal(env);
  // The FUSE binding does not keep the process alive.
  const alive = setInterval(() => undefined, 60_000);
  try {
    const daemon = await Daemon.start(env, config, { version: await packageVersion(), log });
    await notifySystemd(env.log, 'ready', `${config.mounts.length} mounts configured`);
    env.log.info('ready', { pid: process.pid, control: config.control.socket });
    await stopped;
    await notifySystemd(env.log, 'stopping', 'unmounting');
    await daemon.stop();
    env.log.info('stopped');
  } finally {
    clearInterval(alive);
  }
}

/** The version in package.json. */
export async function packageVersion(): Promise<string> {
  const text = await readFile(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { readonly version: string }).version;
}

/** Resolves at the first signal; at the second the process ends at once. */
function stopSignal(env: Env): Promise<void> {
  return new Promise((resolve) => {
    let asked = false;
    const stop = (signal: NodeJS.Signals): void => {
      if (asked) process.exit(130);
      asked = true;
      env.log.info('stopping', { signal });
      resolve();
    };
    // A terminal that closes, or Ctrl-\\ in it, must not leave a dead mount behind either.
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const) process.on(signal, stop);
  });
}
