import type { DirectoryEntry, Entry, FileEntry } from '../../driver/entry.js';
import type { DriverWriter, UploadContent, UploadProgress, UploadTarget } from '../../driver/writer.js';
import type { Call } from '../../lib/call.js';
import { notFound } from '../../lib/errors.js';
import type { MemoryCloud } from './cloud.js';
import { MemoryUpload } from './upload.js';

/** What changes a drive of a memory cloud. */
export class MemoryWriter implements DriverWriter {
  readonly batch: number;
  readonly emptyFiles: boolean;
  readonly largestFile: number | null;
  protected readonly cloud: MemoryCloud;

  constructor(cloud: MemoryCloud) {
    this.batch = cloud.settings.batch;
    this.emptyFiles = cloud.settings.emptyFiles;
    this.largestFile = cloud.settings.largestFile;
    this.cloud = cloud;
  }

  async makeDirectory(parent: DirectoryEntry, name: string, call: Call): Promise<DirectoryEntry> {
    const { cloud } = this;
    return await cloud.gate.perform(call, 'makeDirectory', () => {
      const given = cloud.rules.newName(name);
      return cloud.directoryNamed(parent.id, given) ?? cloud.addDirectory(parent.id, given);
    });
  }

  async rename(entry: Entry, name: string, call: Call): Promise<Entry> {
    const { cloud } = this;
    return await cloud.gate.perform(call, 'rename', () => cloud.rename(entry.id, cloud.rules.newName(name)));
  }

  async move(entries: readonly Entry[], target: DirectoryEntry, call: Call): Promise<void> {
    const { cloud } = this;
    await cloud.gate.perform(call, 'move', () => {
      cloud.rules.batch(entries.length);
      if (cloud.entry(target.id)?.kind !== 'directory') throw notFound(target.name);
      const known = entries.filter(({ id }) => cloud.entry(id) !== null);
      for (const { id } of known) cloud.requireOutside(id, target.id);
      for (const { id } of known) cloud.move(id, target.id);
    });
  }

  async remove(entries: readonly Entry[], call: Call): Promise<void> {
    const { cloud } = this;
    await cloud.gate.perform(call, 'remove', () => {
      cloud.rules.batch(entries.length);
      for (const { id } of entries) if (cloud.entry(id) !== null) cloud.discard(id);
    });
  }

  async upload(
    target: UploadTarget,
    content: UploadContent,
    progress: UploadProgress,
    call: Call,
  ): Promise<FileEntry> {
    return await new MemoryUpload(this.cloud, content, progress, call).run(target);
  }
}
