import { resolve } from 'node:path';
import type { Session } from './session.js';

/** `DRIVE:/FOLDER` as it is, else a path of this machine, made absolute. */
export function placeName(name: string, { terminal }: Session): string {
  return /^[^:/]+:(\/|$)/.test(name) ? name : resolve(terminal.directory, name);
}
