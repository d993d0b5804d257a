import { join } from 'node:path';
import type { ParsedFile } from './schema.js';

/** Where written bytes wait: beside all else that must not be lost when the file does not say. */
export function spoolPath({ upload, state }: ParsedFile): string {
  return upload.spool.path ?? join(state.path, 'spool');
}
