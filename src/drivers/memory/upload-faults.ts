import type { FileEntry } from '../../driver/entry.js';
import type { UploadContent, UploadProgress, UploadTarget } from '../../driver/writer.js';
import type { Call } from '../../lib/call.js';
import { FsError } from '../../lib/errors.js';
import type { MemoryCloud } from './cloud.js';
import { bytesContent } from './content.js';
import type { MemoryVerbs } from './driver.js';
import { hashOf } from './known-contents.js';
import { MemoryWriter } from './writer.js';

class AnswersEarly extends MemoryWriter {
  override async upload(
    { directory, name }: UploadTarget,
    { size }: UploadContent,
    _progress: UploadProgress,
    call: Call,
  ): Promise<FileEntry> {
    await this.cloud.gate.pass(call, 'announce');
    const content = bytesContent(new Uint8Array(size));
    return this.cloud.addFile(directory.id, name, content, { complete: false });
  }
}

/** An uploader that is the reference's own but for what it is given. */
abstract class UploadsOtherwise extends MemoryWriter {
  protected content(content: UploadContent): UploadContent | Promise<UploadContent> {
    return content;
  }

  protected progress(progress: UploadProgress): UploadProgress {
    return progress;
  }

  override async upload(
    target: UploadTarget,
    content: UploadContent,
    progress: UploadProgress,
    call: Call,
  ): Promise<FileEntry> {
    return await super.upload(target, await this.content(content), this.progress(progress), call);
  }
}

class SendsOtherBytes extends UploadsOtherwise {
  protected override async content(content: UploadContent): Promise<UploadContent> {
    const { size, hashes } = content;
    const bytes = await content.read({ start: 0, end: size }, new AbortController().signal);
    bytes[size - 1] = (bytes[size - 1] ?? 0) ^ 1;
    const sha1 = hashOf(bytesContent(bytes)).value;
    const part: UploadContent['read'] = ({ start, end }) => Promise.resolve(bytes.subarray(start, end));
    return { size, hashes: { ...hashes, sha1 }, read: part };
  }
}

class ForgetsUploads extends UploadsOtherwise {
  protected override progress(progress: UploadProgress): UploadProgress {
    return changed(progress, { checkpoint: null });
  }
}

class SendsAllAgain extends UploadsOtherwise {
  protected override progress(progress: UploadProgress): UploadProgress {
    const { checkpoint } = progress;
    return changed(progress, { checkpoint: checkpoint === null ? null : { ...checkpoint, tags: [] } });
  }
}

class SendsUnadmitted extends UploadsOtherwise {
  protected override progress(progress: UploadProgress): UploadProgress {
    return changed(progress, { admit: () => Promise.resolve() });
  }
}

class RewordsErrors extends UploadsOtherwise {
  protected override progress(progress: UploadProgress): UploadProgress {
    const reworded = (error: unknown): never => {
      throw new FsError('EIO', 'the upload failed', { cause: error });
    };
    return changed(progress, { save: (checkpoint) => progress.save(checkpoint).catch(reworded) });
  }
}

class SendsTheKnown extends MemoryWriter {
  override async upload(
    { directory, name }: UploadTarget,
    content: UploadContent,
    progress: UploadProgress,
    call: Call,
  ): Promise<FileEntry> {
    await this.cloud.gate.pass(call, 'announce');
    progress.onStage('parts');
    await progress.admit(content.size, call.signal);
    const bytes = await content.read({ start: 0, end: content.size }, call.signal);
    return this.cloud.addFile(directory.id, name, bytesContent(bytes));
  }
}

function changed(progress: UploadProgress, change: Partial<UploadProgress>): UploadProgress {
  return {
    checkpoint: progress.checkpoint,
    save: (checkpoint) => progress.save(checkpoint),
    onStage: (stage) => progress.onStage(stage),
    onSent: (bytes) => progress.onSent(bytes),
    admit: (bytes, signal) => progress.admit(bytes, signal),
    ...change,
  };
}

/** Uploads that break their contract, each in the way that its name says. */
export const UPLOAD_FAULTS = {
  'upload-answers-early': (cloud) => ({ write: new AnswersEarly(cloud) }),
  'upload-sends-other-bytes': (cloud) => ({ write: new SendsOtherBytes(cloud) }),
  'upload-makes-twins': (cloud) => ({ write: new ForgetsUploads(cloud) }),
  'upload-ignores-checkpoint': (cloud) => ({ write: new SendsAllAgain(cloud) }),
  'upload-sends-unadmitted': (cloud) => ({ write: new SendsUnadmitted(cloud) }),
  'upload-rewords-errors': (cloud) => ({ write: new RewordsErrors(cloud) }),
  'upload-sends-the-known': (cloud) => ({ write: new SendsTheKnown(cloud) }),
} as const satisfies Readonly<Record<string, (cloud: MemoryCloud) => Partial<MemoryVerbs>>>;
