import type { MemoryCloud } from '../../../../src/drivers/memory/cloud.js';
import { bytesContent, readContent } from '../../../../src/drivers/memory/content.js';
import type { MemoryOutage } from '../../../../src/drivers/memory/outages.js';
import { ROOT_ID } from '../../../../src/drivers/memory/tree.js';
import type { Entry } from '../../../../src/driver/entry.js';
import type { Clock } from '../../../../src/lib/env.js';
import { isLocalId } from '../../../../src/lib/local-id.js';
import type { Tree } from '../../../../src/metadata/tree.js';
import { callOf } from '../../../fakes/calls.js';

const MOST_TRIES = 10;
/** Milliseconds. */
const PAUSE = 1000;

/** What somebody else does to the cloud, behind the back of the file system. */
export type ForeignWork =
  | { readonly do: 'add'; readonly directory: string; readonly name: string; readonly text: string | null }
  | { readonly do: 'replace'; readonly path: string; readonly text: string }
  | { readonly do: 'remove'; readonly path: string }
  | { readonly do: 'rename'; readonly path: string; readonly directory: string; readonly name: string };

/** Paths of everything in the cloud, with the bytes of files in base 64 and null for directories; twins after one another. */
export type CloudContents = readonly (readonly [string, string | null])[];

/** A hand in a memory cloud, and eyes for what is in it. */
export class CloudHand {
  readonly #cloud: MemoryCloud;
  readonly #tree: () => Tree;
  readonly #ends: (() => void)[] = [];
  readonly #isFresh: (entry: Entry) => Promise<boolean>;

  /**
   * The tree is of whoever shows the cloud to programs; `isFresh` tells whether an entry was made or changed by them so
   * short a while ago that a restart shows that again, whatever others have done since.
   */
  constructor(
    cloud: MemoryCloud,
    tree: () => Tree,
    isFresh: (entry: Entry) => Promise<boolean> = () => Promise.resolve(false),
  ) {
    this.#cloud = cloud;
    this.#tree = tree;
    this.#isFresh = isFresh;
  }

  /** Does the work; false when what programs see there is not what the cloud has, so that two would quarrel over it. */
  async work(work: ForeignWork): Promise<boolean> {
    const cloud = this.#cloud;
    if (work.do === 'add') {
      const directory = await this.#settled(work.directory);
      if (directory === null) return false;
      if (work.text === null) cloud.addDirectory(directory.id, work.name);
      else cloud.addFile(directory.id, work.name, bytesContent(Buffer.from(work.text)));
      return true;
    }
    const entry = await this.#settled(work.path);
    if (entry === null) return false;
    if (work.do === 'replace') cloud.replace(entry.id, bytesContent(Buffer.from(work.text)));
    else if (work.do === 'remove') {
      if ((cloud.page(entry.id, null)?.objects.length ?? 0) > 0) return false;
      cloud.remove(entry.id);
    } else return await this.#rename(entry, work);
    return true;
  }

  /** Programs see what the work has changed, as soon as the cloud answers. */
  async show(work: ForeignWork, clock: Clock): Promise<void> {
    for (const directory of touched(work)) {
      for (let tries = 1; !(await this.#refresh(directory, tries)); tries += 1) await clock.sleep(PAUSE);
    }
  }

  begin(outage: MemoryOutage): void {
    this.#ends.push(this.#cloud.gate.outages.begin(outage));
  }

  /** No more calls go wrong. */
  heal(): void {
    for (const end of this.#ends.splice(0)) end();
  }

  /** Everything below a path. */
  contents(path = ''): CloudContents {
    const directory = this.#at(path);
    return directory === null
      ? []
      : [...this.#below(directory.id, path)].sort(([a], [b]) => (a < b ? -1 : 1));
  }

  async #refresh(directory: string, tries: number): Promise<boolean> {
    try {
      await this.#tree().refresh(directory, { recursive: false }, callOf());
      return true;
    } catch (error) {
      if (tries === MOST_TRIES) throw error;
      return false;
    }
  }

  async #rename(
    entry: Entry,
    { directory, name }: ForeignWork & { readonly do: 'rename' },
  ): Promise<boolean> {
    const target = await this.#settled(directory);
    if (target === null) return false;
    this.#cloud.move(entry.id, target.id);
    this.#cloud.rename(entry.id, name);
    return true;
  }

  /** What the cloud has under the id that programs see, when place and name are the same. */
  async #settled(path: string): Promise<Entry | null> {
    if (path === '') return this.#cloud.entry(ROOT_ID);
    const { entry } = await this.#tree().resolve(path, callOf());
    if (isLocalId(entry.id)) return null;
    const known = this.#cloud.entry(entry.id);
    if (known?.parentId !== entry.parentId || known.name !== entry.name) return null;
    return (await this.#isFresh(known)) ? null : known;
  }

  #at(path: string): Entry | null {
    let entry = this.#cloud.entry(ROOT_ID);
    for (const name of path.split('/').slice(1)) {
      const children: readonly Entry[] = entry === null ? [] : this.#children(entry.id);
      entry = children.find((child) => child.name === name) ?? null;
    }
    return entry;
  }

  *#below(directoryId: string, path: string): Generator<readonly [string, string | null]> {
    for (const entry of this.#children(directoryId)) {
      const at = `${path}/${entry.name}`;
      if (entry.kind === 'file') yield [at, this.#bytes(entry.id).toString('base64')];
      else {
        yield [at, null];
        yield* this.#below(entry.id, at);
      }
    }
  }

  #bytes(id: string): Buffer {
    const content = this.#cloud.content(id);
    return Buffer.from(readContent(content, { start: 0, end: content.size }));
  }

  #children(directoryId: string): readonly Entry[] {
    const entries: Entry[] = [];
    let after: string | null = null;
    do {
      const page = this.#cloud.page(directoryId, after);
      for (const { entry } of page?.objects ?? []) entries.push(entry);
      after = page?.next ?? null;
    } while (after !== null);
    return entries;
  }
}

/** The directories whose listings it changes. */
function touched(work: ForeignWork): ReadonlySet<string> {
  if (work.do === 'add') return new Set([work.directory]);
  const parent = work.path.slice(0, work.path.lastIndexOf('/'));
  return new Set(work.do === 'rename' ? [parent, work.directory] : [parent]);
}
