/** The hash of a file's bytes as the cloud reports it; upper-case hexadecimal. */
export interface ContentHash {
  readonly kind: 'sha1' | 'md5';
  readonly value: string;
}

interface EntryFields {
  /** The cloud's id, always a string (115's have 19 digits); unique in the account, survives rename and move. */
  readonly id: string;
  /** The id of the directory that holds it. */
  readonly parentId: string;
  /** The name as the cloud has it: may hold `/`, be `.` or `..`, be too long or not unique. */
  readonly name: string;
  /** Milliseconds since the epoch. */
  readonly modifiedAt: number;
  /** Milliseconds since the epoch: when it was uploaded or created. */
  readonly createdAt: number;
  /** What else the cloud says and a person may want (`pickcode`): shown as extended attributes `user.panfuse.<key>`. */
  readonly attributes: Readonly<Record<string, string>>;
}

export interface FileEntry extends EntryFields {
  readonly kind: 'file';
  /** Bytes. */
  readonly size: number;
  /** Null when the cloud does not say. */
  readonly hash: ContentHash | null;
}

export interface DirectoryEntry extends EntryFields {
  readonly kind: 'directory';
}

/** An object in the cloud as a driver reports it. */
export type Entry = FileEntry | DirectoryEntry;
