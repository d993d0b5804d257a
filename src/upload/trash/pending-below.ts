import type { OwedChanges } from '../changes/owed-changes.js';
import type { ChangeRow } from '../journal/rows.js';
import type { NameTree } from '../name-tree.js';
import type { QueuedFile } from '../queue/queued-file.js';
import type { UploadFiles } from '../queue/upload-files.js';

/**
 * What the cloud is still owed in directories that are removed with all that is in them: it comes first, so that the
 * recycle bin gets them as programs saw them last, and nothing that was moved out goes with them.
 */
export class PendingBelow {
  readonly #owed: OwedChanges;
  readonly #files: UploadFiles;
  readonly #tree: NameTree;
  /** By removed directory: itself and the directories in it, at any depth, in which something was owed. */
  readonly #inside = new Map<string, ReadonlySet<string>>();

  constructor(owed: OwedChanges, files: UploadFiles, tree: NameTree) {
    this.#owed = owed;
    this.#files = files;
    this.#tree = tree;
  }

  /** Looks at what is owed below a directory that is about to be removed. */
  async learn(directoryId: string): Promise<void> {
    const inside = new Set([directoryId]);
    const outside = new Set<string>();
    for (const id of new Set(this.#concerned())) await this.#sort(id, inside, outside);
    this.#inside.set(directoryId, inside);
  }

  forget(directoryId: string): void {
    this.#inside.delete(directoryId);
  }

  /** What has to be done before the directory may go: a change, or `outside` those; null when nothing is in the way. */
  blockerOf(directoryId: string): ChangeRow | 'outside' | null {
    const { list, directories } = this.#owed;
    const learned = this.#inside.get(directoryId);
    if (learned === undefined) return null;
    // The cloud may have made some of them since.
    const inside = new Set(Array.from(learned, (id) => directories.id(id)));
    for (const row of list) {
      if (row.entry.id === directoryId) continue;
      if (inside.has(row.parentId) || inside.has(row.entry.parentId)) return row;
    }
    for (const file of this.#files) {
      if (leadingTo(file).some((id) => inside.has(directories.id(id)))) return 'outside';
    }
    return null;
  }

  *#concerned(): Generator<string> {
    for (const { parentId, entry } of this.#owed.list) {
      yield parentId;
      yield entry.parentId;
    }
    for (const file of this.#files) yield* leadingTo(file);
  }

  async #sort(directoryId: string, inside: Set<string>, outside: Set<string>): Promise<void> {
    const { directories } = this.#owed;
    const passed = new Set<string>();
    let at: string | null = directories.id(directoryId);
    while (at !== null && !inside.has(at) && !outside.has(at) && !passed.has(at)) {
      passed.add(at);
      const entry: { readonly parentId: string } | null = await this.#tree.entry(at);
      at = entry === null ? null : directories.id(entry.parentId);
    }
    const side = at !== null && inside.has(at) ? inside : outside;
    for (const id of passed) side.add(id);
  }
}

/** The directories in which the cloud has, or may still make, something of a file that is here. */
function leadingTo({ row, removed, attempt }: QueuedFile): readonly string[] {
  const begun = attempt === null ? [] : [attempt.target.directory.id];
  return removed || row.state === 'local' ? begun : [row.parentId, ...begun];
}
