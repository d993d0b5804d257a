import type { Entry } from '../../driver/entry.js';
import type { Call } from '../../lib/call.js';
import type { CopyInput, MadeOutput, MadeProgress, MadeRow } from '../../lib/copy-protocol.js';
import type { Clock } from '../../lib/env.js';
import { FsError, toFsError } from '../../lib/errors.js';
import { type Node, pathOf } from '../../metadata/node.js';
import { DriveSource } from '../../rapid/drive-source.js';
import { MakingRun, type MakingRunParts } from '../../rapid/making-run.js';
import type { SourceEntry } from '../../rapid/source-file.js';
import { makingPlace, type MakingPlace, writable, type WritableDrive } from './place.js';
import type { MakingSources, SourceReader } from './sources.js';
import { clearDirectories, CONFIRMED, removeSource } from './moved-sources.js';
import { locatePlace } from '../place-names.js';
import { copyInAccount, moveInAccount } from './server-side.js';

type Verb = 'copy' | 'move';

interface Request {
  readonly verb: Verb;
  readonly place: MakingPlace;
  readonly wait: boolean;
  readonly onProgress: (event: MadeProgress) => void;
  readonly call: Call;
}

export interface CopiesParts {
  readonly clock: Clock;
  readonly sources: MakingSources;
}

/**
 * Copies and moves between drives, and from this machine: by the cloud itself inside an account, from hashes between
 * accounts, else by sending the bytes. Methods reject with FsError, or the signal's reason.
 */
export class Copies {
  readonly #parts: CopiesParts;

  constructor(parts: CopiesParts) {
    this.#parts = parts;
  }

  /** What becomes of one source is told of it; the others go on. */
  async copy(input: CopyInput, onProgress: Request['onProgress'], call: Call): Promise<MadeOutput> {
    return await this.#each('copy', input, onProgress, call);
  }

  /** As `copy`; a source goes to the recycle bin of its cloud when the target has what it has. */
  async move(input: CopyInput, onProgress: Request['onProgress'], call: Call): Promise<MadeOutput> {
    const local = input.from.find((name) => !this.#parts.sources.isInDrive(name));
    if (local !== undefined) {
      const words = `${local} is a file of this machine: copy it and wait, then remove it`;
      throw new FsError('EINVAL', words, { expected: true });
    }
    return await this.#each('move', input, onProgress, call);
  }

  async #each(
    verb: Verb,
    { from, to, wait }: CopyInput,
    onProgress: Request['onProgress'],
    call: Call,
  ): Promise<MadeOutput> {
    const { clock, sources } = this.#parts;
    const place = await makingPlace(clock, to, from.length === 1, sources.locators, call);
    const request = { verb, place, wait: verb === 'move' || wait === true, onProgress, call };
    return await sources.use(async (reader) => {
      let all: MadeOutput = { files: [], sent: 0, proved: 0, readBack: 0, stopped: null };
      for (const name of from) {
        if (all.stopped === null) all = joined(all, await this.#one(name, reader, request));
      }
      return all;
    });
  }

  async #one(name: string, reader: SourceReader, request: Request): Promise<MadeOutput> {
    const { place, call } = request;
    try {
      if (!this.#parts.sources.isInDrive(name)) {
        return await this.#make(reader.localEntries(name, place.name), request, () => Promise.resolve());
      }
      return await this.#fromDrive(name, reader, request);
    } catch (thrown) {
      call.signal.throwIfAborted();
      const { errno, message } = toFsError(thrown);
      const target = place.folder.shown(place.name ?? name.slice(name.lastIndexOf('/') + 1));
      const row = { ...rowOf(name, target, null, 'failed'), errno, message };
      return { ...NOTHING, files: [row] };
    }
  }

  async #fromDrive(name: string, reader: SourceReader, request: Request): Promise<MadeOutput> {
    const { place, call, verb } = request;
    const { drive, path } = await locatePlace(name, this.#parts.sources.locators, call);
    const node = await drive.tree.resolve(path, call);
    const from = `${drive.name}:${pathOf(node)}`;
    const relative = place.name ?? node.name;
    if (drive.account.name === place.drive.account.name && node.parent !== null) {
      const work = { source: { drive, node }, place, relative };
      const outcome = verb === 'move' ? await moveInAccount(work, call) : await copyInAccount(work, call);
      if (outcome !== null) {
        const row = rowOf(from, place.folder.shown(relative), node, outcome);
        return { ...NOTHING, files: [row] };
      }
    }
    const source = verb === 'move' ? writable(drive) : null;
    const entries = reader.entries(name, place.name, call);
    return await this.#make(entries, request, (rows) => clearDirectories(source, node, rows, call), source);
  }

  /** From hashes, or by sending; `onEnd` hears what became of all. */
  async #make(
    entries: AsyncIterable<SourceEntry>,
    { place, wait, onProgress, call }: Request,
    onEnd: (rows: readonly MadeRow[]) => Promise<void>,
    moved: WritableDrive | null = null,
  ): Promise<MadeOutput> {
    const onMade: MakingRunParts['onMade'] = async (source, row) => {
      if (moved === null || !(source instanceof DriveSource) || !CONFIRMED.includes(row.outcome)) return;
      await removeSource(moved, source, call);
    };
    const parts = { clock: this.#parts.clock, target: place.folder, onProgress, onMade };
    const unknown = wait ? ('uploaded' as const) : ('queued' as const);
    const run = new MakingRun(parts, { unknown, maxSize: null, dryRun: false, before: 0 });
    const all: SourceEntry[] = [];
    for await (const entry of entries) all.push(entry);
    const output = await run.run(all, call);
    await onEnd(output.files);
    return output;
  }
}

const NOTHING: MadeOutput = { files: [], sent: 0, proved: 0, readBack: 0, stopped: null };

function rowOf(from: string, to: string, node: Node | null, outcome: MadeRow['outcome']): MadeRow {
  const entry: Entry | null = node?.entry ?? null;
  const size = entry?.kind === 'file' ? entry.size : null;
  const nothing = { sent: 0, proved: 0, readBack: null, errno: null, message: null };
  return { from, to, kind: entry?.kind ?? 'file', size, outcome, ...nothing };
}

function joined(one: MadeOutput, other: MadeOutput): MadeOutput {
  return {
    files: [...one.files, ...other.files],
    sent: one.sent + other.sent,
    proved: one.proved + other.proved,
    readBack: one.readBack + other.readBack,
    stopped: one.stopped ?? other.stopped,
  };
}
