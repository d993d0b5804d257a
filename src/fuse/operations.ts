import type { Env } from '../lib/env.js';
import type { FsError } from '../lib/errors.js';
import type { Vfs } from '../vfs/vfs.js';
import { Answers, type OperationCounts, type PendingRequest } from './answers.js';
import { attributeOperations } from './attribute-operations.js';
import type { FuseOperations } from './binding.js';
import { DirectoryHandles } from './directory-handles.js';
import { directoryOperations } from './directory-operations.js';
import { fileOperations } from './file-operations.js';
import { nameOperations } from './name-operations.js';
import type { OperationParts } from './operation-parts.js';
import type { OperationTally } from './operation-tally.js';

/** Milliseconds until a request is answered ETIMEDOUT. */
export interface OperationDeadlines {
  readonly read: number;
  readonly metadata: number;
  /** For what waits until bytes are safe: with `close: sync` that is until the cloud has them. */
  readonly durable: number;
}

/** The kernel's requests, answered by a Vfs. */
export class Operations {
  readonly #vfs: Vfs;
  readonly #deadlines: OperationDeadlines;
  readonly #answers: Answers;
  readonly #directories: DirectoryHandles;
  readonly #isWriteback: () => boolean;

  /** `isWriteback` tells of the request being begun whether the kernel writes mapped pages back. */
  constructor(env: Env, vfs: Vfs, deadlines: OperationDeadlines, isWriteback: () => boolean) {
    this.#vfs = vfs;
    this.#deadlines = deadlines;
    this.#answers = new Answers(env);
    this.#directories = new DirectoryHandles(vfs);
    this.#isWriteback = isWriteback;
  }

  /** The callbacks for the binding. */
  table(): FuseOperations {
    const parts = this.#parts();
    const groups = [attributeOperations, directoryOperations, fileOperations, nameOperations];
    return Object.assign({}, ...groups.map((group) => group(parts))) as FuseOperations;
  }

  counts(): ReadonlyMap<string, OperationCounts> {
    return this.#answers.counts();
  }

  tallies(): ReadonlyMap<string, OperationTally> {
    return this.#answers.tallies();
  }

  pending(): readonly PendingRequest[] {
    return this.#answers.pending();
  }

  /** Answers everything that waits with this error. */
  abort(reason: FsError): void {
    this.#answers.abort(reason);
  }

  #parts(): OperationParts {
    const answers = this.#answers;
    const deadlines = this.#deadlines;
    return {
      vfs: this.#vfs,
      directories: this.#directories,
      isWriteback: this.#isWriteback,
      metadata: (operation, path, work, reply) => {
        const deadline = deadlines.metadata;
        answers.answer({ operation, path: path ?? '', urgency: 'lookup', deadline }, work, reply);
      },
      bytes: (operation, path, work, reply, wait = 'read') => {
        const deadline = deadlines[wait];
        answers.answer({ operation, path: path ?? '', urgency: 'reader', deadline }, work, reply);
      },
    };
  }
}
