import { createHash } from 'node:crypto';
import type { DirectoryEntry, FileEntry } from '../../driver/entry.js';
import type { OfflineTorrent } from '../../driver/offline.js';
import type { DriverWriter, UploadContent, UploadProgress } from '../../driver/writer.js';
import type { Call } from '../../lib/call.js';
import { FsError } from '../../lib/errors.js';

/** What counts as the head of a file for its hash. */
const HEAD = 128 * 1024;

/** Puts the bytes of a torrent file into a folder. Rejects as DriverWriter.upload does. */
export async function putTorrent(
  write: DriverWriter,
  bytes: Uint8Array,
  target: { readonly directory: DirectoryEntry; readonly name: string },
  call: Call,
): Promise<FileEntry> {
  return await write.upload(target, contentOf(bytes), UNWATCHED, call);
}

/** The places of the wanted files; what the cloud proposes, or else all, when nobody says. Throws FsError EINVAL. */
export function chosenFiles(
  torrent: OfflineTorrent,
  wanted: readonly number[] | 'all' | undefined,
): readonly number[] {
  const places = [...torrent.files.keys()];
  if (wanted === 'all') return places;
  if (wanted === undefined) {
    const proposed = places.filter((place) => torrent.files[place]?.preselected === true);
    return proposed.length > 0 ? proposed : places;
  }
  const wrong = wanted.find((place) => !places.includes(place));
  if (wrong !== undefined) {
    const words = `${torrent.name} has ${places.length} files: there is none at place ${wrong}`;
    throw new FsError('EINVAL', words, { expected: true });
  }
  return [...new Set(wanted)].sort((a, b) => a - b);
}

/** A torrent is small: it is sent in one go or not at all. */
const UNWATCHED: UploadProgress = {
  checkpoint: null,
  save: () => Promise.resolve(),
  onStage: () => undefined,
  onSent: () => undefined,
  admit: () => Promise.resolve(),
};

function contentOf(bytes: Uint8Array): UploadContent {
  const digest = (algorithm: 'sha1' | 'md5', some: Uint8Array): string =>
    createHash(algorithm).update(some).digest('hex').toUpperCase();
  return {
    size: bytes.length,
    hashes: {
      sha1: digest('sha1', bytes),
      headSha1: digest('sha1', bytes.subarray(0, HEAD)),
      md5: digest('md5', bytes),
    },
    read: ({ start, end }) => Promise.resolve(bytes.subarray(start, end)),
  };
}
