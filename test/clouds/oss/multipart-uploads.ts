import { createHash, randomBytes, type Hash } from 'node:crypto';

/** A part that arrived. Parts lie in the upload's file in the order of their coming. */
export interface StoredPart {
  readonly number: number;
  readonly position: number;
  readonly size: number;
  readonly etag: string;
  readonly crc64: string;
  /** Unix ms. */
  readonly modified: number;
}

/** An upload that was initiated and neither completed nor aborted. */
export interface MultipartUpload {
  readonly id: string;
  readonly object: string;
  readonly sequential: boolean;
  readonly path: string;
  readonly initiated: number;
  parts: readonly StoredPart[];
  /** Where the next part goes. */
  end: number;
}

/** Unfinished multipart uploads by their ids. */
export class MultipartUploads {
  #uploads = new Map<string, MultipartUpload>();
  /** SHA-1 of all parts so far of sequential uploads; not kept over a restart. */
  readonly #hashes = new Map<string, Hash>();

  list(): readonly MultipartUpload[] {
    return [...this.#uploads.values()];
  }

  load(uploads: readonly MultipartUpload[]): void {
    this.#uploads = new Map(uploads.map((upload) => [upload.id, { ...upload }]));
    this.#hashes.clear();
  }

  begin(upload: Pick<MultipartUpload, 'initiated' | 'object' | 'path' | 'sequential'>): MultipartUpload {
    const id = randomBytes(16).toString('hex').toUpperCase();
    const begun: MultipartUpload = { ...upload, id, parts: [], end: 0 };
    this.#uploads.set(id, begun);
    if (upload.sequential) this.#hashes.set(id, createHash('sha1'));
    return begun;
  }

  find(id: string, object: string): MultipartUpload | null {
    const upload = this.#uploads.get(id);
    return upload?.object === object ? upload : null;
  }

  forget(id: string): void {
    this.#uploads.delete(id);
    this.#hashes.delete(id);
  }

  /** The running SHA-1, to be gone on with; null when it is not known. */
  hash(id: string): Hash | null {
    return this.#hashes.get(id)?.copy() ?? null;
  }

  /** Adds a part that arrived whole, in place of one with its number; `hash` includes it. */
  add(upload: MultipartUpload, part: StoredPart, hash: Hash): void {
    upload.parts = [...upload.parts.filter(({ number }) => number !== part.number), part].sort(
      (one, other) => one.number - other.number,
    );
    if (this.#hashes.has(upload.id)) this.#hashes.set(upload.id, hash);
  }
}
