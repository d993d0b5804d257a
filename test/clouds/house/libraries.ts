import { Drive, ROOT } from './drive.js';
import { fillDemo } from './demo-library.js';
import { addDocumentExamples } from './document-examples.js';

/** Named contents of a drive. */
export const LIBRARIES = {
  demo: fillDemo,
  small: fillSmall,
  'wide-10000': (drive: Drive) => fillWide(drive, 10_000),
  'tree-1000': fillTree,
  '50k': (drive: Drive) => fillWide(drive, 50_000),
  empty: () => undefined,
} as const satisfies Readonly<Record<string, (drive: Drive, film: string | null) => void>>;

export type LibraryName = keyof typeof LIBRARIES;

export function isLibraryName(name: string): name is LibraryName {
  return Object.hasOwn(LIBRARIES, name);
}

/** A drive filled with a library; `film` is a real video on disk that the demo library shows. */
export function buildLibrary(name: LibraryName, userId: string, film: string | null): Drive {
  const drive = new Drive(userId);
  LIBRARIES[name](drive, film);
  return drive;
}

const MIB = 1024 * 1024;

/** A few files of every kind a first test needs, and the examples of the API document. */
function fillSmall(drive: Drive): void {
  addDocumentExamples(drive);
  drive.addFile(ROOT, 'empty.txt', { size: 0 });
  drive.addFile(ROOT, 'one-byte.bin', { size: 1 });
  drive.addFile(ROOT, 'readme.txt', { size: 5, content: { kind: 'bytes', base64: 'aGVsbG8=' } });
  drive.addFile(ROOT, 'film-8m.mkv', { size: 8 * MIB });
  drive.addFile(ROOT, 'film-1g.mkv', {
    size: 1024 * MIB,
    content: { kind: 'seeded', seed: 'film-1g' },
    sha1: '236985D8832793ED7725113D7BCE1C99054509DF',
  });
  const folder = drive.addDirectory(ROOT, 'folder');
  const inner = drive.addDirectory(folder.id, 'inner');
  drive.addFile(folder.id, 'a.bin', { size: 100_000 });
  drive.addFile(inner.id, 'b.bin', { size: 200_000 });
}

/** One folder with many files. */
function fillWide(drive: Drive, files: number): void {
  const folder = drive.addDirectory(ROOT, 'wide');
  for (let number = 0; number < files; number += 1) {
    drive.addFile(folder.id, `file-${String(number).padStart(5, '0')}.dat`, { size: 512 + (number % 4096) });
  }
}

/** 21 folders below one, 1,000 files in them. */
function fillTree(drive: Drive): void {
  const top = drive.addDirectory(ROOT, 'tree');
  for (let group = 0; group < 20; group += 1) {
    const folder = drive.addDirectory(top.id, `group-${String(group).padStart(2, '0')}`);
    for (let number = 0; number < 50; number += 1) {
      drive.addFile(folder.id, `file-${String(number).padStart(2, '0')}.bin`, {
        size: 1000 + group * 50 + number,
      });
    }
  }
}
