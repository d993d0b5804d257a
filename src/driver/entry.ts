/** The hash of a file's bytes as the cloud reports it; upper-case hexadecimal. */
export interface ContentHash {
  readonly kind: 'sha1' | 'md5';
  readonly value: string;
}

interface EntryFields {
  /**
   * The cloud's id, always a string: 115's have 19 digits (conformance: "entries carry ids as strings without
   * losing a digit"). Unique in the account, survives rename and move (conformance: "entries keep their id
   * when renamed or moved").
   */
  readonly id: string;
  /** The id of the directory that holds it (conformance: "entries name the directory that holds them"). */
  readonly parentId: string;
  /**
   * The name as the cloud has it: may hold `/`, be `.` or `..`, be too long (conformance: "entries keep awkward
   * names as the cloud has them") or not unique (conformance: "entries of one name stay apart").
   */
  readonly name: string;
  /** Milliseconds since the epoch (conformance: "entries tell times in milliseconds"). */
  readonly modifiedAt: number;
  /** Milliseconds since the epoch: when it was uploaded or created. */
  readonly createdAt: number;
  /**
   * What else the cloud says and a person may want (`pickcode`): shown as extended attributes
   * `user.panfuse.<key>` (conformance: "entries carry attributes as text").
   */
  readonly attributes: Readonly<Record<string, string>>;
}

export interface FileEntry extends EntryFields {
  readonly kind: 'file';
  /** Bytes (conformance: "entries tell sizes beyond four gibibytes"). */
  readonly size: number;
  /** Null when the cloud does not say. */
  readonly hash: ContentHash | null;
}

export interface DirectoryEntry extends EntryFields {
  readonly kind: 'directory';
}

/** An object in the cloud as a driver reports it. */
export type Entry = FileEntry | DirectoryEntry;
