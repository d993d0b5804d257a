/** What lies in a drive's spool folder. `dropped`: the bytes of a file that is being forgotten. */
export type SpoolFileKind = 'bytes' | 'dropped' | 'origin' | 'ranges';

export interface SpoolName {
  readonly id: string;
  readonly kind: SpoolFileKind;
  /** What a person knows the file by. */
  readonly readable: string;
}

const SUFFIXES: Readonly<Record<SpoolFileKind, string>> = {
  bytes: '',
  dropped: '.dropped',
  origin: '.json',
  ranges: '.ranges',
};
const NAME = /^(.+)~(local-[0-9A-Za-z-]+)(\.dropped|\.json|\.ranges)?$/s;
const ID = /^local-[0-9A-Za-z-]{1,64}$/;
/** Bytes of a name; the rest of 255 is for the id and what is behind it. */
const READABLE_BYTES = 170;

/** Whether a spool file may have this id. */
export function isSpoolId(id: string): boolean {
  return ID.test(id);
}

/** The name of a file in the folder: `Film.mkv~local-…`. */
export function spoolName({ id, kind, readable }: SpoolName): string {
  return `${readable}~${id}${SUFFIXES[kind]}`;
}

/** Null when it is none of ours. */
export function parseSpoolName(name: string): SpoolName | null {
  const [, readable, id, suffix = ''] = NAME.exec(name) ?? [];
  if (readable === undefined || id === undefined) return null;
  const kinds = Object.keys(SUFFIXES) as SpoolFileKind[];
  return { id, kind: kinds.find((kind) => SUFFIXES[kind] === suffix) ?? 'bytes', readable };
}

/** What of a cloud name fits into a local one. */
export function readableName(name: string): string {
  const legal = name.replace(/[/\0]/g, '_');
  let readable = '';
  let bytes = 0;
  for (const character of legal) {
    bytes += Buffer.byteLength(character);
    if (bytes > READABLE_BYTES) break;
    readable += character;
  }
  return readable === '' ? '_' : readable;
}
