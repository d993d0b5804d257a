import type { Call } from '../../lib/call.js';
import type {
  MadeOutput,
  MadeProgress,
  RapidExportInput,
  RapidExportOutput,
  RapidExportProgress,
  RapidImportInput,
  RapidPutInput,
} from '../../lib/copy-protocol.js';
import type { Clock } from '../../lib/env.js';
import { FsError } from '../../lib/errors.js';
import type { ListedFile } from '../../lib/rapid-list.js';
import { ListedSource } from '../../rapid/listed-source.js';
import type { MakingOptions } from '../../rapid/making.js';
import { MakingRun } from '../../rapid/making-run.js';
import type { SourceEntry } from '../../rapid/source-file.js';
import { listed } from '../../rapid/listing.js';
import { makingPlace, type MakingPlace } from './place.js';
import type { MakingSources, SourceReader } from './sources.js';

export interface RapidParts {
  readonly clock: Clock;
  readonly sources: MakingSources;
}

type OnMade = (event: MadeProgress) => void;

/** Files from hashes alone: put, exported as a list, and made of one. Methods reject with FsError, or the signal's reason. */
export class Rapid {
  readonly #parts: RapidParts;

  constructor(parts: RapidParts) {
    this.#parts = parts;
  }

  /** Makes files of this machine in a folder of a drive where the cloud knows them. */
  async put(input: RapidPutInput, onProgress: OnMade, call: Call): Promise<MadeOutput> {
    const place = await this.#place(input.to, input.files.length === 1 && input.name === undefined, call);
    if (!input.orUpload) requireRapid(place);
    const name = input.name ?? place.name;
    if (name !== null && input.files.length !== 1)
      throw new FsError('EINVAL', 'a name is for one file or folder alone', { expected: true });
    return await this.#parts.sources.use(async (reader) => {
      const entries: SourceEntry[] = [];
      for (const file of input.files) entries.push(...(await this.#local(reader, file, name)));
      const options = {
        unknown: input.orUpload ? ('queued' as const) : ('left' as const),
        maxSize: input.maxSize ?? null,
        dryRun: input.dryRun,
        before: 0,
      };
      return await this.#run(place, options, onProgress).run(entries, call);
    });
  }

  /** What makes these files where their bytes are known. */
  async export(
    { paths, heads }: RapidExportInput,
    onProgress: (event: RapidExportProgress) => void,
    call: Call,
  ): Promise<RapidExportOutput> {
    const files: ListedFile[] = [];
    const left: { path: string; message: string }[] = [];
    await this.#parts.sources.use(async (reader) => {
      for (const path of paths) {
        for await (const entry of reader.entries(path, null, call)) {
          if (entry.kind === 'other') left.push({ path: entry.from, message: entry.why });
          if (entry.kind !== 'file') continue;
          onProgress({ files: files.length, path: entry.file.from });
          const found = await listed(entry.file, heads, call);
          if (typeof found === 'string') left.push({ path: entry.file.from, message: found });
          else files.push(found);
        }
      }
    });
    return { files, left };
  }

  /** Makes the files of a list in a folder of a drive. */
  async import(input: RapidImportInput, onProgress: OnMade, call: Call): Promise<MadeOutput> {
    const place = await this.#place(input.to, false, call);
    requireRapid(place);
    return await this.#parts.sources.use(async (reader) => {
      const entries: SourceEntry[] = [];
      for (const one of input.files) {
        const bytes = input.from === undefined ? null : await reader.fileAt(input.from, one.name, call);
        const isEqual = bytes?.size === one.size;
        entries.push({ kind: 'file', file: new ListedSource(one, isEqual ? bytes : null) });
      }
      const options = {
        unknown: 'left' as const,
        maxSize: null,
        dryRun: input.dryRun,
        before: input.before ?? 0,
      };
      return await this.#run(place, options, onProgress).run(entries, call);
    });
  }

  async #place(to: string, isOnly: boolean, call: Call): Promise<MakingPlace> {
    const { clock, sources } = this.#parts;
    return await makingPlace(clock, to, isOnly, sources.locators, call);
  }

  async #local(reader: SourceReader, path: string, name: string | null): Promise<readonly SourceEntry[]> {
    if (this.#parts.sources.isMounted(path)) {
      const words = `${path} lies in a mount: panfuse cp copies from there`;
      throw new FsError('EINVAL', words, { expected: true });
    }
    const entries: SourceEntry[] = [];
    for await (const entry of reader.localEntries(path, name)) entries.push(entry);
    return entries;
  }

  #run({ folder }: MakingPlace, options: MakingOptions, onProgress: OnMade): MakingRun {
    return new MakingRun({ clock: this.#parts.clock, target: folder, onProgress }, options);
  }
}

function requireRapid({ drive }: MakingPlace): void {
  if (drive.source.driver.rapid !== undefined) return;
  const words = `the cloud of ${drive.name} (${drive.source.driver.kind}) makes no files from hashes`;
  throw new FsError('EOPNOTSUPP', words, { reason: 'refused', expected: true });
}
