import type { Call } from '../lib/call.js';
import type { Vfs } from '../vfs/vfs.js';
import type { Reply } from './answers.js';
import type { DirectoryHandles } from './directory-handles.js';

/** What each group of callbacks works with. */
export interface OperationParts {
  readonly vfs: Vfs;
  readonly directories: DirectoryHandles;
  /** Whether the request being begun is the kernel's own writing of mapped pages. */
  readonly isWriteback: () => boolean;
  /** Answers a request about names or attributes. */
  readonly metadata: <T>(
    operation: string,
    path: string | null,
    work: (call: Call) => Promise<T>,
    reply: Reply<T>,
  ) => void;
  /** Answers a request that a program waits for with its bytes. */
  readonly bytes: <T>(
    operation: string,
    path: string | null,
    work: (call: Call) => Promise<T>,
    reply: Reply<T>,
    wait?: 'read' | 'durable',
  ) => void;
}

/** What throws or answers at once as something that may be waited for. */
export function settled<T>(work: () => T): Promise<T> {
  return new Promise((resolve) => resolve(work()));
}

/** The same bytes as the binding wants them. */
export function viewOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
