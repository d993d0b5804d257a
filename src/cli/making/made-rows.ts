import type { MadeOutcome, MadeOutput, MadeRow } from '../../lib/copy-protocol.js';
import { type ErrnoName, type FailureReason, FsError } from '../../lib/errors.js';
import { formatSize } from '../../lib/quantity.js';
import type { Colour, Output } from '../output.js';
import { formatTable } from '../table.js';
import { countOf } from '../words.js';

/** More rows than a person reads: then only those that went wrong are shown. */
const MOST_ROWS = 40;

const WORDS: Readonly<Record<MadeOutcome, string>> = {
  known: 'by hash',
  copied: 'copied by the cloud',
  moved: 'moved by the cloud',
  queued: 'on its way',
  uploaded: 'uploaded',
  unknown: 'unknown',
  there: 'there already',
  planned: 'planned',
  skipped: 'passed over',
  failed: 'failed',
};

const COLOURS: Readonly<Partial<Record<MadeOutcome, Colour>>> = {
  known: 'green',
  copied: 'green',
  moved: 'green',
  uploaded: 'green',
  unknown: 'yellow',
  failed: 'red',
  there: 'dim',
};

/** What became of files, under headings, and how many bytes went for it. */
export function describeMade(made: MadeOutput, output: Output): string {
  const { files } = made;
  const shown = files.length <= MOST_ROWS ? files : files.filter(isTrouble).slice(0, MOST_ROWS);
  const rows = shown.map((row) => [
    paint(row, output),
    row.size === null ? '' : formatSize(row.size),
    row.from,
    row.to,
    row.message ?? '',
  ]);
  const table = rows.length === 0 ? [] : [formatTable(['outcome', 'size', 'from', 'to', 'why'], rows)];
  return [...table, describeBytes(made)].join('\n');
}

/** Why not all is as was asked for; null when it is. */
export function whyNotAll({ files, stopped }: MadeOutput): FsError | null {
  if (stopped !== null) {
    const words = `ended before the last file: ${stopped.message}`;
    return new FsError(stopped.errno as ErrnoName, words, { reason: stopped.reason as FailureReason });
  }
  const failed = files.filter(({ outcome }) => outcome === 'failed');
  const [first] = failed;
  if (first !== undefined) {
    const words = `${failed.length} of ${countOf(files.length, 'file')} failed: ${first.message ?? ''}`;
    return new FsError((first.errno ?? 'EIO') as ErrnoName, words);
  }
  const unknown = files.filter(({ outcome }) => outcome === 'unknown').length;
  if (unknown === 0) return null;
  return new FsError('EIO', `${unknown} of ${countOf(files.length, 'file')} unknown to the cloud`);
}

/** `2 by hash (5 GiB), 1 unknown (3 MiB); 0 B sent, 302 B read as proof, 128 KiB to read back 2 files: right`. */
function describeBytes({ files, proved, readBack }: MadeOutput): string {
  const outcomes = (Object.keys(WORDS) as MadeOutcome[]).flatMap((outcome) => {
    const these = files.filter((row) => row.outcome === outcome);
    if (these.length === 0) return [];
    const bytes = these.reduce((sum, { size }) => sum + (size ?? 0), 0);
    return [`${these.length} ${WORDS[outcome]}${bytes === 0 ? '' : ` (${formatSize(bytes)})`}`];
  });
  if (outcomes.length === 0) return 'There was nothing to do.';
  // What is on its way has not been sent yet.
  const uploaded = files.filter(({ outcome }) => outcome === 'uploaded');
  const sent = uploaded.reduce((sum, row) => sum + row.sent, 0);
  const looked = files.filter((row) => row.readBack !== null).length;
  const bytes = [
    `${formatSize(sent)} sent`,
    ...(proved === 0 ? [] : [`${formatSize(proved)} read as proof`]),
    ...(looked === 0 ? [] : [`${formatSize(readBack)} to read back ${countOf(looked, 'file')}: right`]),
  ];
  const way = files.some(({ outcome }) => outcome === 'queued')
    ? '\npanfuse transfers shows what is on its way'
    : '';
  return `${outcomes.join(', ')}; ${bytes.join(', ')}${way}`;
}

function isTrouble({ outcome }: MadeRow): boolean {
  return outcome === 'failed' || outcome === 'unknown' || outcome === 'skipped';
}

function paint({ outcome }: MadeRow, output: Output): string {
  const colour = COLOURS[outcome];
  return colour === undefined ? WORDS[outcome] : output.paint(colour, WORDS[outcome]);
}
