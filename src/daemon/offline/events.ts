/** Something that happened to a download that a cloud does by itself. gone: somebody took it out of the cloud's list. */
export interface OfflineEvent {
  readonly kind: 'added' | 'done' | 'failed' | 'gone';
  readonly account: string;
  readonly id: string;
  readonly name: string | null;
  readonly link: string | null;
  /** Why it failed; null otherwise. */
  readonly reason: string | null;
  /** When, milliseconds since the epoch. */
  readonly at: number;
}
