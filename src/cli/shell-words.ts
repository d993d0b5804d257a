/** What a shell takes for more than a character. */
const SPECIAL = /[\s\\'"`$&|;<>()[\]{}*?!#~^]/g;

/** The last word of a line that is being typed, and those before it. */
export interface TypedLine {
  /** What the words mean, the last one as far as it is typed. */
  readonly words: readonly string[];
  /** The last word as it stands there, with its quotes and backslashes. */
  readonly typed: string;
}

/** The words of a line up to where somebody types, as bash reads them. */
export function readTypedLine(line: string): TypedLine {
  // A quote that is still open, then what is escaped, then whole quotes, then all else but blanks.
  const pieces = /\\.|'[^']*'?|"(?:\\.|[^"\\])*"?|[^\s\\'"]+/gsy;
  const words: string[] = [];
  let at = 0;
  let typed = '';
  for (;;) {
    at += /^\s*/.exec(line.slice(at))?.[0].length ?? 0;
    const start = at;
    let word = '';
    for (pieces.lastIndex = at; ; at = pieces.lastIndex) {
      const piece = pieces.exec(line)?.[0];
      if (piece === undefined) break;
      word += meaningOf(piece);
    }
    // A backslash at the very end is not complete.
    if (line[at] === '\\') at += 1;
    words.push(word);
    typed = line.slice(start, at);
    if (at >= line.length) return { words, typed };
  }
}

/**
 * What bash must put for `current`, the word that stands there as `typed`: bash breaks words at each of `breaks`, and
 * puts it behind the last break.
 */
export function forBash(candidate: string, current: string, typed: string, breaks: string): string {
  // Inside quotes bash breaks nothing, and closes them itself.
  if (/^['"]/.test(typed)) return candidate;
  const begin = breaks.includes(':') ? current.lastIndexOf(':') + 1 : 0;
  return candidate.slice(begin).replace(SPECIAL, '\\$&');
}

function meaningOf(piece: string): string {
  if (piece.startsWith("'")) return piece.slice(1).replace(/'$/, '');
  if (piece.startsWith('"'))
    return piece
      .slice(1)
      .replace(/"$/, '')
      .replace(/\\(["\\$`])/g, '$1');
  return piece.startsWith('\\') ? piece.slice(1) : piece;
}
