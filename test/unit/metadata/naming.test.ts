import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Entry } from '../../../src/driver/entry.js';
import { mappedName } from '../../../src/metadata/name-mapping.js';
import { cloudName, legalNames } from '../../../src/metadata/naming.js';
import { directoryEntry, fileEntry } from './entries.js';

const named = (...entries: readonly Entry[]): Record<string, string> =>
  Object.fromEntries(legalNames(entries));

/** Names that meet each other: few letters, what is mapped, what it is mapped to, and lengths around the limit. */
const awkwardName = fc.oneof(
  fc.constantFrom('.', '..', '．', '．．', '', 'a', 'a.txt', 'a~00000001.txt', '~00000001', '‛', '‛．', '/'),
  fc
    .array(fc.constantFrom('a', '.', '/', '\0', '／', '␀', '‛', '電', '👍', '\ud800', '~1'), { maxLength: 6 })
    .map((parts) => parts.join('')),
  fc
    .tuple(fc.constantFrom('x', '影', '👍'), fc.integer({ min: 60, max: 300 }))
    .map(([letter, count]) => `${letter.repeat(count)}.mkv`),
);

const entryOf = fc.record({
  directory: fc.boolean(),
  name: awkwardName,
  createdAt: fc.integer({ min: 0, max: 2 }),
});

const siblings = fc
  .tuple(
    fc.array(entryOf, { maxLength: 20 }),
    fc.uniqueArray(
      fc.oneof(
        fc.integer({ min: 1, max: 30 }).map((n) => String(n).padStart(19, '0')),
        fc.string({ minLength: 1 }),
      ),
      { minLength: 20, maxLength: 20 },
    ),
  )
  .map(([entries, ids]) =>
    entries.map(({ directory, name, createdAt }, index): Entry => {
      const id = ids[index] ?? '';
      return directory ? directoryEntry(id, name, { createdAt }) : fileEntry(id, name, { createdAt });
    }),
  );

describe('legalNames', () => {
  it('keeps a name that is legal', () => {
    assert.deepEqual(named(fileEntry('1', '电影 (2024).mkv'), fileEntry('2', ' ~*?"<>|\n')), {
      1: '电影 (2024).mkv',
      2: ' ~*?"<>|\n',
    });
  });

  it('maps what Linux refuses and quotes what stands for it', () => {
    const cloud = ['a/b', 'a／b', 'a\0b', '.', '..', '．', '．．', '‛', '...', 'a．'];
    assert.deepEqual(cloud.map(mappedName), [
      'a／b',
      'a‛／b',
      'a␀b',
      '．',
      '．．',
      '‛．',
      '‛．．',
      '‛‛',
      '...',
      'a．',
    ]);
  });

  it('cuts a long name before its extension and adds the last 8 digits of the id', () => {
    const id = '2849501234567890123';
    const name = legalNames([fileEntry(id, `${'影'.repeat(100)}.mkv`)]).get(id) ?? '';
    assert.equal(name, `${'影'.repeat(80)}~67890123.mkv`);
    const folder = legalNames([directoryEntry(id, `${'x'.repeat(300)}.2`)]).get(id) ?? '';
    assert.equal(folder, `${'x'.repeat(246)}~67890123`);
  });

  it('keeps a name of exactly 255 bytes', () => {
    const name = '影'.repeat(85);
    assert.deepEqual(named(fileEntry('1', name)), { 1: name });
  });

  it('gives a shared name to the directory, then the oldest, then the smallest id', () => {
    assert.deepEqual(
      named(
        fileEntry('2000000000000000009', 'a.b.txt', { createdAt: 1 }),
        fileEntry('1000000000000000010', 'a.b.txt', { createdAt: 5 }),
        directoryEntry('3000000000000000011', 'a.b.txt', { createdAt: 9 }),
      ),
      {
        '3000000000000000011': 'a.b.txt',
        '2000000000000000009': 'a.b~00000009.txt',
        '1000000000000000010': 'a.b~00000010.txt',
      },
    );
    assert.deepEqual(named(fileEntry('10', 'x'), fileEntry('9', 'x')), { 9: 'x', 10: 'x~10' });
  });

  it('takes more digits where eight are taken', () => {
    assert.deepEqual(
      named(
        fileEntry('1', 'a.txt', { createdAt: 0 }),
        fileEntry('100000000017', 'a.txt', { createdAt: 1 }),
        fileEntry('200000000017', 'a.txt', { createdAt: 1 }),
        fileEntry('4', 'a~000000017.txt'),
      ),
      {
        1: 'a.txt',
        100000000017: 'a~00000017.txt',
        200000000017: 'a~0000000017.txt',
        4: 'a~000000017.txt',
      },
    );
  });

  it('names an entry that has no name', () => {
    assert.deepEqual(named(fileEntry('1234567890', '')), { 1234567890: '~34567890' });
  });

  it('is legal and unique whatever the cloud holds', () => {
    fc.assert(
      fc.property(siblings, (entries) => {
        const names = legalNames(entries);
        assert.equal(names.size, entries.length);
        // What the kernel sees are the bytes.
        const seen = new Set([...names.values()].map((name) => Buffer.from(name).toString('hex')));
        assert.equal(seen.size, entries.length);
        for (const name of names.values()) {
          assert.ok(name !== '' && name !== '.' && name !== '..');
          assert.ok(!name.includes('/') && !name.includes('\0'));
          assert.ok(Buffer.byteLength(name) <= 255, name);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('does not depend on the order', () => {
    const shuffled = siblings.chain((entries) =>
      fc.tuple(
        fc.constant(entries),
        fc.shuffledSubarray(entries, { minLength: entries.length, maxLength: entries.length }),
      ),
    );
    fc.assert(
      fc.property(shuffled, ([entries, others]) => {
        const sorted = (names: Map<string, string>) => [...names].sort(([a], [b]) => (a < b ? -1 : 1));
        assert.deepEqual(sorted(legalNames(entries)), sorted(legalNames(others)));
      }),
    );
  });

  it('stays when an unrelated sibling comes', () => {
    fc.assert(
      fc.property(siblings, (entries) => {
        const alone = legalNames(entries);
        const together = legalNames([...entries, fileEntry('unrelated', 'nobody else has this name')]);
        together.delete('unrelated');
        assert.deepEqual([...together], [...alone]);
      }),
    );
  });

  it('is undone by cloudName where characters were only mapped', () => {
    fc.assert(
      fc.property(fc.oneof(awkwardName, fc.string({ unit: 'grapheme' })), (name) => {
        fc.pre(!/\p{Surrogate}/u.test(name));
        assert.equal(cloudName(mappedName(name)), name);
      }),
      { numRuns: 500 },
    );
  });
});
