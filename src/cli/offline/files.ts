import { FsError } from '../../lib/errors.js';

/** More files than any torrent has. */
const MOST = 100_000;

/**
 * Places from 0 of what a person counts from 1 (`1,3-5`), or all. Nothing for no choice, which leaves it to the cloud.
 * Throws FsError EINVAL.
 */
export function placesOf(text: string | undefined): { readonly files?: readonly number[] | 'all' } {
  if (text === undefined) return {};
  if (text === 'all') return { files: 'all' };
  const files = text.split(',').flatMap((part) => rangeOf(part.trim()));
  return { files: [...new Set(files)].sort((a, b) => a - b) };
}

function rangeOf(part: string): readonly number[] {
  const [, first = '', last = first] = /^(\d{1,6})(?:-(\d{1,6}))?$/.exec(part) ?? [];
  const [from, to] = [Number(first), Number(last)];
  if (first === '' || from < 1 || to < from || to > MOST) {
    throw new FsError(
      'EINVAL',
      `--files: write numbers as they are shown, such as 1,3-5, or all, not ${part}`,
    );
  }
  return Array.from({ length: to - from + 1 }, (_, index) => from - 1 + index);
}
