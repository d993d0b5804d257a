/** What a login leaves behind: tokens, cookies, when they were got. */
export type Credentials = Readonly<Record<string, string | number>>;

/** Where logins are kept. Files are private to the user (0600). */
export interface CredentialStore {
  /** Null when nothing is stored. Rejects with FsError EIO when what is stored cannot be read. */
  load(account: string): Promise<Credentials | null>;
  /** Resolves when the credentials would survive a power cut (written aside, fsync, renamed). */
  save(account: string, credentials: Credentials): Promise<void>;
}
