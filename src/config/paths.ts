import { homedir } from 'node:os';
import { join } from 'node:path';

/** Who runs panfuse, as far as paths and defaults depend on it. */
export interface Host {
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
  /** The environment variables. */
  readonly variables: Readonly<Record<string, string | undefined>>;
}

/** Where things are when the configuration does not say. */
export interface DefaultPaths {
  readonly config: string;
  readonly state: string;
  readonly cache: string;
  readonly socket: string;
}

/** The user of this process. */
export function systemHost(): Host {
  const uid = process.getuid?.() ?? 0;
  return { uid, gid: process.getgid?.() ?? 0, home: homedir(), variables: process.env };
}

/** The system's directories for root, those of the XDG base directory specification for everybody else. */
export function defaultPaths(host: Host): DefaultPaths {
  if (host.uid === 0) {
    return {
      config: '/etc/panfuse/config.yaml',
      state: '/var/lib/panfuse',
      cache: '/var/cache/panfuse',
      socket: '/run/panfuse/control.sock',
    };
  }
  const state = join(baseDirectory(host, 'XDG_STATE_HOME') ?? join(host.home, '.local/state'), 'panfuse');
  const runtime = baseDirectory(host, 'XDG_RUNTIME_DIR');
  return {
    config: join(baseDirectory(host, 'XDG_CONFIG_HOME') ?? join(host.home, '.config'), 'panfuse/config.yaml'),
    state,
    cache: join(baseDirectory(host, 'XDG_CACHE_HOME') ?? join(host.home, '.cache'), 'panfuse'),
    // Without a login session there is no runtime directory; the state directory is private too.
    socket: join(runtime === null ? state : join(runtime, 'panfuse'), 'control.sock'),
  };
}

/** The configuration file: `named` (from `--config`) wins over PANFUSE_CONFIG, that over the default place. */
export function configPath(named: string | null, host: Host): string {
  const fromEnvironment = host.variables['PANFUSE_CONFIG'];
  if (named !== null) return named;
  return fromEnvironment === undefined || fromEnvironment === ''
    ? defaultPaths(host).config
    : fromEnvironment;
}

/** The specification says that a relative path in these variables is to be ignored. */
function baseDirectory(host: Host, variable: string): string | null {
  const value = host.variables[variable];
  return value?.startsWith('/') === true ? value : null;
}
