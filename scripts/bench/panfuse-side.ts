import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type ControlClient, connectControl } from '../../src/control/client.js';
import type { CloudProcess } from '../../test/clouds/process.js';
import { abortMounts } from '../../test/mount/daemon/watchdog.js';
import { Child } from './child.js';
import type { RequestCounter, RequestCounts } from './request-counts.js';
import { type Side, untilMounted } from './side.js';

export interface PanfuseOptions {
  /** Once aborted, it is not started again. */
  readonly signal: AbortSignal;
  /** For the table; `panfuse` by default. */
  readonly name?: string;
  /** Counts the kernel's requests. */
  readonly counter?: RequestCounter;
  /** Folder for CPU profiles. */
  readonly profile?: string | null;
  /** Where it logs in; the cloud's ready login by default. */
  readonly refreshToken?: string;
  /** Keys of the account that differ from the defaults, and further sections of the configuration. */
  readonly account?: Readonly<Record<string, unknown>>;
  readonly sections?: Readonly<Record<string, unknown>>;
}

/** Milliseconds. */
const DRAIN_LIMIT = 15 * 60_000;
const PROGRAM = fileURLToPath(new URL('../../dist/main.js', import.meta.url));

/** Our daemon, as a user runs it: with its defaults, where the options say nothing else. */
export class PanfuseSide implements Side {
  readonly name: string;
  readonly cloud: CloudProcess;
  readonly #control: ControlClient;
  readonly #folder: string;
  readonly #mountPoint: string;
  readonly #options: PanfuseOptions;
  #child: Child | null = null;

  /** Keeps everything below the folder: login and tree survive a restart. */
  constructor(cloud: CloudProcess, folder: string, options: PanfuseOptions) {
    this.name = options.name ?? 'panfuse';
    this.cloud = cloud;
    this.#folder = folder;
    this.#mountPoint = join(folder, 'mount');
    this.#control = connectControl(join(folder, 'control', 'control.sock'));
    this.#options = options;
  }

  get pid(): number {
    if (this.#child === null) throw new Error('the daemon was not started');
    return this.#child.pid;
  }

  at(path: string): string {
    return join(this.#mountPoint, path);
  }

  async start(): Promise<void> {
    mkdirSync(this.#mountPoint, { recursive: true });
    const child = new Child(
      process.execPath,
      [...this.#flags(), PROGRAM, 'run', '--config', this.#writeConfig()],
      {
        log: join(this.#folder, 'panfuse.log'),
        signal: this.#options.signal,
        env: { ...process.env, ...programLine().env, ...this.#options.counter?.env },
      },
    );
    this.#child = child;
    await untilMounted(this.#mountPoint, child);
  }

  async bytesAsked(): Promise<number> {
    return (await this.#control.call('GET /v1/status', {})).content.bytes.wanted;
  }

  async requests(): Promise<RequestCounts | null> {
    return (await this.#options.counter?.counts(this.pid)) ?? null;
  }

  async drained(): Promise<void> {
    await this.#control.call('POST /v1/transfers/wait', { timeout: DRAIN_LIMIT });
  }

  async stop(): Promise<void> {
    await this.#child?.stop();
    // Whatever is left of the mount must not hold a reader for ever.
    abortMounts(this.#folder);
  }

  #writeConfig(): string {
    const { clientId } = this.cloud.login;
    const { refreshToken = this.cloud.login.refreshToken, account, sections } = this.#options;
    const login = { kind: '115-open', clientId, refreshToken, endpoints: this.cloud.endpoints };
    const path = join(this.#folder, 'config.yaml');
    const config = {
      accounts: { main: { ...login, ...account } },
      drives: { films: { account: 'main' } },
      mounts: [{ path: this.#mountPoint, drive: 'films' }],
      state: { path: join(this.#folder, 'state') },
      cache: { path: join(this.#folder, 'cache') },
      control: { socket: this.#control.path },
      ...sections,
    };
    // JSON is YAML.
    writeFileSync(path, JSON.stringify(config, null, 2), { mode: 0o600 });
    return path;
  }

  #flags(): readonly string[] {
    const { profile, counter } = this.#options;
    return [
      ...programLine().flags,
      ...(profile === undefined || profile === null ? [] : ['--cpu-prof', `--cpu-prof-dir=${profile}`]),
      ...(counter === undefined ? [] : [counter.flag]),
    ];
  }
}

/** How the program's first line starts it: `#!/usr/bin/env -S NAME=value … node --flag …`. */
function programLine(): { readonly env: Record<string, string>; readonly flags: readonly string[] } {
  const [line = ''] = readFileSync(PROGRAM, 'utf8').split('\n', 1);
  const [settings = '', flags = ''] = line.replace(/^#!\/usr\/bin\/env -S /, '').split(/ node ?/);
  const env: Record<string, string> = {};
  for (const [name = '', value = ''] of settings.split(' ').map((pair) => pair.split('='))) env[name] = value;
  return { env, flags: flags.split(' ').filter((flag) => flag !== '') };
}
