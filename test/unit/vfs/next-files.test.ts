import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { FileEntry } from '../../../src/driver/entry.js';
import { DirectoryWalk, nextEpisode } from '../../../src/vfs/next-files.js';
import { FakeClock } from '../../fakes/fake-clock.js';

const COUNT = 4;
const MINUTE = 60_000;

function file(name: string): FileEntry {
  const times = { modifiedAt: 0, createdAt: 0 };
  return { kind: 'file', id: name, parentId: '0', name, size: 1, hash: null, attributes: {}, ...times };
}

/** `1.mkv` to `20.mkv`, in the order of characters, which is not theirs. */
const EPISODES = Array.from({ length: 20 }, (_, index) => file(`${index + 1}.mkv`)).sort((a, b) =>
  a.name < b.name ? -1 : 1,
);

function episode(number: number): FileEntry {
  return file(`${number}.mkv`);
}

function walked() {
  const clock = new FakeClock();
  const walk = new DirectoryWalk(clock);
  return {
    clock,
    /** The numbers of the episodes that are expected when these are opened; null when it is not time. */
    open: (...numbers: readonly number[]): readonly number[] | null => {
      const due = numbers.map((number) => walk.opened(episode(number), COUNT)).at(-1);
      return due === true ? walk.next(EPISODES, COUNT).map(({ name }) => Number.parseInt(name)) : null;
    },
  };
}

describe('DirectoryWalk', () => {
  it('expects nothing after one file, however often it is opened', () => {
    assert.equal(walked().open(3, 3, 3), null);
  });

  it('expects the files that follow the second in the natural order of names', () => {
    assert.deepEqual(walked().open(8, 9), [10, 11, 12, 13]);
  });

  it('expects the next ones when half of the expected are opened', () => {
    const { open } = walked();
    open(1, 2);
    assert.equal(open(3), null);
    assert.deepEqual(open(4), [7, 8, 9, 10]);
    assert.equal(open(5), null);
    assert.deepEqual(open(6), [11, 12, 13, 14]);
  });

  it('expects nothing when the second file is opened more than a minute after the first', async () => {
    const { clock, open } = walked();
    open(1);
    await clock.advance(MINUTE + 1);
    assert.equal(open(2), null);
    await clock.advance(MINUTE);
    assert.deepEqual(open(3), [4, 5, 6, 7]);
  });

  it('begins anew after a minute without a file', async () => {
    const { clock, open } = walked();
    open(1, 2);
    await clock.advance(MINUTE + 1);
    assert.deepEqual(open(1, 2), [3, 4, 5, 6]);
  });

  it('goes on with the files before when none follows', () => {
    assert.deepEqual(walked().open(18, 19), [20, 1, 2, 3]);
  });

  it('expects the files before the last one while the directory is walked from its end', () => {
    const { open } = walked();
    assert.deepEqual(open(20, 19), [1, 2, 3, 4]);
    assert.deepEqual(open(18, 17), [16, 15, 14, 13]);
  });

  it('takes readers side by side, who overtake each other, for a walk from the beginning', () => {
    assert.deepEqual(walked().open(2, 1), [3, 4, 5, 6]);
  });

  it('leaves out what was opened already', () => {
    const { open } = walked();
    open(6, 2);
    assert.deepEqual(open(8, 9), [10, 11, 12, 13]);
    assert.deepEqual(open(14, 15), [16, 17, 18, 19]);
  });

  it('expects no file twice and none that was opened, whatever the order', () => {
    const numbers = fc.array(fc.integer({ min: 1, max: 20 }), { maxLength: 60 });
    fc.assert(
      fc.property(numbers, (opened) => {
        const { open } = walked();
        const seen = new Set<number>();
        const expected: number[] = [];
        for (const number of opened) {
          seen.add(number);
          const next = open(number) ?? [];
          assert.ok(next.length <= COUNT);
          assert.deepEqual(
            next.filter((one) => seen.has(one)),
            [],
          );
          expected.push(...next);
        }
        assert.equal(new Set(expected).size, expected.length);
      }),
    );
  });

  it('expects one file at a time where one is asked for at a time', () => {
    const walk = new DirectoryWalk(new FakeClock());
    const expected = [1, 2, 3, 4].map((number) =>
      walk.opened(episode(number), 1) ? walk.next(EPISODES, 1).map(({ name }) => name) : null,
    );
    assert.deepEqual(expected, [null, ['3.mkv'], ['4.mkv'], ['5.mkv']]);
  });
});

describe('nextEpisode', () => {
  it('is the file that follows in the natural order of names', () => {
    assert.equal(nextEpisode(episode(9), EPISODES)?.name, '10.mkv');
    assert.equal(nextEpisode(episode(20), EPISODES), null);
  });

  it('is of the same sort, whatever its extension', () => {
    const beside = ['e1.mkv', 'e1.zh.srt', 'E2.MP4', 'e2.srt', 'e3.mkv'].map(file);
    assert.equal(nextEpisode(file('e1.mkv'), beside)?.name, 'E2.MP4');
    assert.equal(nextEpisode(file('e1.zh.srt'), beside)?.name, 'e2.srt');
    assert.equal(nextEpisode(file('a'), beside), null);
  });
});
