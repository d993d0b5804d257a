import type { Config } from '../config/config.js';
import { controlSocket } from '../config/control-socket.js';
import { loadConfig } from '../config/load.js';
import type { Host } from '../config/paths.js';
import { connectControl, type ControlClient } from '../control/client.js';
import { EXIT } from './exit-codes.js';
import { Output } from './output.js';
import type { Terminal } from './terminal.js';

/** Options that every command takes. */
export interface CommonOptions {
  readonly config: string | null;
  readonly json: boolean;
  readonly verbose: boolean;
}

/** One run of the program: what a command works with. */
export class Session {
  readonly terminal: Terminal;
  readonly output: Output;
  readonly options: CommonOptions;
  /** Aborts when the person interrupts. */
  readonly signal: AbortSignal;
  #exitCode: number = EXIT.done;

  constructor(terminal: Terminal, options: CommonOptions, signal: AbortSignal) {
    this.terminal = terminal;
    this.options = options;
    this.output = new Output(terminal, options);
    this.signal = signal;
  }

  /** What the program ends with when the action resolves. */
  get exitCode(): number {
    return this.#exitCode;
  }

  /** For an action that has told what is wrong as its result. */
  endWith(exitCode: number): void {
    this.#exitCode = exitCode;
  }

  /** The configuration; rejects as `loadConfig` does. */
  config(): Promise<Config> {
    return loadConfig(this.options.config, this.terminal.host);
  }

  /** The daemon that the configuration says where to find. */
  async control(): Promise<ControlClient> {
    return connectControl(await controlSocket(this.options.config, this.terminal.host));
  }
}

/** A command, ready to run. */
export type Action = (session: Session) => Promise<void>;

/** What to try when no daemon answers. */
export function daemonAdvice(host: Host): string {
  const start = 'Start one with: panfuse run (or: systemctl start panfuse).';
  return host.uid === 0 ? start : `${start} A daemon of root is asked with: sudo panfuse …`;
}
