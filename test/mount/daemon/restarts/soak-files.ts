const KIB = 1024;
const MIB = 1024 * KIB;

/** What a file holds at one time: seeded content. */
export interface FileVersion {
  readonly seed: string;
  readonly size: number;
}

/** A file of the run and all that it will hold, one after another; most are never changed. */
export interface SoakFile {
  readonly name: string;
  readonly versions: readonly FileVersion[];
}

/** The folder of the cloud that they lie in. */
export const FOLDER = 'soak';

const UNCHANGED = [
  0,
  1,
  128 * KIB - 1,
  128 * KIB,
  128 * KIB + 1,
  16 * MIB - 1,
  16 * MIB,
  16 * MIB + 1,
  200 * MIB,
  4096 * MIB + 12_345,
  4096,
  MIB,
  3 * MIB + 7,
  7_654_321,
  64 * MIB,
] as const;
const CHANGED = [40_000, 128 * KIB, 5 * MIB, 16 * MIB + 1, 40 * MIB] as const;
/** Bytes that the versions of a changed file are longer than its first, in turn. */
const GROWTH = [0, 0, 200_001, -33_333] as const;
const VERSIONS = 40;

/** The 20 files of a run. */
export function soakFiles(): readonly SoakFile[] {
  const unchanged = UNCHANGED.map((size, index) => soakFile(`film-${index}`, size, 1));
  const changed = CHANGED.map((size, index) => soakFile(`changed-${index}`, size, VERSIONS));
  return [...unchanged, ...changed];
}

function soakFile(name: string, size: number, versions: number): SoakFile {
  return {
    name: `${name}.mkv`,
    versions: Array.from({ length: versions }, (_none, version) => ({
      seed: `${name} version ${version}`,
      size: size + (GROWTH[version % GROWTH.length] ?? 0),
    })),
  };
}
