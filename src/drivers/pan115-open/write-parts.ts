import type { Env } from '../../lib/env.js';
import type { ServerTime } from '../../net/server-time.js';
import type { OssClient } from '../oss/client.js';
import type { ChangesApi } from './api-changes.js';
import type { UploadApi } from './api-upload.js';
import type { OfflineApi } from './api-offline.js';
import type { BulkLane } from './bulk-lane.js';
import type { Folders } from './folders.js';
import type { RecentFiles } from './upload/recent-files.js';

/** What all writing of one account shares. */
export interface AccountWriteParts {
  readonly env: Env;
  readonly changes: ChangesApi;
  readonly uploads: UploadApi;
  readonly offline: OfflineApi;
  readonly storage: OssClient;
  readonly lane: BulkLane;
  /** The cloud's clock. */
  readonly time: ServerTime;
  readonly recent: RecentFiles;
  /** How long something new may be missing from listings, in milliseconds. */
  readonly listingLag: number;
}

/** What the write verbs of one drive work with. */
export interface WriteParts extends AccountWriteParts {
  readonly folders: Folders;
}
