/** Ids of 19 digits, above 2^53, never the same twice (API document, 0.2). */
export class IdSequence {
  #last: bigint;

  constructor(last = '3073311192600000000') {
    this.#last = BigInt(last);
  }

  get last(): string {
    return this.#last.toString();
  }

  next(): string {
    this.#last += 1_000_003n + ((this.#last >> 7n) & 0xfffn);
    return this.last;
  }
}

/**
 * The short code that addresses an item: 17 characters of base 36, a reversible encoding of the id plus something of
 * the user, so it survives rename and move. Files begin with a to e, folders with fa to fe (API document, 0.2).
 */
export function pickCodeOf(id: string, kind: 'file' | 'directory', userId: string): string {
  const letter = 'abcde'.charAt(Number(BigInt(id) % 5n));
  const body = (BigInt(id) ^ 0x5a5a_5a5a_5a5an).toString(36).padStart(13, '0');
  const user = BigInt(userId).toString(36).slice(-3).padStart(3, '0');
  return kind === 'file' ? `${letter}${body}${user}` : `f${letter}${body}${user}`;
}

/** The extension without dot in lower case; empty when there is none or it is the whole name. */
export function extensionOf(name: string): string {
  const dot = name.lastIndexOf('.');
  return dot <= 0 ? '' : name.slice(dot + 1).toLowerCase();
}
