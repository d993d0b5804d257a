import type { CloudClock } from '../house/cloud-clock.js';
import { contentHash } from '../house/content.js';
import { copyStretches, type ObjectFiles } from './object-files.js';
import { MultipartUploads, type MultipartUpload, type StoredPart } from './multipart-uploads.js';

/** An object whose bytes are all there. */
export interface StoredObject {
  readonly name: string;
  readonly path: string;
  readonly size: number;
  readonly etag: string;
  /** Upper-case hex; null for parts that came in any order, of which the storage knows none. */
  readonly sha1: string | null;
}

export interface BucketState {
  readonly objects: readonly StoredObject[];
  readonly uploads: readonly MultipartUpload[];
}

/** What a bucket holds: objects and unfinished uploads. */
export class Bucket {
  readonly name: string;
  readonly files: ObjectFiles;
  readonly uploads = new MultipartUploads();
  readonly #clock: CloudClock;
  #objects = new Map<string, StoredObject>();

  constructor(name: string, files: ObjectFiles, clock: CloudClock) {
    this.name = name;
    this.files = files;
    this.#clock = clock;
  }

  save(): BucketState {
    return { objects: [...this.#objects.values()], uploads: this.uploads.list() };
  }

  load(state: BucketState): void {
    this.#objects = new Map(state.objects.map((object) => [object.name, object]));
    this.uploads.load(state.uploads);
  }

  has(object: string): boolean {
    return this.#objects.has(object);
  }

  put(object: StoredObject): void {
    this.#objects.set(object.name, object);
  }

  async initiate(object: string, sequential: boolean): Promise<MultipartUpload> {
    const path = await this.files.create();
    return this.uploads.begin({ object, sequential, path, initiated: this.#clock.now() });
  }

  /** Makes the object of the given parts and ends the upload. */
  async complete(upload: MultipartUpload, parts: readonly StoredPart[], etag: string): Promise<StoredObject> {
    const size = parts.reduce((sum, part) => sum + part.size, 0);
    const hash = this.uploads.hash(upload.id);
    // At once: a second completion finds no upload even while this one is still reading.
    this.uploads.forget(upload.id);
    const path = isContiguous(parts) ? upload.path : await this.#assemble(upload, parts);
    const all = upload.parts.length === parts.length;
    const known = all && hash !== null ? hash.digest('hex').toUpperCase() : null;
    const sha1 = upload.sequential ? (known ?? (await contentHash({ kind: 'disk', path }, size))) : null;
    const object = { name: upload.object, path, size, etag, sha1 };
    this.put(object);
    return object;
  }

  async abort(upload: MultipartUpload): Promise<void> {
    this.uploads.forget(upload.id);
    await this.files.remove(upload.path);
  }

  async #assemble(upload: MultipartUpload, parts: readonly StoredPart[]): Promise<string> {
    const path = await this.files.create();
    await copyStretches(upload.path, path, parts);
    await this.files.remove(upload.path);
    return path;
  }
}

/** Whether the parts lie in the file one behind the other from its start. */
function isContiguous(parts: readonly StoredPart[]): boolean {
  let end = 0;
  return parts.every((part) => {
    const follows = part.position === end;
    end += part.size;
    return follows;
  });
}
