import { LocalAttributes } from '../../../../src/metadata/local-attributes.js';
import { OwedChanges } from '../../../../src/upload/changes/owed-changes.js';
import { UnlinkedFiles } from '../../../../src/vfs/unlinked-files.js';
import { Vfs } from '../../../../src/vfs/vfs.js';
import { plant } from '../../../fakes/planted-bug.js';

/** Bugs that the model has to find; each is there until what it answers is called. */
export const PLANTED_BUGS = {
  'an append that goes where the kernel believes the end to be': () =>
    plant(
      Vfs.prototype,
      'write',
      (original) =>
        function (this: Vfs, handle, position, bytes, _source, call) {
          return original.call(this, handle, position, bytes, 'mapping', call);
        },
    ),
  'a name that counts as free while the file that had it is still being unlinked': () =>
    plant(UnlinkedFiles.prototype, 'decided', () => () => Promise.resolve()),
  'attributes that are lost when the cloud has the file': () =>
    plant(LocalAttributes.prototype, 'succeed', () => () => Promise.resolve()),
  'a rename that a restart forgets': () =>
    plant(
      OwedChanges.prototype,
      'restore',
      (original) =>
        function (this: OwedChanges, row) {
          if (row.kind !== 'rename') original.call(this, row);
        },
    ),
} as const satisfies Readonly<Record<string, () => () => void>>;

export type PlantedBug = keyof typeof PLANTED_BUGS;
