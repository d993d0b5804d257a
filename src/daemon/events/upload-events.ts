import type { UploadEvent } from '../../upload/upload-event.js';
import type { NewEvent } from './events.js';

/** What happened to an upload or a change of a drive, as listeners hear it. */
export function uploadEvent(drive: string, event: UploadEvent): NewEvent {
  if (event.kind === 'refused') {
    const { kind, path, reason } = event.change;
    return { type: 'change.refused', drive, kind, path, reason };
  }
  const { kind, ...file } = event;
  return { type: `upload.${kind}`, drive, ...file };
}
