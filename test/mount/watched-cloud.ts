import type { MemoryCloud } from '../../src/drivers/memory/cloud.js';
import { patternContent } from '../../src/drivers/memory/content.js';
import { MemoryTransport } from '../../src/drivers/memory/transport.js';
import { ROOT_ID } from '../../src/drivers/memory/tree.js';
import type { Entry } from '../../src/driver/entry.js';
import type { Transport, TransportRequest, TransportResponse } from '../../src/net/transport.js';
import { Bandwidth } from '../../src/upload/queue/bandwidth.js';
import type { CloudEntry, CloudFigures, CloudStatus, CloudWork } from './mount-protocol.js';

const CALLS = [
  ...['list', 'makeDirectory', 'rename', 'move', 'remove', 'copy', 'trash', 'restore'],
  ...['announce', 'part', 'complete', 'download'],
];

/** Counts the bytes that are downloaded. */
export class CountingTransport implements Transport {
  readonly #transport: MemoryTransport;
  #bytes = 0;

  constructor(transport: MemoryTransport) {
    this.#transport = transport;
  }

  get bytes(): number {
    return this.#bytes;
  }

  async request(request: TransportRequest): Promise<TransportResponse> {
    const response = await this.#transport.request(request);
    const { url, status, headers } = response;
    return {
      ...{ url, status, headers },
      body: this.#counted(response.body),
      text: (limit) => response.text(limit),
      discard: () => response.discard(),
    };
  }

  async close(): Promise<void> {
    await this.#transport.close();
  }

  async *#counted(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of body) {
      this.#bytes += chunk.length;
      yield chunk;
    }
  }
}

/** Counts the bytes that are uploaded. */
export class CountingBandwidth extends Bandwidth {
  #bytes = 0;

  get bytes(): number {
    return this.#bytes;
  }

  override async admit(bytes: number, signal: AbortSignal): Promise<void> {
    await super.admit(bytes, signal);
    this.#bytes += bytes;
  }
}

/** What a test looks at, and changes behind the back of the mount. */
export class WatchedCloud {
  readonly cloud: MemoryCloud;
  readonly transport: CountingTransport;
  readonly bandwidth: CountingBandwidth;

  constructor(cloud: MemoryCloud, bandwidth: CountingBandwidth) {
    this.cloud = cloud;
    this.transport = new CountingTransport(new MemoryTransport(cloud));
    this.bandwidth = bandwidth;
  }

  status(): CloudStatus {
    const bin = this.cloud.bin.entries().map(({ name }) => name);
    return { entries: [...this.#below(ROOT_ID, '')], bin, ...this.#figures() };
  }

  work(work: CloudWork): void {
    const { cloud } = this;
    if (work.do === 'hold') cloud.gate.hold();
    else if (work.do === 'release') cloud.gate.release();
    else if (work.do === 'resize') cloud.resize(work.total);
    else if (work.do === 'remove') cloud.remove(this.#id(work.path));
    else if (work.do === 'fill') {
      const directory = this.#id(work.path);
      for (let index = 0; index < work.count; index += 1)
        cloud.addFile(directory, `${index}`, patternContent(8, 0));
    } else if (work.do === 'add') {
      const [name = '', ...above] = work.path.split('/').reverse();
      cloud.addFile(this.#id(above.reverse().join('/')), name, patternContent(7, work.size));
    }
  }

  #figures(): CloudFigures {
    const { gate } = this.cloud;
    return {
      calls: Object.fromEntries(CALLS.map((name) => [name, gate.calls(name)])),
      fetched: this.transport.bytes,
      sent: this.bandwidth.bytes,
    };
  }

  #id(path: string): string {
    if (path === '' || path === '/') return ROOT_ID;
    const found = [...this.#below(ROOT_ID, '')].find((entry) => entry.path === path);
    if (found === undefined) throw new Error(`${path} is not in the cloud`);
    return found.id;
  }

  *#below(directoryId: string, prefix: string): Generator<CloudEntry> {
    for (const entry of this.#children(directoryId)) {
      const path = `${prefix}/${entry.name}`;
      const { id, kind } = entry;
      if (entry.kind === 'file') yield { path, id, kind, size: entry.size, sha1: entry.hash?.value ?? null };
      else yield { path, id, kind, size: null, sha1: null };
      if (kind === 'directory') yield* this.#below(id, path);
    }
  }

  *#children(directoryId: string): Generator<Entry> {
    let after: string | null = null;
    do {
      const page = this.cloud.page(directoryId, after);
      for (const { entry } of page?.objects ?? []) yield entry;
      after = page?.next ?? null;
    } while (after !== null);
  }
}
