import type { MemoryOutage } from '../../../src/drivers/memory/outages.js';
import type { CloudContents, ForeignWork } from '../../unit/vfs/model/cloud-hand.js';

/** What the mounting process is asked over the IPC channel, one after the other. */
export type Question =
  | { readonly do: 'foreign'; readonly work: ForeignWork }
  | { readonly do: 'outage'; readonly outage: MemoryOutage }
  /** What was to go wrong and has not yet goes well. */
  | { readonly do: 'heal' }
  | { readonly do: 'idle' }
  | { readonly do: 'contents'; readonly path: string }
  /** What is owed to the cloud, still open, or was logged as an error. */
  | { readonly do: 'leftovers' }
  | { readonly do: 'unmount' };

export type Answer =
  | { readonly kind: 'mounted' }
  | { readonly kind: 'done'; readonly value: boolean | CloudContents | readonly string[] }
  | { readonly kind: 'failed'; readonly message: string };
