import { FsError, toFsError } from '../../lib/errors.js';
import type { LinksFolderOutput } from '../../lib/links-protocol.js';
import type { StrmFolder, StrmOutcome } from './strm-folder.js';
import { strmNames } from './strm-names.js';

/** A file of a drive as the daemon tells of it. */
export type DriveFile = LinksFolderOutput['files'][number];

export interface StrmUpdateParts {
  readonly folder: StrmFolder;
  /** Asks the daemon for a folder of a drive. */
  readonly ask: (path: string) => Promise<LinksFolderOutput>;
  /** What the .strm file of a file holds. */
  readonly contentOf: (folder: LinksFolderOutput, file: DriveFile) => string;
  /** Told before each folder is written. */
  readonly onFolder: (path: string, folders: number, files: number) => void;
  readonly signal: AbortSignal;
}

/** What was done. */
export interface StrmReport {
  /** Of the drive that were looked at. */
  readonly folders: number;
  readonly written: number;
  readonly rewritten: number;
  readonly unchanged: number;
  readonly removed: number;
  /** What was left as it is, and why. */
  readonly problems: readonly { readonly path: string; readonly message: string }[];
}

/** A folder of a drive that is to be looked at, and where its files go. */
interface Step {
  /** `films:/2026/a` */
  readonly path: string;
  /** Empty, or ending with a slash. */
  readonly inside: string;
}

/** One pass over a folder of a drive and all below it, after which the .strm files are those of what is there. */
export class StrmUpdate {
  readonly #parts: StrmUpdateParts;
  readonly #seen = new Set<string>();
  /** Beginnings of paths of which it is not known what is there now. */
  readonly #unknown: string[] = [];
  readonly #count: Record<StrmOutcome, number> = { written: 0, rewritten: 0, unchanged: 0, 'in the way': 0 };
  readonly #problems: { readonly path: string; readonly message: string }[] = [];
  #folders = 0;
  #failure: FsError | null = null;

  constructor(parts: StrmUpdateParts) {
    this.#parts = parts;
  }

  /** What went wrong first; null when nothing did. */
  get failure(): FsError | null {
    return this.#failure;
  }

  /**
   * Writes what is there, then removes what is gone; what could not be looked at keeps its files. Rejects only when the
   * signal aborts, with its reason, and when no daemon answers.
   */
  async run(top: LinksFolderOutput): Promise<StrmReport> {
    const steps = await this.#write('', top);
    for (let step = steps.pop(); step !== undefined; step = steps.pop()) {
      const found = await this.#ask(step);
      if (found !== null) steps.push(...(await this.#write(step.inside, found)));
    }
    const removed = await this.#parts.folder.prune((file) => this.#isKept(file));
    const { written, rewritten, unchanged } = this.#count;
    return { folders: this.#folders, written, rewritten, unchanged, removed, problems: this.#problems };
  }

  /** Null when there is nothing to be learned: its files are gone, or stay as they are. */
  async #ask({ path, inside }: Step): Promise<LinksFolderOutput | null> {
    try {
      return await this.#parts.ask(path);
    } catch (thrown) {
      const error = toFsError(thrown);
      if (this.#parts.signal.aborted || error.reason === 'daemon') throw error;
      // Removed since its parent was listed.
      if (error.errno === 'ENOENT') return null;
      this.#unknown.push(inside);
      this.#fail(path, error);
      return null;
    }
  }

  /** Answers the folders below it, the first last. */
  async #write(inside: string, found: LinksFolderOutput): Promise<Step[]> {
    const { drive, path, folders, files } = found;
    this.#parts.onFolder(`${drive}:${path}`, this.#folders, this.#seen.size);
    this.#folders += 1;
    const names = strmNames(files.map(({ name }) => name));
    for (const file of files) {
      this.#parts.signal.throwIfAborted();
      await this.#put(`${inside}${names.get(file.name) ?? ''}`, this.#parts.contentOf(found, file));
    }
    const above = `${drive}:${path === '/' ? '' : path}`;
    return folders.map((name) => ({ path: `${above}/${name}`, inside: `${inside}${name}/` })).reverse();
  }

  async #put(file: string, text: string): Promise<void> {
    this.#seen.add(file);
    try {
      const outcome = await this.#parts.folder.put(file, `${text}\n`);
      this.#count[outcome] += 1;
      if (outcome === 'in the way')
        this.#fail(file, new FsError('EEXIST', 'there is one that panfuse did not write'));
    } catch (error) {
      this.#fail(file, toFsError(error));
    }
  }

  #isKept(file: string): boolean {
    return this.#seen.has(file) || this.#unknown.some((start) => file.startsWith(start));
  }

  #fail(path: string, error: FsError): void {
    this.#failure ??= new FsError(error.errno, `${path}: ${error.message}`, {
      cause: error,
      reason: error.reason,
    });
    this.#problems.push({ path, message: error.message });
  }
}
