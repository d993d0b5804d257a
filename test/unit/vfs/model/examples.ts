import type { Scene } from './steps.js';

/** A scene that failed once, as short as it could be made. */
export interface Example {
  /** What was wrong. */
  readonly found: string;
  readonly scene: Scene;
}

/** What the model has found so far. */
export const EXAMPLES: readonly Example[] = [
  {
    found: 'a file that was made through a handle for reading never reaches the cloud',
    scene: { listingLag: 0, steps: [['create', 0, 987, 0]] },
  },
  {
    found: 'an unlinked file that is open keeps its name from a directory',
    scene: {
      listingLag: 0,
      steps: [
        ['save', 232, 5, 659],
        ['rename', 0, 655, 283],
        ['open', 991, 752, 4],
        ['unlink', 396, 711, 4],
        ['mkdir', 859, 991, 994],
      ],
    },
  },
  {
    found: 'an unlinked file that is open keeps its name from a rename that must not replace',
    scene: {
      listingLag: 0,
      steps: [
        ['create', 602, 517, 957],
        ['save', 405, 576, 600],
        ['unlink', 72, 547, 198],
        ['renameNew', 998, 879, 598],
      ],
    },
  },
  {
    found: 'the hidden name of a file is not found when its directory was renamed',
    scene: {
      listingLag: 0,
      steps: [
        ['mkdir', 788, 932, 928],
        ['create', 826, 695, 209],
        ['save', 535, 599, 238],
        ['foreignAdd', 942, 992, 997],
        ['rename', 331, 301, 578],
        ['rename', 375, 888, 645],
      ],
    },
  },
  {
    found: 'an unmount forgets what was unlinked just before',
    scene: {
      listingLag: 0,
      steps: [
        ['mkdir', 751, 210, 293],
        ['mkdir', 271, 765, 214],
        ['create', 137, 472, 431],
        ['unlink', 626, 332, 7],
        ['restart', 101, 678, 391],
      ],
    },
  },
  {
    found: 'an upload waits for the name of a directory that waits for the upload',
    scene: {
      listingLag: 0,
      steps: [
        ['save', 261, 240, 308],
        ['save', 596, 310, 409],
        ['unlink', 338, 754, 287],
        ['mkdir', 139, 126, 702],
        ['rename', 2, 441, 256],
        ['foreignReplace', 28, 987, 629],
        ['wait', 0, 1, 999],
        ['foreignReplace', 28, 987, 629],
        ['save', 684, 776, 788],
        ['rename', 960, 108, 53],
        ['truncate', 933, 917, 368],
        ['save', 83, 974, 397],
        ['rename', 222, 754, 771],
        ['rmdir', 595, 655, 429],
      ],
    },
  },
  {
    found: 'a file that was moved stands in both places once the draft that was to replace it is dropped',
    scene: {
      listingLag: 0,
      steps: [
        ['mkdir', 8, 663, 82],
        ['rename', 986, 644, 549],
        ['foreignAdd', 751, 74, 802],
        ['rename', 879, 119, 136],
        ['create', 428, 757, 598],
        ['kill', 872, 960, 174],
      ],
    },
  },
  {
    found: 'fsync of a file that is open for reading answers that it is gone once the cloud has it',
    scene: {
      listingLag: 0,
      steps: [
        ['save', 0, 0, 5],
        ['open', 0, 3, 0],
        ['wait', 0, 0, 0],
        ['sync', 0, 0, 0],
      ],
    },
  },
  {
    found: 'a file that was renamed back after lost answers has its other name again after a restart',
    scene: {
      listingLag: 0,
      steps: [
        ['save', 500, 561, 626],
        ['mkdir', 389, 192, 606],
        ['foreignAdd', 721, 701, 529],
        ['rename', 464, 964, 220],
        ['create', 431, 206, 440],
        ['lost', 326, 723, 608],
        ['rmdir', 287, 382, 958],
        ['copy', 377, 103, 899],
        ['save', 762, 118, 943],
        ['foreignRemove', 966, 584, 855],
        ['rename', 231, 403, 211],
        ['foreignRename', 466, 737, 817],
        ['save', 386, 275, 721],
        ['rename', 141, 419, 830],
        ['restart', 186, 6, 197],
      ],
    },
  },
  {
    found: 'a copy that was given up stays in the cloud under the name of its source',
    scene: {
      listingLag: 0,
      steps: [
        ['save', 470, 32, 926],
        ['save', 124, 114, 919],
        ['save', 734, 179, 901],
        ['failing', 606, 849, 922],
        ['foreignRemove', 643, 557, 90],
        ['failing', 749, 857, 521],
        ['copy', 293, 295, 589],
      ],
    },
  },
  {
    found: 'a file of the cloud is not shown after a kill when somebody had emptied it that moment',
    scene: {
      listingLag: 0,
      steps: [
        ['create', 0, 3, 0],
        ['close', 0, 0, 0],
        ['wait', 0, 0, 0],
        ['open', 0, 0, 0],
        ['write', 0, 0, 5],
        ['save', 0, 0, 5],
        ['create', 0, 0, 2],
        ['wait', 0, 1, 300],
        ['kill', 0, 0, 1],
      ],
    },
  },
];
