import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { Target } from './target.js';

/** What a request brings to be let in. */
export interface Credentials {
  /** The token itself. */
  readonly token: string | null;
  /** A signature of the one file that is asked for. */
  readonly sign: string | null;
}

/** Bytes of a signature: enough that nobody guesses one. */
const SIGNATURE_BYTES = 16;

/** Who may fetch what: the token opens every file, a signature the one it was made for. */
export class LinkAccess {
  readonly #token: string;

  constructor(token: string) {
    this.#token = token;
  }

  /** What opens this file and no other, as long as the token is the same. */
  sign({ drive, path }: Target): string {
    const digest = createHmac('sha256', this.#token).update(`${drive}:${path}`).digest();
    return digest.subarray(0, SIGNATURE_BYTES).toString('base64url');
  }

  /** Takes equally long whatever is wrong with them. */
  allows(target: Target | null, { token, sign }: Credentials): boolean {
    const byToken = isSame(token ?? '', this.#token);
    const bySign = isSame(sign ?? '', this.sign(target ?? { drive: '', path: '' }));
    return byToken || (bySign && target !== null);
  }
}

function isSame(given: string, expected: string): boolean {
  return timingSafeEqual(digestOf(given), digestOf(expected));
}

function digestOf(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
