import assert from 'node:assert/strict';
import fc from 'fast-check';
import { formatListedFile, type ListedFile, parseRapidList } from '../../../src/lib/rapid-list.js';

const SHA1 = '20E1307DE838FB67C28577C7EC9D1C6288EB2883';
const FILE: ListedFile = { name: 'Show/片.mkv', size: 5, sha1: SHA1, preid: null, md5: null };

const hex = (digits: number): fc.Arbitrary<string> =>
  fc.string({
    unit: fc.constantFrom(...Array.from('0123456789ABCDEF')),
    minLength: digits,
    maxLength: digits,
  });
const part = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 8 })
  .filter((name) => !name.includes('/') && name !== '.' && name !== '..');
const listed: fc.Arbitrary<ListedFile> = fc.record(
  {
    name: fc.array(part, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/')),
    size: fc.nat(),
    sha1: hex(40),
    preid: fc.option(hex(40)),
    md5: fc.option(hex(32)),
  },
  { noNullPrototype: true },
);

describe('rapid list', () => {
  it('is read as it was written', () => {
    fc.assert(
      fc.property(fc.array(listed, { minLength: 1, maxLength: 5 }), (files) => {
        const lines = files.map(formatListedFile).join('\n');
        assert.deepEqual(parseRapidList(lines), { files, problems: [] });
        assert.deepEqual(parseRapidList(JSON.stringify({ files })), { files, problems: [] });
        assert.deepEqual(parseRapidList(JSON.stringify(files)), { files, problems: [] });
      }),
    );
  });

  const shapes: readonly (readonly [string, string])[] = [
    ['keys of other programs', `{"Path":"Show/片.mkv","FileSize":"5","SHA1":"${SHA1.toLowerCase()}"}`],
    ['a byte order mark, comments and Windows lines', `\uFEFF# films\r\n\r\n${formatListedFile(FILE)}\r\n`],
    ['links', `115://片.mkv|5|${SHA1}||Show`],
    ['slashes too many', formatListedFile({ ...FILE, name: '/Show//片.mkv' })],
    ['hashes that are none', `{"name":"Show/片.mkv","size":5,"sha1":"${SHA1}","preid":"","md5":"x"}`],
  ];
  for (const [what, text] of shapes) {
    it(`is read with ${what}`, () => assert.deepEqual(parseRapidList(text), { files: [FILE], problems: [] }));
  }

  const wrong: readonly (readonly [string, string])[] = [
    ['{"size":5}', 'line 2: it has no name'],
    [`{"name":"../a","size":5,"sha1":"${SHA1}"}`, 'line 2: ../a: no name for a file'],
    [`{"name":"a","size":"","sha1":"${SHA1}"}`, 'line 2: a: it has no size'],
    [`{"name":"a","size":-1,"sha1":"${SHA1}"}`, 'line 2: a: it has no size'],
    ['{"name":"a","size":5,"sha1":"12"}', 'line 2: a: it has no hash'],
    ['nonsense', 'line 2: it is no JSON object'],
  ];
  for (const [line, problem] of wrong) {
    it(`tells of ${line}`, () => {
      const found = parseRapidList(`${formatListedFile(FILE)}\n${line}`);
      assert.deepEqual(found, { files: [FILE], problems: [problem] });
    });
  }

  it('without a file is none', () => {
    for (const text of ['', '\n#\n', '{}', '[]', 'nonsense']) {
      assert.throws(() => parseRapidList(text), { errno: 'EINVAL' });
    }
  });
});
