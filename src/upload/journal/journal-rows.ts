import { openJson, sealJson, type SealedJson } from './sealed-json.js';
import type { ChangePatch, ChangeRow, FilePatch, FileRow, NewChange, TrashRow } from './rows.js';
import type { SqliteConnection } from './sqlite-connection.js';

/** The rows of a journal. Every method rejects with FsError ENOSPC, EIO and the like. */
export interface JournalRows {
  /** In the order in which they were recorded first. */
  files(drive: string): Promise<readonly FileRow[]>;
  /** Null when there is none. */
  file(id: string): Promise<FileRow | null>;
  /** A new row, or another one for this id. */
  putFile(row: FileRow): Promise<void>;
  /** The row as it is then; null, and nothing is changed, when there is none, or with `generation` none of that. */
  patchFile(id: string, patch: FilePatch, generation?: number): Promise<FileRow | null>;
  /** Does nothing when there is none. */
  removeFile(id: string): Promise<void>;
  /** In order. */
  changes(drive: string): Promise<readonly ChangeRow[]>;
  /** Answers the row with its sequence, larger than every one before. */
  addChange(change: NewChange): Promise<ChangeRow>;
  /** The row as it is then; null when there is none. */
  patchChange(sequence: number, patch: ChangePatch): Promise<ChangeRow | null>;
  removeChanges(sequences: readonly number[]): Promise<void>;
  /** In the order in which they were recorded first. */
  trash(drive: string): Promise<readonly TrashRow[]>;
  /** A new row, or another one for this id. */
  putTrash(row: TrashRow): Promise<void>;
  /** Does nothing when there is none of this id. */
  removeTrash(id: string): Promise<void>;
}

/** A file whose row cannot be read; `drive` is what lies in that column. */
export interface DamagedFile {
  readonly id: string;
  readonly drive: string;
}

interface FileRecord extends SealedJson {
  readonly id: string;
}

/** Something in the trash whose row cannot be read, as it lies there. */
export interface DamagedTrash extends SealedJson {
  readonly id: string;
  readonly drive: string;
}

interface ChangeRecord extends SealedJson {
  readonly sequence: number;
  readonly drive: string;
}

/** The rows through a connection, as SQLite answers. */
export class SqliteRows implements JournalRows {
  readonly #connection: SqliteConnection;

  constructor(connection: SqliteConnection) {
    this.#connection = connection;
  }

  async files(drive: string): Promise<readonly FileRow[]> {
    const sql = 'SELECT id, body, crc FROM files WHERE drive = ? ORDER BY rowid';
    const records = await this.#connection.all<FileRecord>(sql, [drive]);
    return records.map(fileOf).filter((row) => row !== null);
  }

  async file(id: string): Promise<FileRow | null> {
    const sql = 'SELECT id, body, crc FROM files WHERE id = ?';
    const [record] = await this.#connection.all<FileRecord>(sql, [id]);
    return record === undefined ? null : fileOf(record);
  }

  async putFile(row: FileRow): Promise<void> {
    const { body, crc } = sealJson(row.id, row);
    await this.#connection.run(
      'INSERT INTO files (id, drive, body, crc) VALUES (?, ?, ?, ?) ' +
        'ON CONFLICT (id) DO UPDATE SET drive = excluded.drive, body = excluded.body, crc = excluded.crc',
      [row.id, row.drive, body, crc],
    );
  }

  async patchFile(id: string, patch: FilePatch, generation?: number): Promise<FileRow | null> {
    const row = await this.file(id);
    if (row === null || (generation !== undefined && row.generation !== generation)) return null;
    const patched = { ...row, ...patch };
    await this.putFile(patched);
    return patched;
  }

  async removeFile(id: string): Promise<void> {
    await this.#connection.run('DELETE FROM files WHERE id = ?', [id]);
  }

  async changes(drive: string): Promise<readonly ChangeRow[]> {
    const sql = 'SELECT sequence, drive, body, crc FROM changes WHERE drive = ? ORDER BY sequence';
    const records = await this.#connection.all<ChangeRecord>(sql, [drive]);
    return records.map(changeOf).filter((row) => row !== null);
  }

  async addChange(change: NewChange): Promise<ChangeRow> {
    const sql = "INSERT INTO changes (drive, body, crc) VALUES (?, '', 0)";
    const sequence = await this.#connection.run(sql, [change.drive]);
    const row = { ...change, sequence };
    await this.#putChange(row);
    return row;
  }

  async patchChange(sequence: number, patch: ChangePatch): Promise<ChangeRow | null> {
    const sql = 'SELECT sequence, drive, body, crc FROM changes WHERE sequence = ?';
    const [record] = await this.#connection.all<ChangeRecord>(sql, [sequence]);
    const row = record === undefined ? null : changeOf(record);
    if (row === null) return null;
    const patched = { ...row, ...patch };
    await this.#putChange(patched);
    return patched;
  }

  async removeChanges(sequences: readonly number[]): Promise<void> {
    const sql = 'DELETE FROM changes WHERE sequence IN (SELECT value FROM json_each(?))';
    await this.#connection.run(sql, [JSON.stringify(sequences)]);
  }

  async trash(drive: string): Promise<readonly TrashRow[]> {
    const sql = 'SELECT id, body, crc FROM trash WHERE drive = ? ORDER BY rowid';
    const records = await this.#connection.all<FileRecord>(sql, [drive]);
    return records.map(trashOf).filter((row) => row !== null);
  }

  async putTrash(row: TrashRow): Promise<void> {
    const { id } = row.shown;
    const { body, crc } = sealJson(id, row);
    await this.#connection.run(
      'INSERT INTO trash (id, drive, body, crc) VALUES (?, ?, ?, ?) ' +
        'ON CONFLICT (id) DO UPDATE SET drive = excluded.drive, body = excluded.body, crc = excluded.crc',
      [id, row.drive, body, crc],
    );
  }

  async removeTrash(id: string): Promise<void> {
    await this.#connection.run('DELETE FROM trash WHERE id = ?', [id]);
  }

  /** What is in the trash and is not what was written. */
  async damagedTrash(): Promise<readonly DamagedTrash[]> {
    const records = await this.#connection.all<DamagedTrash>('SELECT id, drive, body, crc FROM trash');
    return records.filter((record) => trashOf(record) === null);
  }

  /** The files whose rows are not what was written. */
  async damagedFiles(): Promise<readonly DamagedFile[]> {
    const records = await this.#connection.all<FileRecord & DamagedFile>(
      'SELECT id, drive, body, crc FROM files',
    );
    return records.filter((record) => fileOf(record) === null).map(({ id, drive }) => ({ id, drive }));
  }

  /** The changes that are not what was written, as they lie there. */
  async damagedChanges(): Promise<readonly ChangeRecord[]> {
    const sql = 'SELECT sequence, drive, body, crc FROM changes';
    const records = await this.#connection.all<ChangeRecord>(sql);
    return records.filter((record) => changeOf(record) === null);
  }

  async #putChange(row: ChangeRow): Promise<void> {
    const { body, crc } = sealJson(String(row.sequence), row);
    const sql = 'UPDATE changes SET body = ?, crc = ? WHERE sequence = ?';
    await this.#connection.run(sql, [body, crc, row.sequence]);
  }
}

function fileOf(record: FileRecord): FileRow | null {
  return (openJson(record.id, record) ?? null) as FileRow | null;
}

function trashOf(record: FileRecord): TrashRow | null {
  return (openJson(record.id, record) ?? null) as TrashRow | null;
}

function changeOf(record: ChangeRecord): ChangeRow | null {
  return (openJson(String(record.sequence), record) ?? null) as ChangeRow | null;
}
