import type { FileEntry } from '../../driver/entry.js';
import type { RapidContent, RapidUpload, UploadProgress, UploadTarget } from '../../driver/writer.js';
import type { Call } from '../../lib/call.js';
import { checkName } from './names.js';
import { type AnnouncedContent, UploadJob } from './upload/job.js';
import { Negotiation } from './upload/negotiation.js';
import type { WriteParts } from './write-parts.js';

/** Nobody follows a rapid upload, and there is nothing to continue. */
const UNFOLLOWED: UploadProgress = {
  checkpoint: null,
  save: () => Promise.resolve(),
  onStage: () => undefined,
  onSent: () => undefined,
  admit: () => Promise.resolve(),
};

/** Files from their hashes alone (115-open.md §17.2, §17.3). */
export class Pan115OpenRapidUpload implements RapidUpload {
  readonly #parts: WriteParts;

  constructor(parts: WriteParts) {
    this.#parts = parts;
  }

  async create(target: UploadTarget, content: RapidContent, call: Call): Promise<FileEntry | null> {
    call.signal.throwIfAborted();
    checkName(target.name);
    const { sha1, headSha1 } = content.hashes;
    if (sha1 === null) return null;
    const read: RapidContent['read'] = (range, signal) => content.read(range, signal);
    const announced = { size: content.size, hashes: { sha1, headSha1 }, read };
    const job = new UploadJob<AnnouncedContent>(this.#parts, target, announced, UNFOLLOWED, call);
    const decision = await new Negotiation(job).decide();
    if (decision.kind === 'send') return null;
    this.#parts.recent.add(decision.file.id);
    return decision.file;
  }
}
