import type { Drive } from '../../house/drive.js';
import type { House } from '../../house/service.js';
import type { StorageTokens } from '../../oss/storage-tokens.js';
import type { Challenges } from './challenges.js';
import type { KnownContents } from './known-content.js';
import type { UploadTasks } from './upload-tasks.js';

/** What the calls of an upload work on. */
export interface UploadParts {
  readonly house: House;
  readonly drive: () => Drive;
  readonly tasks: UploadTasks;
  readonly known: KnownContents;
  readonly challenges: Challenges;
  readonly tokens: StorageTokens;
  /** Address of the storage that clients are told; null = what fits the request. */
  readonly ossEndpoint: string | null;
}

/** The `data` of an answer. */
export type UploadData = Readonly<Record<string, unknown>>;
