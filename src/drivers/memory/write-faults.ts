import type { DirectoryEntry, Entry, FileEntry } from '../../driver/entry.js';
import type { RapidContent, TrashedEntry, UploadTarget } from '../../driver/writer.js';
import type { Call } from '../../lib/call.js';
import { notFound } from '../../lib/errors.js';
import type { MemoryCloud } from './cloud.js';
import { bytesContent } from './content.js';
import { MemoryCopy } from './copy.js';
import type { MemoryVerbs } from './driver.js';
import { MemoryRapid } from './rapid.js';
import { MemoryTrash } from './trash.js';
import { OFFLINE_FAULTS } from './offline-faults.js';
import { UPLOAD_FAULTS } from './upload-faults.js';
import { MemoryWriter } from './writer.js';

class MakesTwins extends MemoryWriter {
  override async makeDirectory(parent: DirectoryEntry, name: string, call: Call): Promise<DirectoryEntry> {
    return await this.cloud.gate.perform(call, 'makeDirectory', () =>
      this.cloud.addDirectory(parent.id, this.cloud.rules.newName(name)),
    );
  }
}

class RenamesByCopy extends MemoryWriter {
  override async rename(entry: Entry, name: string, call: Call): Promise<Entry> {
    const copy = this.cloud.copy(entry.id, entry.parentId);
    await super.remove([entry], call);
    return await super.rename(copy, name, call);
  }
}

class MoveReplaces extends MemoryWriter {
  override async move(entries: readonly Entry[], target: DirectoryEntry, call: Call): Promise<void> {
    const names = new Set(entries.map(({ name }) => name));
    const there = this.cloud.page(target.id, null)?.objects ?? [];
    await super.remove(
      there.map(({ entry }) => entry).filter(({ name }) => names.has(name)),
      call,
    );
    await super.move(entries, target, call);
  }
}

class MovesToNowhere extends MemoryWriter {
  override async move(entries: readonly Entry[], target: DirectoryEntry, call: Call): Promise<void> {
    if (this.cloud.entry(target.id) === null) await super.remove(entries, call);
    else await super.move(entries, target, call);
  }
}

class MovesInPart extends MemoryWriter {
  override async move(entries: readonly Entry[], target: DirectoryEntry, call: Call): Promise<void> {
    await super.move(entries.slice(0, 30), target, call);
  }
}

class Destroys extends MemoryWriter {
  override async remove(entries: readonly Entry[], call: Call): Promise<void> {
    await super.remove([], call);
    for (const { id } of entries) if (this.cloud.entry(id) !== null) this.cloud.remove(id);
  }
}

class RefusesGone extends MemoryWriter {
  override async remove(entries: readonly Entry[], call: Call): Promise<void> {
    for (const { id, name } of entries) if (this.cloud.entry(id) === null) throw notFound(name);
    await super.remove(entries, call);
  }
}

class InventsBytes extends MemoryRapid {
  override async create(target: UploadTarget, content: RapidContent, call: Call): Promise<FileEntry | null> {
    const file = await super.create(target, content, call);
    const { directory, name } = target;
    return file ?? this.cloud.addFile(directory.id, name, bytesContent(new Uint8Array(content.size)));
  }
}

class WantsAllHashes extends MemoryRapid {
  override async create(target: UploadTarget, content: RapidContent, call: Call): Promise<FileEntry | null> {
    const isKnown = Object.values(content.hashes).every((hash) => hash !== null);
    return isKnown ? await super.create(target, content, call) : null;
  }
}

class MovesForCopies extends MemoryCopy {
  override async copy(entries: readonly Entry[], target: DirectoryEntry, call: Call): Promise<void> {
    await super.copy([], target, call);
    for (const { id } of entries) this.cloud.move(id, target.id);
  }
}

class RestoresNothing extends MemoryTrash {
  override async restore(entries: readonly TrashedEntry[], call: Call): Promise<void> {
    await this.purge(entries, call);
  }
}

class PurgesAll extends MemoryTrash {
  override async purge(_entries: readonly TrashedEntry[] | null, call: Call): Promise<void> {
    await super.purge(null, call);
  }
}

/** Verbs that break their contract, each in the way that its name says. */
export const WRITE_FAULTS = {
  'makeDirectory-makes-twins': (cloud) => ({ write: new MakesTwins(cloud) }),
  'rename-changes-id': (cloud) => ({ write: new RenamesByCopy(cloud) }),
  'move-replaces': (cloud) => ({ write: new MoveReplaces(cloud) }),
  'move-to-nowhere': (cloud) => ({ write: new MovesToNowhere(cloud) }),
  'move-in-part': (cloud) => ({ write: new MovesInPart(cloud) }),
  'remove-destroys': (cloud) => ({ write: new Destroys(cloud) }),
  'remove-refuses-gone': (cloud) => ({ write: new RefusesGone(cloud) }),
  'rapid-invents-bytes': (cloud) => ({ rapid: new InventsBytes(cloud) }),
  'rapid-wants-all-hashes': (cloud) => ({ rapid: new WantsAllHashes(cloud) }),
  'copy-moves': (cloud) => ({ copy: new MovesForCopies(cloud) }),
  'restore-purges': (cloud) => ({ trash: new RestoresNothing(cloud) }),
  'purge-takes-all': (cloud) => ({ trash: new PurgesAll(cloud) }),
  ...OFFLINE_FAULTS,
  ...UPLOAD_FAULTS,
} as const satisfies Readonly<Record<string, (cloud: MemoryCloud) => Partial<MemoryVerbs>>>;
