import assert from 'node:assert/strict';
import fc from 'fast-check';
import { escaped, readXml, textOf } from '../../../../src/drivers/oss/xml.js';

describe('XML of OSS', () => {
  it('is read with declaration, comments, attributes, empty elements and entities', () => {
    const document = readXml(
      '<?xml version="1.0" encoding="UTF-8"?>\n<!-- from OSS -->\n<Result xmlns="http://x/">\n' +
        ' <Key>a&amp;b &#34;&#x6587;&quot;</Key><Empty/><Part a="1"><ETag>"X"</ETag></Part><Part/>\n</Result>\n',
    );
    assert.ok(document !== null);
    assert.equal(document.name, 'Result');
    assert.equal(textOf(document, 'Key'), 'a&b "文"');
    assert.equal(textOf(document, 'Empty'), '');
    assert.equal(textOf(document, 'Missing'), null);
    assert.deepEqual(
      document.children.map(({ name }) => name),
      ['Key', 'Empty', 'Part', 'Part'],
    );
  });

  for (const text of [
    '',
    'no XML',
    '{"state":true}',
    '<a>',
    '<a></b>',
    '</a>',
    '<a></a><b></b>',
    '<a></a>rest',
    '<a><b></a></b>',
    '<a>x < y</a>',
    '<!doctype html><html></html>',
    '<a></a',
  ]) {
    it(`is refused when it is ${JSON.stringify(text)}`, () => {
      assert.equal(readXml(text), null);
    });
  }

  it('gives back any text that was written', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const document = readXml(`<a><b>${escaped(text)}</b></a>`);
        assert.equal(document && textOf(document, 'b'), text.trim());
      }),
    );
  });

  it('never throws', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.constantFrom('<a>', '</a>', '<b/>', '<', '>', '&#99999999;', '&', 'x', '<?', '?>', '<!--'),
        ),
        (pieces) => {
          readXml(pieces.join(''));
        },
      ),
    );
  });
});
