import { ROOT, type Drive } from './drive.js';

/** The items that the examples of the API document name, so that its requests can be sent as they stand. */
export function addDocumentExamples(drive: Drive): void {
  const content = { kind: 'modulo', modulus: 251 } as const;
  const sha1 = '20E1307DE838FB67C28577C7EC9D1C6288EB2883';
  const size = 2_097_152;
  drive.addDirectory(ROOT, 'Movies', {
    id: '3073311192547189943',
    pickCode: 'fc8h2k4m6n8p0q2r4s',
    created: 1_735_689_600,
    modified: 1_772_352_000,
  });
  drive.addFile(ROOT, 'clip.mkv', {
    id: '3073323042143855813',
    pickCode: 'dtctprlmfkl4exiok',
    created: 1_772_348_400,
    size,
    content,
    sha1,
  });
  const old = drive.addFile('3073311192547189943', 'old.mkv', {
    created: 1_772_348_400,
    size,
    content,
    sha1,
  });
  drive.remove(old.id, 1_772_352_000, '3074054555277845747');
}
