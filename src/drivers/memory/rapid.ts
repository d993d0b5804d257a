import type { FileEntry } from '../../driver/entry.js';
import type { RapidContent, RapidUpload, UploadTarget } from '../../driver/writer.js';
import type { Call } from '../../lib/call.js';
import type { MemoryCloud } from './cloud.js';
import { announce, uploadRequest } from './upload.js';

/** Files of a memory cloud from the hashes of bytes that it knows. */
export class MemoryRapid implements RapidUpload {
  protected readonly cloud: MemoryCloud;

  constructor(cloud: MemoryCloud) {
    this.cloud = cloud;
  }

  async create(target: UploadTarget, content: RapidContent, call: Call): Promise<FileEntry | null> {
    call.signal.throwIfAborted();
    const { sha1 } = content.hashes;
    if (sha1 === null) return null;
    const request = uploadRequest(this.cloud.uploads.newKey(), target, { size: content.size, sha1 });
    const state = await announce(this.cloud, request, content, call);
    if (state.kind === 'done') return state.file;
    this.cloud.uploads.cancel(request.key);
    return null;
  }
}
