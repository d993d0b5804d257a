/* What a daemon tells whoever listens, one JSON document a line. Times are milliseconds since the epoch, sizes bytes. */

interface Told<Type extends string> {
  readonly type: Type;
  /** When it happened. */
  readonly at: number;
}

/** Names or attributes that are not what they were, whoever changed them. */
export interface TreeEvent extends Told<'tree.changed'> {
  readonly drive: string;
  /** Inside the drive; not all of them when there are many. */
  readonly paths: readonly string[];
  /** How many more there are. */
  readonly more: number;
}

/** begun: bytes are hashed by now, and the cloud is asked. waits: it is tried again later. failed: a person decides. */
export interface UploadEvent extends Told<'upload.begun' | 'upload.done' | 'upload.waits' | 'upload.failed'> {
  readonly drive: string;
  /** As `transfers` shows it. */
  readonly id: string;
  readonly path: string;
  readonly size: number;
  /** Why it waits or failed; null otherwise. */
  readonly reason: string | null;
}

/** A removal, a move, a new name or a new folder that the cloud did not take. */
export interface ChangeEvent extends Told<'change.refused'> {
  readonly drive: string;
  readonly kind: 'makeDirectory' | 'rename' | 'move' | 'remove';
  readonly path: string;
  readonly reason: string;
}

/** gone: somebody took it out of the cloud's list. */
export interface OfflineTaskEvent extends Told<
  'offline.added' | 'offline.done' | 'offline.failed' | 'offline.gone'
> {
  readonly account: string;
  readonly id: string;
  readonly name: string | null;
  readonly link: string | null;
  readonly reason: string | null;
}

/** Whether a cloud takes calls of an account. */
export interface ThrottleEvent extends Told<'throttle.begun' | 'throttle.ended'> {
  readonly account: string;
  /** Until when nothing is asked; null when it has ended. */
  readonly until: number | null;
  readonly reason: string | null;
}

/** lost: a person has to log in again, `reason` says how. */
export interface LoginEvent extends Told<'login.lost' | 'login.ok'> {
  readonly account: string;
  readonly reason: string | null;
}

/** failed: it could not be mounted, and is tried again where that may help. */
export interface MountEvent extends Told<'mount.up' | 'mount.down' | 'mount.failed'> {
  /** The mount point. */
  readonly path: string;
  readonly drives: readonly string[];
  readonly reason: string | null;
}

/** The daemon is there: the first line, and one now and then. */
export type Heartbeat = Told<'heartbeat'>;

export type DaemonEvent =
  | TreeEvent
  | UploadEvent
  | ChangeEvent
  | OfflineTaskEvent
  | ThrottleEvent
  | LoginEvent
  | MountEvent
  | Heartbeat;

export type EventType = DaemonEvent['type'];

/** Every type but the heartbeat, which nobody asks for. */
export const EVENT_TYPES: readonly Exclude<EventType, 'heartbeat'>[] = [
  'tree.changed',
  'upload.begun',
  'upload.done',
  'upload.waits',
  'upload.failed',
  'change.refused',
  'offline.added',
  'offline.done',
  'offline.failed',
  'offline.gone',
  'throttle.begun',
  'throttle.ended',
  'login.lost',
  'login.ok',
  'mount.up',
  'mount.down',
  'mount.failed',
];

/** The route. */
export interface EventProtocol {
  /** Goes on until the client has enough. `types`: words such as `upload.done,offline`; all by default. */
  'GET /v1/events': {
    input: { readonly types?: string | undefined };
    output: never;
    progress: DaemonEvent;
  };
}
