import type { Node, Reference } from './reference.js';
import type { Step } from './steps.js';

export const NAMES = ['a', 'b', 'c', 'd'];
const DEEPEST = 3;

/** What the numbers of a step mean in what is there by then. */
export class Choices {
  readonly #reference: Reference;
  #written = 0;

  constructor(reference: Reference) {
    this.#reference = reference;
  }

  /** A path in some directory; often there is something. */
  path({ which, where }: Pick<Step, 'which' | 'where'>): string {
    const directories = [...this.#reference.all()].filter(
      ([path, node]) => node.kind === 'directory' && path.split('/').length <= DEEPEST,
    );
    return `${pick(['', ...directories.map(([path]) => path)], where)}/${pick(NAMES, which)}`;
  }

  any(which: number): string | null {
    const paths = [...this.#reference.all()].map(([path]) => path);
    return paths.length === 0 ? null : pick(paths, which);
  }

  anyFile(which: number): string | null {
    return this.ofKind('file', { which }) ?? this.any(which);
  }

  ofKind(
    kind: Node['kind'],
    { which, where = 1 }: { readonly which: number; readonly where?: number },
  ): string | null {
    const paths = [...this.#reference.all()].filter(([, node]) => node.kind === kind).map(([path]) => path);
    return paths.length === 0 || where % 8 === 0 ? null : pick(paths, which);
  }

  isDirectory(path: string): boolean {
    return this.#reference.find(path)?.kind === 'directory';
  }

  /** Whether anybody has it, or something in it, open, or copies it into what is open. */
  isBusy(path: string): boolean {
    const open = new Set<Node>(this.#reference.handles.flatMap(({ file }) => [file, ...file.sources]));
    for (const [at, node] of this.#reference.all()) if (open.has(node) && isAt(at, path)) return true;
    return false;
  }

  /** Other ones each time. */
  bytes({ amount, where }: Step): Buffer {
    this.#written += 1;
    const length = where % 7 === 0 ? amount * 9 : amount % 120;
    return Buffer.from(`<${this.#written}>`.repeat(1 + Math.ceil(length / 3)).slice(0, 1 + length));
  }
}

/** One of the values. */
export function pick<T>(values: readonly T[], which: number): T {
  const value = values[which % values.length];
  if (value === undefined) throw new RangeError('nothing to pick');
  return value;
}

/** Whether a path is another one or lies below it. */
export function isAt(path: string, other: string): boolean {
  return `${path}/`.startsWith(`${other}/`);
}

/** The directory of a path and the name in it. */
export function split(path: string): { readonly directory: string; readonly name: string } {
  const at = path.lastIndexOf('/');
  return { directory: path.slice(0, at), name: path.slice(at + 1) };
}
