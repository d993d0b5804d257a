import type { FileEntry } from '../../driver/entry.js';
import type { RapidContent, RapidUpload, UploadProgress, UploadTarget } from '../../driver/writer.js';
import type { Call } from '../../lib/call.js';
import { checkName } from './names.js';
import { UploadJob } from './upload/job.js';
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
    const job = new UploadJob(this.#parts, target, content, UNFOLLOWED, call);
    const decision = await new Negotiation(job).decide();
    if (decision.kind === 'send') return null;
    this.#parts.recent.add(decision.file.id);
    return decision.file;
  }
}
