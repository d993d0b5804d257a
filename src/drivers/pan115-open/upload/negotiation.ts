import { createHash } from 'node:crypto';
import type { FileEntry } from '../../../driver/entry.js';
import { FsError } from '../../../lib/errors.js';
import type { ByteRange } from '../../../lib/range.js';
import { wasNeverSent } from '../../../net/network-error.js';
import { type InitReply, type Proof, taskOf, type UploadTask } from '../api-upload.js';
import { isTemporary } from '../errors.js';
import { type AnnouncedContent, ATTEMPTS, isPassing, type UploadJob } from './job.js';

/** What 115 wants: nothing more, because it knew the bytes; or the bytes. */
export type Decision =
  { readonly kind: 'made'; readonly file: FileEntry } | { readonly kind: 'send'; readonly task: UploadTask };

/** How many challenges are answered before it is given up (115-open.md §17.3). */
const CHALLENGES = 3;

const PIECE = 1024 * 1024;

/** The calls of upload/init until 115 has decided: challenges are answered, and a lost answer never makes a second file. */
export class Negotiation {
  readonly #job: UploadJob<AnnouncedContent>;

  constructor(job: UploadJob<AnnouncedContent>) {
    this.#job = job;
  }

  /** Rejects with EIO reason `refused` when right answers to its challenges are not accepted. */
  async decide(): Promise<Decision> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#rounds();
      } catch (error) {
        if (!(isPassing(error) || isTemporary(error)) || attempt === ATTEMPTS) throw error;
        const made = mayHaveMade(error) ? await this.#job.find(null) : null;
        if (made !== null) return { kind: 'made', file: made };
        await this.#job.pause(attempt);
      }
    }
  }

  async #rounds(): Promise<Decision> {
    const { parts, file, call } = this.#job;
    let proof: Proof | null = null;
    for (let answered = 0; answered <= CHALLENGES; answered += 1) {
      const reply: InitReply = await parts.uploads.init(file, proof, call);
      await parts.env.checkpoint('upload:answered');
      if (reply.status === 2) return { kind: 'made', file: await this.#made(reply) };
      if (reply.status === 1) return { kind: 'send', task: taskOf('upload/init', reply) };
      proof = { key: reply.sign_key, value: await this.#sha1(this.#asked(reply.sign_check)) };
    }
    const words = `115 Open: upload/init: ${CHALLENGES} right answers to its challenges were not accepted`;
    throw new FsError('EIO', words, { reason: 'refused' });
  }

  async #made({ file_id: id, pick_code: pickCode }: InitReply): Promise<FileEntry> {
    if (/^[1-9]\d*$/.test(id)) return this.#job.entry(id, pickCode, '');
    const found = await this.#job.find(pickCode === '' ? null : pickCode);
    if (found !== null) return found;
    const words =
      '115 Open: upload/init: the file is said to be there, but neither its id is told nor is it listed';
    throw new FsError('EIO', words, { reason: 'reply' });
  }

  /** Both ends of the challenge are inside the range (§17.3). */
  #asked(signCheck: string): ByteRange {
    const [, first, last] = /^(\d+)-(\d+)$/.exec(signCheck) ?? [];
    const range = { start: Number(first), end: Number(last) + 1 };
    if (range.start < range.end && range.end <= this.#job.file.size) return range;
    const words = `115 Open: upload/init: the challenge asks for the bytes "${signCheck}" of ${this.#job.file.size}`;
    throw new FsError('EIO', words, { reason: 'reply' });
  }

  async #sha1({ start, end }: ByteRange): Promise<string> {
    const { content, call } = this.#job;
    const hash = createHash('sha1');
    for (let at = start; at < end; at += PIECE) {
      hash.update(await content.read({ start: at, end: Math.min(at + PIECE, end) }, call.signal));
    }
    return hash.digest('hex').toUpperCase();
  }
}

/** A refusal in words made nothing; without an answer nobody knows. */
function mayHaveMade(error: unknown): boolean {
  return isPassing(error) && !wasNeverSent(error);
}
