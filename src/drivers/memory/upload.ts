import { createHash } from 'node:crypto';
import type { FileEntry } from '../../driver/entry.js';
import type {
  RapidContent,
  UploadCheckpoint,
  UploadContent,
  UploadProgress,
  UploadTarget,
} from '../../driver/writer.js';
import type { Call } from '../../lib/call.js';
import { FsError } from '../../lib/errors.js';
import { type ByteRange, rangeLength } from '../../lib/range.js';
import type { MemoryCloud } from './cloud.js';
import type { MemoryUploadRequest, MemoryUploadState } from './uploads.js';

/** A cloud that is not content with so many proofs never will be. */
const MOST_PROOFS = 10;

interface Parts {
  readonly key: string;
  /** Of the parts that have arrived, in order. */
  readonly tags: readonly string[];
}

/** Announces bytes by their hash and proves what the cloud wants proved. */
export async function announce(
  cloud: MemoryCloud,
  request: MemoryUploadRequest,
  content: RapidContent,
  call: Call,
): Promise<Exclude<MemoryUploadState, { kind: 'challenge' }>> {
  let proof: string | null = null;
  for (let round = 0; round <= MOST_PROOFS; round += 1) {
    const state: MemoryUploadState = await announced(cloud, request, proof, call);
    if (state.kind !== 'challenge') return state;
    const bytes = await content.read(state.range, call.signal);
    proof = createHash('sha1').update(bytes).digest('hex').toUpperCase();
  }
  throw new FsError('EIO', `${request.name}: the cloud wants ever more proofs`, { reason: 'reply' });
}

/** What the cloud wants to know of an upload. */
export function uploadRequest(
  key: string,
  { directory, name }: UploadTarget,
  { size, sha1 }: Pick<MemoryUploadRequest, 'size' | 'sha1'>,
): MemoryUploadRequest {
  return { key, directoryId: directory.id, name, size, sha1 };
}

/** One upload from a client's side: what it sends, and what it must remember to go on later. */
export class MemoryUpload {
  readonly #cloud: MemoryCloud;
  readonly #content: UploadContent;
  readonly #progress: UploadProgress;
  readonly #call: Call;

  constructor(cloud: MemoryCloud, content: UploadContent, progress: UploadProgress, call: Call) {
    this.#cloud = cloud;
    this.#content = content;
    this.#progress = progress;
    this.#call = call;
  }

  /** The file, once the cloud has all its bytes and has compared their hash. */
  async run(target: UploadTarget): Promise<FileEntry> {
    this.#call.signal.throwIfAborted();
    const saved = readCheckpoint(this.#progress.checkpoint);
    const key = saved?.key ?? this.#cloud.uploads.newKey();
    // The key comes to disk before the cloud hears it: if the answer is lost, the same upload is found again.
    if (saved === null) await this.#progress.save({ key, tags: [] });
    this.#progress.onStage('rapid');
    const { size, hashes } = this.#content;
    const request = uploadRequest(key, target, { size, sha1: hashes.sha1 });
    const state = await announce(this.#cloud, request, this.#content, this.#call);
    if (state.kind === 'done') return state.file;
    const tags = saved?.tags ?? [];
    const parts = await this.#send({ key, tags: tags.length <= state.received ? tags : [] });
    this.#progress.onStage('verify');
    return await this.#cloud.gate.perform(this.#call, 'complete', () =>
      this.#cloud.uploads.complete(parts.key, parts.tags),
    );
  }

  async #send({ key, tags }: Parts): Promise<Parts> {
    const { partSize } = this.#cloud.settings;
    const { size } = this.#content;
    const arrived = [...tags];
    this.#progress.onStage('parts');
    this.#progress.onSent(Math.min(arrived.length * partSize, size));
    for (let start = arrived.length * partSize; start < size; start += partSize) {
      const end = Math.min(start + partSize, size);
      arrived.push(await this.#sendPart(key, arrived.length, { start, end }));
      await this.#progress.save({ key, tags: [...arrived] });
      this.#progress.onSent(end);
    }
    return { key, tags: arrived };
  }

  async #sendPart(key: string, index: number, range: ByteRange): Promise<string> {
    const { signal } = this.#call;
    const length = rangeLength(range);
    await this.#progress.admit(length, signal);
    const bytes = await this.#content.read(range, signal);
    await this.#cloud.gate.transfer(length, signal);
    return await this.#cloud.gate.perform(this.#call, 'part', () =>
      this.#cloud.uploads.addPart(key, index, bytes),
    );
  }
}

async function announced(
  cloud: MemoryCloud,
  request: MemoryUploadRequest,
  proof: string | null,
  call: Call,
): Promise<MemoryUploadState> {
  return await cloud.gate.perform(call, 'announce', () => cloud.uploads.announce(request, proof));
}

/** Null for none, and for one of a shape that this driver did not write. */
function readCheckpoint(checkpoint: UploadCheckpoint | null): Parts | null {
  const { key, tags } = checkpoint ?? {};
  if (typeof key !== 'string' || !Array.isArray(tags)) return null;
  return tags.every((tag) => typeof tag === 'string') ? { key, tags } : null;
}
