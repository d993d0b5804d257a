import { FsError } from '../../../../src/lib/errors.js';
import { KeyedMutex } from '../../../../src/lib/keyed-mutex.js';
import type { JournalRows } from '../../../../src/upload/journal/journal-rows.js';
import type {
  ChangePatch,
  ChangeRow,
  FilePatch,
  FileRow,
  NewChange,
  TrashRow,
} from '../../../../src/upload/journal/rows.js';
import type { UploadJournal } from '../../../../src/upload/ledger.js';

/** A journal in RAM: what is answered is there after a restart. Rows are kept as text, as the real one does. */
export class FakeJournal implements UploadJournal {
  readonly #mutex = new KeyedMutex();
  readonly #files = new Map<string, string>();
  readonly #changes = new Map<number, string>();
  readonly #trash = new Map<string, string>();
  #sequence = 0;
  /** While it says so nothing can be written. */
  full = false;
  /** Writing calls so far. */
  writes = 0;

  files(drive: string): Promise<readonly FileRow[]> {
    return this.#alone(() => this.#rows.files(drive));
  }

  file(id: string): Promise<FileRow | null> {
    return this.#alone(() => this.#rows.file(id));
  }

  putFile(row: FileRow): Promise<void> {
    return this.#alone(() => this.#rows.putFile(row));
  }

  patchFile(id: string, patch: FilePatch, generation?: number): Promise<FileRow | null> {
    return this.#alone(() => this.#rows.patchFile(id, patch, generation));
  }

  removeFile(id: string): Promise<void> {
    return this.#alone(() => this.#rows.removeFile(id));
  }

  changes(drive: string): Promise<readonly ChangeRow[]> {
    return this.#alone(() => this.#rows.changes(drive));
  }

  addChange(change: NewChange): Promise<ChangeRow> {
    return this.#alone(() => this.#rows.addChange(change));
  }

  patchChange(sequence: number, patch: ChangePatch): Promise<ChangeRow | null> {
    return this.#alone(() => this.#rows.patchChange(sequence, patch));
  }

  removeChanges(sequences: readonly number[]): Promise<void> {
    return this.#alone(() => this.#rows.removeChanges(sequences));
  }

  trash(drive: string): Promise<readonly TrashRow[]> {
    return this.#alone(() => this.#rows.trash(drive));
  }

  putTrash(row: TrashRow): Promise<void> {
    return this.#alone(() => this.#rows.putTrash(row));
  }

  removeTrash(id: string): Promise<void> {
    return this.#alone(() => this.#rows.removeTrash(id));
  }

  async transaction<T>(work: (rows: JournalRows) => Promise<T>): Promise<T> {
    return await this.#alone(async () => {
      const before = { files: [...this.#files], changes: [...this.#changes], trash: [...this.#trash] };
      try {
        return await work(this.#rows);
      } catch (error) {
        this.#files.clear();
        this.#changes.clear();
        this.#trash.clear();
        for (const [id, row] of before.files) this.#files.set(id, row);
        for (const [sequence, row] of before.changes) this.#changes.set(sequence, row);
        for (const [id, row] of before.trash) this.#trash.set(id, row);
        throw error;
      }
    });
  }

  #alone<T>(work: () => Promise<T>): Promise<T> {
    return this.#mutex.run('', work);
  }

  #write(work: () => void): Promise<void> {
    if (this.full) return Promise.reject(new FsError('ENOSPC', 'the disk of the journal is full'));
    this.writes += 1;
    work();
    return Promise.resolve();
  }

  readonly #rows: JournalRows = {
    files: (drive) =>
      Promise.resolve([...this.#files.values()].map(fileOf).filter((row) => row.drive === drive)),
    file: (id) => Promise.resolve(this.#file(id)),
    putFile: (row) => this.#write(() => void this.#files.set(row.id, JSON.stringify(row))),
    patchFile: async (id, patch, generation) => {
      const row = this.#file(id);
      if (row === null || (generation !== undefined && row.generation !== generation)) return null;
      const patched = { ...row, ...patch };
      await this.#rows.putFile(patched);
      return patched;
    },
    removeFile: (id) => this.#write(() => void this.#files.delete(id)),
    changes: (drive) =>
      Promise.resolve([...this.#changes.values()].map(changeOf).filter((row) => row.drive === drive)),
    addChange: async (change) => {
      this.#sequence += 1;
      const row = { ...change, sequence: this.#sequence };
      await this.#write(() => void this.#changes.set(row.sequence, JSON.stringify(row)));
      return row;
    },
    patchChange: async (sequence, patch) => {
      const text = this.#changes.get(sequence);
      if (text === undefined) return null;
      const patched = { ...changeOf(text), ...patch };
      await this.#write(() => void this.#changes.set(sequence, JSON.stringify(patched)));
      return patched;
    },
    removeChanges: (sequences) =>
      this.#write(() => {
        for (const sequence of sequences) this.#changes.delete(sequence);
      }),
    trash: (drive) =>
      Promise.resolve([...this.#trash.values()].map(trashOf).filter((row) => row.drive === drive)),
    putTrash: (row) => this.#write(() => void this.#trash.set(row.shown.id, JSON.stringify(row))),
    removeTrash: (id) => this.#write(() => void this.#trash.delete(id)),
  };

  #file(id: string): FileRow | null {
    const text = this.#files.get(id);
    return text === undefined ? null : fileOf(text);
  }
}

function fileOf(text: string): FileRow {
  return JSON.parse(text) as FileRow;
}

function changeOf(text: string): ChangeRow {
  return JSON.parse(text) as ChangeRow;
}

function trashOf(text: string): TrashRow {
  return JSON.parse(text) as TrashRow;
}
