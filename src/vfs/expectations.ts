import { LRUCache } from 'lru-cache';
import type { FileEntry } from '../driver/entry.js';
import type { Call } from '../lib/call.js';
import type { Env } from '../lib/env.js';
import { FsError } from '../lib/errors.js';
import { isLocalId } from '../lib/local-id.js';
import type { VfsDrive } from './drive.js';
import { DirectoryWalk, nextEpisode } from './next-files.js';
import { Playback } from './playback.js';

/** Directories of which it is remembered how their files are opened. */
const WALKS = 64;

/** A file that is opened, with a way to ask for those of its directory. */
export interface ExpectantFile {
  readonly drive: VfsDrive;
  readonly entry: FileEntry;
  /** As the tree knows them: no call of a cloud should be needed. May reject. */
  readonly siblings: (call: Call) => Promise<readonly FileEntry[]>;
}

/**
 * Tells the read engine which files programs are likely to read next, from how they open and read those they have.
 * Makes nobody wait, and what fails here is no more than a guess that is not made.
 */
export class Expectations {
  readonly #env: Env;
  readonly #walks = new LRUCache<string, DirectoryWalk>({ max: WALKS });
  readonly #playing = new Map<number, ExpectantFile & { readonly playback: Playback }>();
  readonly #closing = new AbortController();

  constructor(env: Env) {
    this.#env = env;
  }

  /** A file was opened for reading. */
  opened(handle: number, file: ExpectantFile): void {
    const { drive, entry } = file;
    const count = drive.content.horizon(drive.source);
    if (count === 0 || isLocalId(entry.id)) return;
    const { clock } = this.#env;
    this.#playing.set(handle, { ...file, playback: new Playback(clock, entry.size) });
    const directory = `${drive.source.account} ${entry.parentId}`;
    const walk = this.#walks.get(directory) ?? new DirectoryWalk(clock);
    this.#walks.set(directory, walk);
    if (walk.opened(entry, count)) void this.#expect(file, (siblings) => walk.next(siblings, count));
  }

  /** Does a read of a handle, and sees how long it takes. */
  async reading<T>(handle: number, position: number, length: number, read: () => Promise<T>): Promise<T> {
    const playing = this.#playing.get(handle);
    if (playing === undefined) return await read();
    playing.playback.began(position, length);
    try {
      return await read();
    } finally {
      if (playing.playback.ended()) void this.#expect(playing, (siblings) => episodeAfter(playing, siblings));
    }
  }

  released(handle: number): void {
    this.#playing.delete(handle);
  }

  /** Expects nothing any more. */
  close(): void {
    this.#playing.clear();
    this.#closing.abort(new FsError('EINTR', 'the mount is closed', { expected: true }));
  }

  async #expect(
    { drive, entry, siblings }: ExpectantFile,
    choose: (siblings: readonly FileEntry[]) => readonly FileEntry[],
  ): Promise<void> {
    try {
      const beside = await siblings({ signal: this.#closing.signal, urgency: 'background' });
      const next = choose(beside.filter(({ id }) => !isLocalId(id)));
      // That the file itself needs a link shows that the others will.
      if (next.length > 0) drive.content.expect(drive.source, [entry, ...next]);
    } catch (error) {
      this.#env.log.debug('no files are expected', { after: entry.name, error });
    }
  }
}

function episodeAfter({ entry }: ExpectantFile, siblings: readonly FileEntry[]): readonly FileEntry[] {
  const next = nextEpisode(entry, siblings);
  return next === null ? [] : [next];
}
