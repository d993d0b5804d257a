import type { DaemonEvent, TreeEvent, UploadEvent } from '../lib/event-protocol.js';
import { FsError } from '../lib/errors.js';
import { formatSize } from '../lib/quantity.js';
import type { Colour, Output } from './output.js';
import type { Action } from './session.js';

/** Events of which a person should take note. */
const COLOURS: Readonly<Partial<Record<DaemonEvent['type'], Colour>>> = {
  'upload.done': 'green',
  'upload.waits': 'yellow',
  'upload.failed': 'red',
  'change.refused': 'red',
  'offline.done': 'green',
  'offline.failed': 'red',
  'throttle.begun': 'yellow',
  'login.lost': 'red',
  'mount.failed': 'red',
};

const TYPE_COLUMN = 15;
const PATHS_SHOWN = 3;

/** `panfuse events`: until it is interrupted, the daemon ends, or nobody reads it any more. */
export function followEvents(types: string | undefined): Action {
  return async (session) => {
    const { output, signal, terminal } = session;
    const unread = new AbortController();
    const show = (event: DaemonEvent): void => {
      if (terminal.output.isClosed) unread.abort(new FsError('EINTR', 'nobody reads the events any more'));
      else if (event.type !== 'heartbeat') output.result(event, describeEvent(event, output));
    };
    const input = types === undefined ? {} : { types };
    const ends = AbortSignal.any([signal, unread.signal]);
    try {
      const control = await session.control();
      await control.follow(input, { signal: ends, onEvent: show });
    } catch (error) {
      if (!unread.signal.aborted) throw error;
    }
  };
}

/** One line: when, what, and about what. */
function describeEvent(event: Exclude<DaemonEvent, { type: 'heartbeat' }>, output: Output): string {
  const colour = COLOURS[event.type];
  const type = event.type.padEnd(TYPE_COLUMN);
  const time = new Date(event.at).toTimeString().slice(0, 8);
  return `${time}  ${colour === undefined ? type : output.paint(colour, type)} ${subjectOf(event)}`;
}

function subjectOf(event: Exclude<DaemonEvent, { type: 'heartbeat' }>): string {
  if (event.type === 'tree.changed') return pathsOf(event);
  const reason = event.reason === null ? '' : `: ${event.reason}`;
  if ('kind' in event) return `${event.drive}:${event.path} (${event.kind})${reason}`;
  if (isUpload(event)) return `${event.drive}:${event.path} (${formatSize(event.size)})${reason}`;
  if ('link' in event) return `${event.account} ${event.name ?? event.link ?? event.id}${reason}`;
  return `${'path' in event ? event.path : event.account}${reason}`;
}

function isUpload(event: DaemonEvent): event is UploadEvent {
  return event.type.startsWith('upload.');
}

function pathsOf({ drive, paths, more }: TreeEvent): string {
  const left = more + Math.max(0, paths.length - PATHS_SHOWN);
  const shown = paths.slice(0, PATHS_SHOWN).map((path) => `${drive}:${path}`);
  return left === 0 ? shown.join(', ') : `${shown.join(', ')} and ${left} more`;
}
