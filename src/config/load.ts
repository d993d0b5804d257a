import { parse } from 'valibot';
import { DRIVER_KINDS } from '../drivers/index.js';
import type { AccountKind } from './account-kind.js';
import type { AccountConfig, Config, DriveConfig, MountConfig, MountDefaults } from './config.js';
import { configPath, type Host, systemHost } from './paths.js';
import { type ConfigFile, readConfigFile } from './read.js';
import { spoolPath } from './spool-path.js';

/**
 * The configuration of a file, or of the default place (`configPath`) for null. Rejects with FsError EINVAL
 * that names file, line, column and field of everything wrong, or says where it looked for a missing file (reason `gone`).
 */
export async function loadConfig(
  path: string | null,
  host: Host = systemHost(),
  kinds: readonly AccountKind[] = DRIVER_KINDS,
): Promise<Config> {
  return configOf(await readConfigFile(configPath(path, host), host, kinds));
}

function configOf(file: ConfigFile): Config {
  const { parsed } = file;
  return deepFreeze({
    file: file.path,
    warnings: file.warnings,
    accounts: accountsOf(file),
    drives: drivesOf(file),
    mounts: parsed.mounts.map(({ drive, drives, ...rest }): MountConfig => {
      if (drive !== undefined) return { ...rest, layout: 'drive', drives: [drive] };
      return { ...rest, layout: 'drives', drives: drives ?? [] };
    }),
    cache: parsed.cache,
    links: linksOf(file),
    upload: { ...parsed.upload, spool: { ...parsed.upload.spool, path: spoolPath(parsed) } },
    offline: parsed.offline,
    timeouts: parsed.timeouts,
    state: parsed.state,
    control: { socket: parsed.control.socket, group: parsed.control.group ?? null },
    metrics: { listen: parsed.metrics.listen ?? null },
    log: { level: parsed.log.level, file: parsed.log.file ?? null },
    network: parsed.network,
    mountDefaults: mountDefaultsOf(file),
  });
}

function drivesOf({ parsed }: ConfigFile): readonly DriveConfig[] {
  return Object.entries(parsed.drives).map(([name, { downloadProxy = null, ...drive }]) => ({
    ...{ name, ...drive, downloadProxy },
  }));
}

function linksOf({ parsed }: ConfigFile): Config['links'] {
  const { listen = null, token = null, url = null, ...rest } = parsed.links;
  return { ...rest, listen, token, url: url?.replace(/\/+$/, '') ?? null };
}

function accountsOf(file: ConfigFile): readonly AccountConfig[] {
  return Object.entries(file.parsed.accounts).map(([name, { kind }]) => ({
    name,
    kind,
    settings: file.settings.get(name) ?? {},
  }));
}

function mountDefaultsOf({ schema }: ConfigFile): MountDefaults {
  const mount = parse(schema.entries.mounts.wrapped.item, { path: '/' });
  const { readOnly, allowOther, uid, gid, umask, readAhead } = mount;
  return { readOnly, allowOther, uid, gid, umask, readAhead };
}

function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  for (const inner of Object.values(value)) deepFreeze(inner);
  return Object.freeze(value);
}
