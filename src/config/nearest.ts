/** The word most like `word`, when one is like it at all: the same but for a slip or two, or its beginning. */
export function nearest(word: string, words: readonly string[]): string | null {
  const plain = normalize(word);
  let best: string | null = null;
  let least = Math.min(3, Math.max(1, Math.floor(plain.length / 2))) + 1;
  for (const candidate of words) {
    const other = normalize(candidate);
    const far = plain.length > 2 && other.startsWith(plain) ? 1 : distance(plain, other);
    if (far < least) [best, least] = [candidate, far];
  }
  return best;
}

function normalize(word: string): string {
  return word.toLowerCase().replaceAll(/[_-]/g, '');
}

/** How many characters must be put in, taken out or changed (Levenshtein). */
function distance(left: string, right: string): number {
  let row = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (const [line, letter] of Array.from(left).entries()) {
    const next = [line + 1];
    for (const [column, other] of Array.from(right).entries()) {
      const replaced = (row[column] ?? 0) + (letter === other ? 0 : 1);
      next.push(Math.min(replaced, (row[column + 1] ?? 0) + 1, (next[column] ?? 0) + 1));
    }
    row = next;
  }
  return row[right.length] ?? 0;
}
