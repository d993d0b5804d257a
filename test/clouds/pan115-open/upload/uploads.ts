import { isIP } from 'node:net';
import type { ControlRoute } from '../../house/control.js';
import type { ContentSpec } from '../../house/content.js';
import type { Drive } from '../../house/drive.js';
import type { CloudService, House } from '../../house/service.js';
import { Bucket, type BucketState } from '../../oss/bucket.js';
import { ObjectFiles } from '../../oss/object-files.js';
import { Storage } from '../../oss/storage.js';
import { StorageTokens, type StorageToken } from '../../oss/storage-tokens.js';
import type { Endpoints } from '../api-service.js';
import { Challenges, type Challenge } from './challenges.js';
import { completeCallback } from './completion.js';
import { uploadEndpoints } from './endpoints.js';
import { KnownContents, type KnownContent } from './known-content.js';
import { OSS_HOST, UploadTokenPage } from './token.js';
import type { UploadParts } from './upload-parts.js';
import { BUCKET, UploadTasks, type UploadTask } from './upload-tasks.js';

export interface UploadsState {
  readonly tasks: readonly UploadTask[];
  readonly challenges: readonly Challenge[];
  readonly known: readonly KnownContent[];
  readonly tokens: readonly StorageToken[];
  readonly bucket: BucketState;
}

export interface UploadsOptions {
  /** Folder for uploaded bytes that outlives the cloud; null = one that goes with it. */
  readonly objects: string | null;
  readonly ossEndpoint: string | null;
}

/** Everything an upload needs: calls, credentials, the storage and what became of uploads. */
export class Uploads {
  readonly services: readonly CloudService[];
  readonly endpoints: Endpoints;
  readonly routes: readonly ControlRoute[];
  readonly #tasks = new UploadTasks();
  readonly #known = new KnownContents();
  readonly #challenges = new Challenges();
  readonly #tokens: StorageTokens;
  readonly #bucket: Bucket;
  readonly #storage: Storage;

  constructor(house: House, drive: () => Drive, { objects, ossEndpoint }: UploadsOptions) {
    this.#tokens = new StorageTokens(house);
    this.#bucket = new Bucket(BUCKET, new ObjectFiles(objects), house.clock);
    const parts: UploadParts = {
      house,
      drive,
      tasks: this.#tasks,
      known: this.#known,
      challenges: this.#challenges,
      tokens: this.#tokens,
      ossEndpoint,
    };
    const storage = {
      house,
      bucket: this.#bucket,
      tokens: this.#tokens,
      onCallback: completeCallback.bind(null, parts),
    };
    this.#storage = new Storage(storage, [OSS_HOST, 'oss.localhost', ...namesIn(ossEndpoint)]);
    this.services = [this.#storage, new UploadTokenPage(parts)];
    this.endpoints = uploadEndpoints(parts);
    this.routes = this.#buildRoutes();
  }

  save(): UploadsState {
    return {
      tasks: this.#tasks.list(),
      challenges: this.#challenges.save(),
      known: this.#known.list(),
      tokens: this.#tokens.save(),
      bucket: this.#bucket.save(),
    };
  }

  load(state: UploadsState): void {
    this.#tasks.load(state.tasks);
    this.#challenges.load(state.challenges);
    this.#known.load(state.known);
    this.#tokens.load(state.tokens);
    this.#bucket.load(state.bucket);
  }

  close(): Promise<void> {
    return this.#bucket.files.close();
  }

  #buildRoutes(): ControlRoute[] {
    return [
      { method: 'GET', path: 'uploads', run: () => this.#tasks.list() },
      { method: 'GET', path: 'uploads/parts', run: () => this.#bucket.uploads.list() },
      {
        method: 'DELETE',
        path: 'uploads/parts',
        run: () => Promise.all(this.#bucket.uploads.list().map((upload) => this.#bucket.abort(upload))),
      },
      { method: 'POST', path: 'storage-tokens/expire', run: () => this.#tokens.expireAll() },
      { method: 'GET', path: 'storage/stats', run: () => this.#figures() },
      { method: 'DELETE', path: 'storage/stats', run: () => this.#clearFigures() },
      { method: 'GET', path: 'known', run: () => this.#known.list() },
      {
        method: 'POST',
        path: 'known',
        run: ({ body }) => {
          const { content, size, sha1 } = body as unknown as {
            readonly content: ContentSpec;
            readonly size: number;
            readonly sha1?: string;
          };
          return this.#known.add(content, size, sha1);
        },
      },
    ];
  }

  #figures() {
    return { calls: this.#storage.calls.figures(), bytesReceived: this.#storage.received.sent };
  }

  #clearFigures(): void {
    this.#storage.calls.clear();
    this.#storage.received.clear();
  }
}

/** The host name of an address; an IP address is shared by all services and told apart by path. */
function namesIn(address: string | null): readonly string[] {
  if (address === null) return [];
  const { hostname } = new URL(address);
  return isIP(hostname.replaceAll(/^\[|\]$/g, '')) !== 0 || hostname === 'localhost' ? [] : [hostname];
}
