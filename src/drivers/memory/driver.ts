import type {
  DownloadLink,
  Driver,
  DriverFacts,
  LinkBatch,
  LinkOptions,
  Space,
} from '../../driver/driver.js';
import type { DirectoryEntry, Entry, FileEntry } from '../../driver/entry.js';
import type { Call } from '../../lib/call.js';
import { FsError, notFound } from '../../lib/errors.js';
import type { DriverWriter, RapidUpload, ServerCopy, Trash } from '../../driver/writer.js';
import type { MemoryCloud } from './cloud.js';
import type { OfflineDownloads } from '../../driver/offline.js';
import { MemoryCopy } from './copy.js';
import { MemoryOffline } from './offline.js';
import { MemoryRapid } from './rapid.js';
import { MemoryTrash } from './trash.js';
import { MemoryWriter } from './writer.js';

const USER_AGENT = 'panfuse-memory';

/** The verbs that a cloud may lack. */
export interface MemoryVerbs {
  readonly write: DriverWriter;
  readonly rapid: RapidUpload;
  readonly copy: ServerCopy;
  readonly trash: Trash;
  readonly offline: OfflineDownloads;
}

/** A drive of a memory cloud: the reference implementation of the port. */
export class MemoryDriver implements Driver, MemoryVerbs {
  readonly kind = 'memory';
  readonly facts: DriverFacts;
  readonly links: LinkBatch;
  readonly write: DriverWriter;
  readonly rapid: RapidUpload;
  readonly copy: ServerCopy;
  readonly trash: Trash;
  readonly offline: OfflineDownloads;
  protected readonly cloud: MemoryCloud;
  readonly #rootId: string;

  /** `verbs` take the place of the driver's own. */
  constructor(cloud: MemoryCloud, rootId: string, verbs: Partial<MemoryVerbs> = {}) {
    this.facts = cloud.facts;
    this.cloud = cloud;
    this.#rootId = rootId;
    this.write = verbs.write ?? new MemoryWriter(cloud);
    this.rapid = verbs.rapid ?? new MemoryRapid(cloud);
    this.copy = verbs.copy ?? new MemoryCopy(cloud);
    this.trash = verbs.trash ?? new MemoryTrash(cloud);
    this.offline = verbs.offline ?? new MemoryOffline(cloud);
    this.links = {
      limit: cloud.settings.linksPerCall,
      links: (files, call, options) => this.#links(files, call, options),
    };
  }

  async connect(call: Call): Promise<DirectoryEntry> {
    await this.cloud.gate.pass(call, 'connect');
    const root = this.cloud.entry(this.#rootId);
    if (root?.kind !== 'directory') throw notFound(`root folder ${this.#rootId}`);
    return root;
  }

  async *list(directory: DirectoryEntry, call: Call): AsyncIterable<readonly Entry[]> {
    let after: string | null = null;
    do {
      await this.cloud.gate.pass(call, 'list');
      const page = this.cloud.page(directory.id, after);
      if (page === null) throw notFound(directory.name);
      if (page.directoryId !== directory.id) {
        const message = `asked for folder ${directory.id}, the cloud listed ${page.directoryId}`;
        throw new FsError('EIO', message, { reason: 'reply' });
      }
      const entries = page.objects.filter((object) => object.complete).map((object) => object.entry);
      if (entries.length > 0) yield entries;
      after = page.next;
    } while (after !== null);
  }

  async stat(entry: Entry, call: Call): Promise<Entry | null> {
    await this.cloud.gate.pass(call, 'stat');
    return this.cloud.entry(entry.id);
  }

  async link(file: FileEntry, call: Call, options?: LinkOptions): Promise<DownloadLink> {
    await this.cloud.gate.pass(call, 'link');
    const known = this.#file(file.id);
    if (known === null) throw notFound(file.name);
    return this.cloud.links.issue(known, options?.userAgent ?? USER_AGENT);
  }

  async space(call: Call): Promise<Space | null> {
    await this.cloud.gate.pass(call, 'space');
    return this.cloud.space();
  }

  async #links(
    files: readonly FileEntry[],
    call: Call,
    options?: LinkOptions,
  ): Promise<ReadonlyMap<string, DownloadLink>> {
    if (files.length > this.links.limit) {
      throw new FsError('EINVAL', `${files.length} links asked for at once, at most ${this.links.limit}`);
    }
    await this.cloud.gate.pass(call, 'links');
    const userAgent = options?.userAgent ?? USER_AGENT;
    const known = files.map((file) => this.#file(file.id)).filter((file) => file !== null);
    return new Map(known.map((file) => [file.id, this.cloud.links.issue(file, userAgent)]));
  }

  #file(id: string): FileEntry | null {
    const entry = this.cloud.entry(id);
    return entry?.kind === 'file' ? entry : null;
  }
}
