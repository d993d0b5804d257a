import {
  isMap,
  isNode,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  visit,
  type Document,
  type ErrorCode,
  type Node,
} from 'yaml';

/** Where something stands in the document: the keys and indices that lead to it. */
export type FieldPath = readonly (string | number)[];

/** Something wrong with one field. */
export interface Problem {
  readonly path: FieldPath;
  readonly message: string;
  /** Whether the key itself is wrong rather than its value. */
  readonly key?: boolean;
}

/** Counted from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** Something wrong with one place of the file. */
export interface PlacedProblem {
  readonly at: Position;
  readonly message: string;
}

/** What YAML's own words leave open. */
const WORDS: Readonly<Partial<Record<ErrorCode, string>>> = {
  DUPLICATE_KEY: 'this key was given before',
  MULTIPLE_DOCS: 'a second document begins here: a configuration is one, without "---" in it',
  TAB_AS_INDENT: 'a tab cannot indent a line: write spaces',
};

const UNUSABLE: ReadonlySet<string> = new Set(['__proto__', 'prototype', 'constructor']);

/** A YAML document that still knows where everything in it stands. */
export class ConfigDocument {
  readonly #document: Document;
  readonly #lines: LineCounter;

  constructor(text: string) {
    this.#lines = new LineCounter();
    // Keys stay the text that was written: a name such as 0115 is not the number 115.
    this.#document = parseDocument(text, { lineCounter: this.#lines, stringKeys: true, prettyErrors: false });
  }

  /** What YAML itself has to say, each thing once. */
  syntaxProblems(): readonly PlacedProblem[] {
    const problems = [...this.#document.errors, ...this.#document.warnings].map(({ pos, code, message }) => ({
      at: this.#position(pos[0]),
      message: WORDS[code] ?? message,
    }));
    const read = this.#read();
    if (problems.length === 0 && !read.ok) return [{ at: { line: 1, column: 1 }, message: read.message }];
    return problems.filter(
      ({ at, message }, index) =>
        problems.findIndex((other) => other.message === message && other.at.line === at.line) === index,
    );
  }

  /** The document as plain values; undefined for one that cannot be read (`syntaxProblems` says why). */
  value(): unknown {
    const read = this.#read();
    return read.ok ? read.value : undefined;
  }

  /** Keys that a checked configuration would lack without a word, because JavaScript gives them a meaning. */
  unusableKeys(): readonly Problem[] {
    const found: Problem[] = [];
    visit(this.#document, {
      Pair: (_key, { key }, ancestors) => {
        if (!isScalar(key) || !UNUSABLE.has(String(key.value))) return;
        const path = [...pathOf(key, ancestors), String(key.value)];
        found.push({ path, key: true, message: 'this name cannot be used: choose another' });
      },
    });
    return found;
  }

  /** Integers that were rounded in reading: what was written has more digits than a number can keep. */
  roundedNumbers(): readonly { readonly path: FieldPath; readonly written: string }[] {
    const found: { path: FieldPath; written: string }[] = [];
    visit(this.#document, {
      Scalar: (_key, node, ancestors) => {
        if (typeof node.value !== 'number' || !Number.isInteger(node.value)) return;
        if (Number.isSafeInteger(node.value)) return;
        found.push({ path: pathOf(node, ancestors), written: node.source ?? String(node.value) });
      },
    });
    return found;
  }

  /** What was written for a scalar; null when there is none. */
  source(path: FieldPath): string | null {
    const node = this.#document.getIn(path, true);
    return isScalar(node) ? (node.source ?? null) : null;
  }

  /** Where a problem stands: at its key or value or, when it is missing, at the nearest thing around it. */
  locate(problem: Problem): Position {
    for (let length = problem.path.length; length > 0; length -= 1) {
      const path = problem.path.slice(0, length);
      const node = problem.key === true && length === problem.path.length ? this.#keyAt(path) : null;
      const found = node ?? this.#document.getIn(path, true);
      if (isNode(found) && found.range) return this.#position(found.range[0]);
    }
    return { line: 1, column: 1 };
  }

  #read(): { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly message: string } {
    try {
      return { ok: true, value: this.#document.toJS() as unknown };
    } catch (error) {
      // Only aliases are followed so late: one without its anchor, or so many that they would fill the memory.
      const message = error instanceof Error ? error.message : String(error);
      return { ok: false, message: `an alias (*) cannot be followed: ${message}` };
    }
  }

  #keyAt(path: FieldPath): Node | null {
    const parent =
      path.length === 1 ? this.#document.contents : this.#document.getIn(path.slice(0, -1), true);
    if (!isMap(parent)) return null;
    const name = String(path.at(-1));
    const pair = parent.items.find(({ key }) => isScalar(key) && key.value === name);
    return isNode(pair?.key) ? pair.key : null;
  }

  #position(offset: number): Position {
    const { line, col } = this.#lines.linePos(offset);
    return { line, column: col };
  }
}

function pathOf(node: Node, ancestors: readonly unknown[]): FieldPath {
  return ancestors.flatMap((ancestor, index): FieldPath => {
    if (isPair(ancestor) && isScalar(ancestor.key)) return [String(ancestor.key.value)];
    return isSeq(ancestor) ? [ancestor.items.indexOf(ancestors[index + 1] ?? node)] : [];
  });
}
