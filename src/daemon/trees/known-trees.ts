import type { Call } from '../../lib/call.js';
import { FsError } from '../../lib/errors.js';
import type { UnknownFolders } from '../../lib/tree-protocol.js';
import { type Node, pathOf } from '../../metadata/node.js';
import type { SurveyedDirectory } from '../../metadata/survey.js';
import type { Tree } from '../../metadata/tree.js';
import { type Locators, locatePlace } from '../place-names.js';

/** A drive as far as what is known of its tree goes. */
export interface KnownDrive {
  readonly name: string;
  readonly account: { readonly name: string };
  readonly tree: Pick<Tree, 'root' | 'known' | 'survey'>;
}

/** The drives and where they are mounted. */
export interface KnownTreesParts extends Locators<KnownDrive> {
  readonly drives: Locators<KnownDrive>['drives'] & {
    opened(): readonly KnownDrive[];
    status(): readonly { readonly name: string }[];
  };
}

/** Something that is known in a drive. */
export interface KnownPlace {
  readonly drive: KnownDrive;
  readonly node: Node;
}

/** Folders that are told by name. */
const TOLD = 10;

/** Counts folders of which nothing is known. */
export class UnknownCount {
  readonly #some: string[] = [];
  #count = 0;

  add(path: string): void {
    this.#count += 1;
    if (this.#some.length < TOLD) this.#some.push(path);
  }

  get told(): UnknownFolders {
    return { count: this.#count, some: this.#some };
  }
}

/** Where the trees of drives are looked at: at one place, or everywhere. */
export class KnownTrees {
  readonly #parts: KnownTreesParts;

  constructor(parts: KnownTreesParts) {
    this.#parts = parts;
  }

  /**
   * What a name means, or the roots of all open drives; drives that are not open count as unknown. Asks no cloud, but
   * for what a drive needs that was never open before. Rejects with FsError: ENOENT when it is known not to be there or
   * nothing is known of it, ENOTDIR, or as the drive's start does.
   */
  async places(name: string | undefined, unknown: UnknownCount, call: Call): Promise<readonly KnownPlace[]> {
    if (name !== undefined) return [await this.place(name, call)];
    const open = this.#parts.drives.opened();
    for (const { name: drive } of this.#parts.drives.status())
      if (!open.some((one) => one.name === drive)) unknown.add(`${drive}:/`);
    return open.map((drive) => ({ drive, node: drive.tree.root }));
  }

  /** What a name means. Rejects as `places` does. */
  async place(name: string, call: Call): Promise<KnownPlace> {
    const { drive, path } = await locatePlace(name, this.#parts, call);
    const node = await drive.tree.known(path);
    if (node !== null) return { drive, node };
    const advice = `panfuse refresh ${drive.name}:/ --recursive --unknown lists what is missing`;
    throw new FsError('ENOENT', `${name} is not known yet: ${advice}`, { expected: true });
  }
}

/** As people write it: `films:/2026`. */
export function placeOf({
  drive,
  node,
}: {
  readonly drive: { readonly name: string };
  readonly node: Node;
}): string {
  return `${drive.name}:${pathOf(node)}`;
}

/** Everything known at a place and below it, a directory at a time; a file stands alone. */
export async function* surveyed(
  { drive, node }: KnownPlace,
  unknown: UnknownCount,
  signal: AbortSignal,
): AsyncGenerator<SurveyedDirectory, void> {
  if (node.kind === 'file') {
    yield { directory: node.parent, children: [node] };
    return;
  }
  for await (const found of drive.tree.survey(node, signal)) {
    if (found.children === null) unknown.add(placeOf({ drive, node: found.directory }));
    yield found;
  }
}
