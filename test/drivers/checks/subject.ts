import type { Account } from '../../../src/driver/account.js';
import type { FileEntry } from '../../../src/driver/entry.js';
import type { ByteRange } from '../../../src/lib/range.js';
import type { Transport } from '../../../src/net/transport.js';

/** Something to put into the cloud. The cloud chooses the bytes of a file, and keeps to them. */
export type Seed =
  | { readonly kind: 'directory'; readonly name: string }
  | { readonly kind: 'file'; readonly name: string; readonly size: number }
  /** A file whose upload has not ended. */
  | { readonly kind: 'unfinished'; readonly name: string; readonly size: number };

/** Ends what was begun; called once. */
export type Undo = () => Promise<void>;

/**
 * Work of the cloud whose answer can be lost. rapid: a file made of bytes that it knows. complete: the last step of
 * an upload that sent bytes.
 */
export type LosableWork = 'makeDirectory' | 'rename' | 'move' | 'remove' | 'rapid' | 'complete';

/** What only some subjects can do. A suite names what its subject lacks; the checks that need it are left out. */
export interface Abilities {
  /** Lets time pass in the cloud and in the driver. */
  readonly advance: (ms: number) => Promise<void>;
  /** The cloud accepts the login no more. Undo is a person who logs in again, before `Account.reload`. */
  readonly loseLogin: () => Promise<Undo>;
  /** The cloud answers nothing until it is undone. */
  readonly hold: () => Promise<Undo>;
  /** Listings answer for another folder than the one asked for until it is undone. */
  readonly misdirectListings: () => Promise<Undo>;
  /** A file of so many bytes is sent in more than three parts. */
  readonly severalParts: number;
  /** The cloud does the next work of this kind, and its answer is lost; undo is for a cloud that was not asked. */
  readonly loseAnswer: (work: LosableWork) => Promise<Undo>;
  /** The account has no room for another byte until it is undone. */
  readonly fill: () => Promise<Undo>;
  /** Offline downloads that are asked for while it lasts fail. */
  readonly failOffline: () => Promise<Undo>;
  /** No more offline downloads may be asked for while it lasts. */
  readonly exhaustOffline: () => Promise<Undo>;
  /** Puts a torrent file into a directory that holds `film/a.mkv` of 2,000,000 bytes and `film/a.nfo` of 3,200; resolves with its id. */
  readonly addTorrent: (directoryId: string) => Promise<string>;
  /** Names of what is in the cloud's recycle bin. */
  readonly trashed: () => Promise<readonly string[]>;
}

export type Ability = keyof Abilities;

/** Verbs that a driver may lack. */
export type OptionalVerb = 'write' | 'rapid' | 'copy' | 'trash' | 'offline';

/** What a check cannot do without. */
export type Need = Ability | OptionalVerb;

/** An account on a cloud that the suite may change behind the driver's back. Ids are the driver's. */
export interface ConformanceSubject extends Partial<Abilities> {
  readonly account: Account;
  /** A folder of that cloud as the configuration would name it. */
  readonly root: string;
  /** Fetches links. */
  readonly transport: Transport;
  /** So many children need several pages. */
  readonly severalPages: number;
  /** Milliseconds since the epoch, as the cloud has it. */
  now(): number;
  /** Puts new entries into a directory; resolves with their ids, in order. Names may be there already. */
  add(directoryId: string, seeds: readonly Seed[]): Promise<readonly string[]>;
  rename(id: string, name: string): Promise<void>;
  move(id: string, directoryId: string): Promise<void>;
  remove(id: string): Promise<void>;
  /** Gives a file other bytes as that cloud does; resolves with the id that has them. */
  replace(id: string, size: number): Promise<string>;
  /** The bytes that the cloud holds. */
  bytes(file: FileEntry, range: ByteRange): Promise<Uint8Array>;
  close(): Promise<void>;
}
