import assert from 'node:assert/strict';
import { checkLink, magnetHash } from '../../../src/lib/offline-link.js';

const HASH = '0B2ED1C6C5E4C1A7F6C0E2B8D0F6A1B2C3D4E5F6';

describe('offline link', () => {
  const good: readonly (readonly [string, string])[] = [
    ['https://example.org/a.iso', 'https'],
    ['  http://example.org:8080/?a=1\n', 'http'],
    ['HTTPS://例子.中国/电影.mkv', 'https'],
    ['ftp://user:word@example.org/a', 'ftp'],
    [`magnet:?xt=urn:btih:${HASH}&dn=Film`, 'magnet'],
    ['magnet:?dn=Film&xt=urn:btih:BMXNDRWF4TA2P5WA4K4NB5VBWLB5JZPW', 'magnet'],
    [`magnet:?xt.1=urn:ed2k:abc&xt.2=urn:btih:${HASH}`, 'magnet'],
    ['ed2k://|file|%E5%BD%B1.mkv|1234|31D6CFE0D16AE931B73C59D7E0C089C0|/', 'ed2k'],
    ['ed2k://|file|影.mkv|1234|31D6CFE0D16AE931B73C59D7E0C089C0|h=ABC|/', 'ed2k'],
  ];
  for (const [text, scheme] of good) {
    it(`takes ${text.trim()}`, () => {
      assert.deepEqual(checkLink(text), { ok: true, scheme, link: text.trim() });
    });
  }

  const bad: readonly (readonly [string, RegExp])[] = [
    ['', /empty/],
    ['film.mkv', /begins with http:, https:, ftp:, magnet:, ed2k:/],
    ['javascript:alert(1)', /begins with/],
    ['thunder://QUFodHRwOi8vYVpa', /begins with/],
    ['https:/example.org', /written https:\/\/host\/path/],
    ['https://', /written https/],
    ['https://exa mple.org/', /%20/],
    ['https://example.org/a\nhttps://example.org/b', /%20/],
    ['magnet:?dn=Film', /xt=urn:btih/],
    ['magnet:?xt=urn:btih:1234', /40 hex digits/],
    ['ed2k://|file|a|x|31D6CFE0D16AE931B73C59D7E0C089C0|/', /ed2k:\/\/\|file/],
    [`https://example.org/${'a'.repeat(9000)}`, /longer than 8192 bytes/],
  ];
  for (const [text, problem] of bad) {
    it(`refuses ${text.slice(0, 40).replace('\n', ' ') || 'nothing'}`, () => {
      const checked = checkLink(text);
      assert.ok(!checked.ok);
      assert.match(checked.problem, problem);
    });
  }

  it('knows the hash of a magnet link in either form', () => {
    assert.equal(magnetHash(`magnet:?xt=urn:btih:${HASH}`), HASH.toLowerCase());
    assert.equal(magnetHash('magnet:?xt=urn:btih:BMXNDRWF4TA2P5WA4K4NB5VBWLB5JZPW'), HASH.toLowerCase());
    assert.equal(magnetHash('https://example.org/'), null);
  });
});
