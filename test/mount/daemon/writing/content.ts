import { createHash, randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { House } from '../house.js';

/** Bytes that lie outside the mount, for programs to copy. */
export interface SourceFile {
  readonly path: string;
  readonly size: number;
  /** Upper-case hexadecimal. */
  readonly sha1: string;
}

/** Random bytes that no cloud knows, in a file of the house. */
export function sourceFile(house: House, name: string, size: number): SourceFile {
  const bytes = randomBytes(size);
  const path = join(house.directory('sources'), name);
  writeFileSync(path, bytes);
  return { path, size, sha1: createHash('sha1').update(bytes).digest('hex').toUpperCase() };
}

/** As `sourceFile`, of bytes that somebody else has uploaded before. */
export async function knownFile(house: House, name: string, size: number): Promise<SourceFile> {
  const file = sourceFile(house, name, size);
  await house.cloud.makeKnown({ content: { kind: 'disk', path: file.path }, size, sha1: file.sha1 });
  return file;
}
