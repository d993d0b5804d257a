import sqlite3 from 'sqlite3';

/** What a column may hold. */
export type SqlValue = string | number | null;

/** A connection to one SQLite file. Every method rejects as SQLite does. */
export class SqliteConnection {
  readonly #database: sqlite3.Database;

  private constructor(database: sqlite3.Database) {
    this.#database = database;
  }

  /** The file must be there. */
  static async open(path: string): Promise<SqliteConnection> {
    return await new Promise((resolve, reject) => {
      const database = new sqlite3.Database(path, sqlite3.OPEN_READWRITE, (error) => {
        if (error === null) resolve(new SqliteConnection(database));
        else reject(error);
      });
    });
  }

  /** Answers the number of the row that was inserted last. */
  run(sql: string, parameters: readonly SqlValue[] = []): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#database.run(sql, parameters, function (error) {
        if (error === null) resolve(this.lastID);
        else reject(error);
      });
    });
  }

  all<T>(sql: string, parameters: readonly SqlValue[] = []): Promise<readonly T[]> {
    return new Promise((resolve, reject) => {
      this.#database.all<T>(sql, parameters, (error, rows) => {
        if (error === null) resolve(rows);
        else reject(error);
      });
    });
  }

  /** The only value of the only row; undefined without one. */
  async scalar(sql: string): Promise<unknown> {
    const [row] = await this.all<Readonly<Record<string, unknown>>>(sql);
    return Object.values(row ?? {})[0];
  }

  close(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#database.close((error) => {
        if (error === null) resolve();
        else reject(error);
      });
    });
  }
}
