/** `1 folder`, `2 folders`: for words that take an s. */
export function countOf(number: number, word: string): string {
  return `${number} ${word}${number === 1 ? '' : 's'}`;
}
