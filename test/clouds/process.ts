import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { ControlClient } from './control-client.js';
import type { FaultName, FaultSetting } from './house/faults.js';
import type { LibraryName } from './house/libraries.js';
import type { Profile, ProfileName } from './house/profiles.js';
import type { ReadyLine } from './main.js';

/** How to start a cloud. */
export interface CloudOptions {
  readonly address?: string;
  /** 0, the default, takes any free one. */
  readonly port?: number;
  /** Paths of PEM files; without them plain HTTP. */
  readonly tls?: { readonly cert: string; readonly key: string };
  /** `fast` by default. */
  readonly profile?: ProfileName;
  /** Changes to the profile. */
  readonly settings?: Partial<Profile>;
  /** `small` by default. */
  readonly library?: LibraryName;
  /** A real video shown by the demo library. */
  readonly film?: string;
  readonly faults?: Readonly<Partial<Record<FaultName, FaultSetting>>>;
  /** File for the request log. */
  readonly log?: string;
  /** File the state is loaded from and saved to. */
  readonly state?: string;
  readonly linkHost?: string;
  /** Address of the storage that clients are told; the cloud's own one by default. */
  readonly ossEndpoint?: string;
}

/** A cloud in a process of its own, and everything a test can do with it. */
export class CloudProcess extends ControlClient {
  /** Base address of all its services, e.g. http://127.0.0.1:40123; they are told apart by path. */
  readonly url: string;
  /** For a driver's `endpoints`: every service has the same base address. */
  readonly endpoints: { readonly api: string; readonly passport: string; readonly qrcode: string };
  /** App and tokens that are ready to be used. */
  readonly login: ReadyLine['login'];
  readonly #child: ChildProcess;

  constructor(child: ChildProcess, ready: ReadyLine) {
    super(ready.control);
    this.#child = child;
    this.url = ready.url;
    this.endpoints = { api: ready.url, passport: ready.url, qrcode: ready.url };
    this.login = ready.login;
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Ends the process; resolves when it is gone and its state, if asked for, is saved. May be called twice. */
  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const gone = once(this.#child, 'exit');
    this.#child.kill('SIGTERM');
    await gone;
  }
}

/** Starts a cloud and resolves when it listens. Rejects with what it wrote when it does not come up. */
export async function startCloud(options: CloudOptions = {}): Promise<CloudProcess> {
  const loader = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
  const program = fileURLToPath(new URL('main.ts', import.meta.url));
  // The IPC channel is never used: when this process dies it closes, and the cloud ends too.
  const child = spawn(process.execPath, ['--import', loader, program, ...argumentsOf(options)], {
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    // Ctrl-C in a terminal is for whoever started the cloud; that one stops it when its own work is done.
    detached: true,
  });
  return new CloudProcess(child, await firstLine(child));
}

async function firstLine(child: ChildProcess): Promise<ReadyLine> {
  if (child.stdout === null) throw new Error('the cloud has no output');
  const lines = createInterface(child.stdout);
  const [line] = (await Promise.race([
    once(lines, 'line'),
    once(child, 'exit').then(([code]) => {
      throw new Error(`the cloud did not start (exit ${String(code)})`);
    }),
  ])) as [string];
  return JSON.parse(line) as ReadyLine;
}

function argumentsOf(options: CloudOptions): string[] {
  const { settings = {}, faults = {}, tls } = options;
  const flags: Readonly<Record<string, string | number | undefined>> = {
    address: options.address,
    port: options.port,
    profile: options.profile,
    library: options.library ?? 'small',
    film: options.film,
    log: options.log,
    state: options.state,
    'link-host': options.linkHost,
    'oss-endpoint': options.ossEndpoint,
    'tls-cert': tls?.cert,
    'tls-key': tls?.key,
  };
  return [
    ...Object.entries(flags).flatMap(([name, value]) =>
      value === undefined ? [] : [`--${name}`, String(value)],
    ),
    ...Object.entries(settings).flatMap(([name, value]) => ['--set', `${name}=${value ?? 'none'}`]),
    ...Object.entries(faults).flatMap(([name, setting]) => ['--fault', faultText(name, setting)]),
  ];
}

function faultText(name: string, setting: FaultSetting): string {
  const parts = Object.entries(setting).map(([key, value]) => `${key}:${value}`);
  return parts.length === 0 ? name : `${name}=${parts.join(',')}`;
}
