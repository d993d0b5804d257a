import type { DownloadLink } from '../../driver/driver.js';
import type { DirectoryEntry, Entry, FileEntry } from '../../driver/entry.js';
import type { Call } from '../../lib/call.js';
import type { MemoryCloud } from './cloud.js';
import { MemoryDriver } from './driver.js';
import { WRITE_FAULTS } from './write-faults.js';

class DropsLastOfPage extends MemoryDriver {
  override async *list(directory: DirectoryEntry, call: Call): AsyncIterable<readonly Entry[]> {
    for await (const page of super.list(directory, call)) yield page.slice(0, -1);
  }
}

class YieldsTwice extends MemoryDriver {
  override async *list(directory: DirectoryEntry, call: Call): AsyncIterable<readonly Entry[]> {
    for await (const page of super.list(directory, call)) yield [...page, ...page.slice(-1)];
  }
}

class ListsUnknownAsEmpty extends MemoryDriver {
  override async *list(directory: DirectoryEntry, call: Call): AsyncIterable<readonly Entry[]> {
    if (this.cloud.entry(directory.id) !== null) yield* super.list(directory, call);
  }
}

class StatKnowsRemoved extends MemoryDriver {
  override async stat(entry: Entry, call: Call): Promise<Entry | null> {
    return (await super.stat(entry, call)) ?? entry;
  }
}

class StatIgnoresRename extends MemoryDriver {
  override async stat(entry: Entry, call: Call): Promise<Entry | null> {
    return (await super.stat(entry, call)) === null ? null : entry;
  }
}

class LinksRemoved extends MemoryDriver {
  override async link(file: FileEntry, call: Call): Promise<DownloadLink> {
    await this.cloud.gate.pass(call, 'link');
    return this.cloud.links.issue(file, 'panfuse-memory');
  }
}

class IgnoresAbort extends MemoryDriver {
  override async stat(entry: Entry, call: Call): Promise<Entry | null> {
    return await super.stat(entry, { signal: new AbortController().signal, urgency: call.urgency });
  }
}

const FAULTY_DRIVERS = {
  'list-drops-last-of-page': DropsLastOfPage,
  'list-yields-twice': YieldsTwice,
  'list-of-unknown-is-empty': ListsUnknownAsEmpty,
  'stat-knows-removed': StatKnowsRemoved,
  'stat-ignores-rename': StatIgnoresRename,
  'link-of-removed': LinksRemoved,
  'abort-ignored': IgnoresAbort,
} as const;

/** A breach of the port's contract that the conformance suite must find. */
export type MemoryFault = keyof typeof FAULTY_DRIVERS | keyof typeof WRITE_FAULTS;

/** Every fault that can be planted. */
export const MEMORY_FAULTS = [
  ...Object.keys(FAULTY_DRIVERS),
  ...Object.keys(WRITE_FAULTS),
] as readonly MemoryFault[];

/** A memory driver that breaks the port's contract in this one way. */
export function faultyDriver(cloud: MemoryCloud, rootId: string, fault: MemoryFault): MemoryDriver {
  if (isReadingFault(fault)) return new FAULTY_DRIVERS[fault](cloud, rootId);
  return new MemoryDriver(cloud, rootId, WRITE_FAULTS[fault](cloud));
}

function isReadingFault(fault: MemoryFault): fault is keyof typeof FAULTY_DRIVERS {
  return Object.hasOwn(FAULTY_DRIVERS, fault);
}
