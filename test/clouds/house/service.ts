import type { CallMeter, TrafficMeter } from './call-meter.js';
import type { CloudClock } from './cloud-clock.js';
import type { ConnectionLedger } from './connection-ledger.js';
import type { ControlRoute } from './control.js';
import type { Exchange } from './exchange.js';
import type { FaultSwitches } from './faults.js';
import type { ProfileSettings } from './profiles.js';

/** What the house gives to every cloud that lives in it. */
export interface House {
  readonly clock: CloudClock;
  readonly profile: ProfileSettings;
  readonly faults: FaultSwitches;
  /** Resource calls. */
  readonly calls: CallMeter;
  readonly traffic: TrafficMeter;
  /** Connections for file bytes by link. */
  readonly links: ConnectionLedger;
  /** Connections for file bytes by account. */
  readonly accounts: ConnectionLedger;
}

/** One of the hosts of a cloud. */
export interface CloudService {
  readonly name: string;
  readonly hosts: readonly string[];
  /** Whether a path belongs here when the Host header names no host of the cloud. */
  claims(path: string): boolean;
  /** Answers the request, or leaves it without an answer on purpose. */
  answer(exchange: Exchange): Promise<void>;
}

/** A login that is ready, so that a client can begin without a QR code. */
export interface ReadyLogin {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly userId: string;
  readonly accessToken: string;
  readonly refreshToken: string;
}

/** A whole cloud: its services and what the control path can do with it. */
export interface EmulatedCloud {
  readonly kind: string;
  readonly login: ReadyLogin;
  readonly services: readonly CloudService[];
  readonly routes: readonly ControlRoute[];
  /** Everything that must survive a restart, as JSON. */
  save(): unknown;
  /** Takes over what `save` gave. Throws when it is not from this kind of cloud. */
  load(state: unknown): void;
}
