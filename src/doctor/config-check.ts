import type { Config } from '../config/config.js';
import type { Finding } from '../lib/doctor-protocol.js';
import { findingsOf } from './findings.js';
import { wordsOf } from './machine.js';

const { ok, warn, fail } = findingsOf('config');

/** A configuration file that was read, or why it could not be. */
export type ReadConfig = { readonly config: Config } | { readonly error: unknown };

/**
 * Whether the configuration is right. `inForce` is what a daemon began with, whatever the file says now; null without a
 * daemon.
 */
export function checkConfig(read: ReadConfig, inForce: Config | null): readonly Finding[] {
  if (!('error' in read)) {
    const { config } = read;
    const { file, accounts, drives, mounts, warnings } = config;
    const counts = `accounts: ${accounts.length}, drives: ${drives.length}, mounts: ${mounts.length}`;
    const changed = inForce !== null && JSON.stringify(inForce) !== JSON.stringify(config);
    return [
      ok(file, counts),
      ...warnings.map((warning) => warn(file, warning)),
      ...(changed
        ? [
            warn(
              file,
              'it was changed since the daemon began',
              'systemctl restart panfuse, or stop and run it again',
            ),
          ]
        : []),
    ];
  }
  if (inForce === null) return [fail(null, wordsOf(read.error), 'panfuse config check says more')];
  const message = `the daemon works with what it read, but would not start again: ${wordsOf(read.error)}`;
  return [fail(inForce.file, message, 'correct it: panfuse config check')];
}
